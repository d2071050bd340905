// One square a model: rows look, columns are looked at; coloured by stack, hatched where the mask closes.

import { fitted, hatching } from "../shared/canvas.ts";
import { paletteColour, ramp } from "../shared/colours.ts";
import { type Mounted, rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { LessonDesign, LessonDesignsHeader } from "../shared/generated/messages.ts";
import { shareOf, written } from "../shared/half_percents.ts";
import { type Shaped, unpack } from "../shared/packet.ts";
import { tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { CLOSED, cellAt, stackAt, strengthOf } from "./cells.ts";

const WIDEST = 320; // pixels
const PADDING = 28; // of the section around a square, both sides together

const STACKS = { encoder: "encoder", decoder: "decoder", cross: "cross-attention" };

export function mount({ parentElement, data }: Mounted): void {
  const root = rootOf(parentElement);
  const { header, arrays } = unpack<LessonDesignsHeader, Record<string, Shaped<Uint8Array>>>(data);
  for (const old of root.querySelectorAll(":scope > .designs")) old.remove();
  const sections = header.designs.map((design, place) => section(root, design, arrays[`cells${place}`]));
  root.prepend(element("div", { class: "designs" }, sections));
  root.dataset.ready = String(header.designs.length);
}

function section(root: HTMLElement, design: LessonDesign, cells: Uint8Array): HTMLElement {
  const { title, model, sentence } = design;
  const canvas = element("canvas", { role: "img", "aria-label": `${title}, ${model}: ${sentence}` });
  const made = element(
    "section",
    { class: design.own ? "design own" : "design", data: { family: design.family } },
    element("h5", {}, title),
    element("p", { class: "quiet" }, `${model}${design.own ? ", in use" : ""}: ${design.task}`),
    canvas,
    legend(design),
    element("p", { class: "quiet" }, sentence),
  );
  makeHoverable(root, canvas, design, cells);
  const draw = () => {
    const width = Math.min(WIDEST, made.clientWidth - PADDING);
    if (width > 0) paint(root, canvas, design, cells, width);
  };
  new ResizeObserver(draw).observe(made);
  return made;
}

function legend({ stacks }: LessonDesign): HTMLElement {
  const swatches = stacks.map((stack) =>
    element("span", {}, element("span", { class: "swatch", style: { background: `var(--${stack})` } }), STACKS[stack]),
  );
  const closed = element("span", {}, element("span", { class: "swatch closed" }), "closed");
  return element("div", { class: "legend" }, swatches, closed);
}

function makeHoverable(
  root: HTMLElement,
  canvas: HTMLCanvasElement,
  { tokens }: LessonDesign,
  cells: Uint8Array,
): void {
  const tooltip = tooltipOf(root);
  const name = (place: number) => tokenName(tokens[place], place);
  canvas.onpointermove = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const row = cellAt(clientY - box.top, box.width, tokens.length);
    const column = cellAt(clientX - box.left, box.width, tokens.length);
    const share = shareOf(cells[row * tokens.length + column]);
    const said = share === null ? "Closed: it cannot look there" : `Mean over all heads: ${written(share)}`;
    tooltip.show(clientX, clientY, `${name(row)} → ${name(column)}`, said);
  };
  canvas.onpointerleave = () => tooltip.hide();
}

function paint(
  root: HTMLElement,
  canvas: HTMLCanvasElement,
  design: LessonDesign,
  cells: Uint8Array,
  width: number,
): void {
  const { stacks, split, tokens } = design;
  const context = fitted(canvas, width, width);
  const step = width / tokens.length;
  const side = Math.max(step - 0.6, step * 0.9);
  const closed = hatching(root, context);
  const ramps = new Map(
    stacks.map((stack) => [stack, ramp(paletteColour(root, "background"), paletteColour(root, stack))]),
  );
  cells.forEach((cell, place) => {
    const [row, column] = [Math.floor(place / tokens.length), place % tokens.length];
    const start = 3 * Math.round(255 * strengthOf(cell));
    const colour = ramps.get(stackAt(design, row, column))?.subarray(start, start + 3);
    context.fillStyle = cell === CLOSED || !colour ? closed : `rgb(${colour.join(", ")})`;
    context.fillRect(column * step, row * step, side, side);
  });
  context.strokeStyle = paletteColour(root, "line");
  context.strokeRect(0.5, 0.5, width - 1, width - 1);
  if (!split) return;
  context.strokeStyle = paletteColour(root, "text");
  context.beginPath();
  context.moveTo(split * step, 0);
  context.lineTo(split * step, width);
  context.moveTo(0, split * step);
  context.lineTo(width, split * step);
  context.stroke();
}
