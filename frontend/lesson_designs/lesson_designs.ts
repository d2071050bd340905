// @ts-nocheck: not typed yet
// One square a model: rows look, columns are looked at; coloured by stack, hatched where the mask closes.

import { fitted, hatching } from "../shared/canvas.ts";
import { paletteColour, ramp } from "../shared/colours.ts";
import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export const CLOSED = 255;

export function paint(root, canvas, { cells, size, stacks, split }, width) {
  const context = fitted(canvas, width, width);
  const step = width / size;
  const pattern = hatching(root, context);
  const ramps = stacks.map((stack) => ramp(paletteColour(root, "background"), paletteColour(root, stack)));
  const lineColour = paletteColour(root, "line");
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const value = cells[row * size + column];
      const [x, y] = [column * step, row * step];
      if (value === CLOSED) context.fillStyle = pattern;
      else {
        // Weights are small where there are many tokens: the root tells faint from none, and the tooltip says the number.
        const place = 3 * Math.round(255 * (0.12 + 0.88 * Math.sqrt(value / 254)));
        const colours = ramps[stacks.length === 1 ? 0 : row < split ? 0 : column < split ? 2 : 1];
        context.fillStyle = `rgb(${colours[place]}, ${colours[place + 1]}, ${colours[place + 2]})`;
      }
      context.fillRect(x, y, Math.max(step - 0.6, step * 0.9), Math.max(step - 0.6, step * 0.9));
    }
  context.strokeStyle = lineColour;
  context.strokeRect(0.5, 0.5, width - 1, width - 1);
  if (split) {
    context.strokeStyle = paletteColour(root, "text");
    context.beginPath();
    context.moveTo(split * step, 0);
    context.lineTo(split * step, width);
    context.moveTo(0, split * step);
    context.lineTo(width, split * step);
    context.stroke();
  }
}

export function design(root, tooltip, told, cells) {
  const size = told.tokens.length;
  const canvas = element("canvas", { role: "img", "aria-label": `${told.title}, ${told.model}: ${told.sentence}` });
  const names = { encoder: "encoder", decoder: "decoder", cross: "cross-attention" };
  const swatch = (stack) =>
    element("span", {}, element("span", { class: "swatch", style: { background: `var(--${stack})` } }), names[stack]);
  const section = element(
    "section",
    { class: told.own ? "design own" : "design", data: { family: told.family } },
    element("h5", {}, told.title),
    element("p", { class: "quiet" }, `${told.model}${told.own ? ", in use" : ""}: ${told.task}`),
    canvas,
    element(
      "div",
      { class: "legend" },
      ...told.stacks.map(swatch),
      element("span", {}, element("span", { class: "swatch closed" }), "closed"),
    ),
    element("p", { class: "quiet" }, told.sentence),
  );
  const draw = () => {
    const width = Math.min(320, section.clientWidth - 28);
    if (width > 0) paint(root, canvas, { cells, size, stacks: told.stacks, split: told.split }, width);
  };
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const [column, row] = [event.clientX - box.left, event.clientY - box.top].map((at) =>
      Math.max(0, Math.min(size - 1, Math.floor((at / box.width) * size))),
    );
    const value = cells[row * size + column];
    tooltip.show(
      event.clientX,
      event.clientY,
      `${tokenName(told.tokens[row], row)} → ${tokenName(told.tokens[column], column)}`,
      value === CLOSED ? "Closed: it cannot look there" : `Mean over all heads: ${percent(value / 254)}`,
    );
  };
  canvas.onpointerleave = () => tooltip.hide();
  new ResizeObserver(draw).observe(section);
  return section;
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  const { header, arrays } = unpack(data);
  const tooltip = tooltipOf(root);
  root.querySelectorAll(":scope > .designs").forEach((one) => one.remove());
  root.prepend(
    element(
      "div",
      { class: "designs" },
      ...header.designs.map((told, place) => design(root, tooltip, told, arrays[`cells${place}`])),
    ),
  );
  root.dataset.ready = String(header.designs.length);
}
