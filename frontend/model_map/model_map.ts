// @ts-nocheck: not typed yet
// The model in use, small: it shows where the page looks, hovering names a block, and a click goes to the page about it.

import { fitted } from "../shared/canvas.ts";
import { paletteColour } from "../shared/colours.ts";
import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { currentView, subscribe } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { cellsOf, layersOf, layOut } from "./layout.ts";

/** Pages whose pictures tell which heads they show. */
export const HEADS_PAGES = ["attention", "inside_a_head", "lessons"];

/** Blocks that a page may look at in every layer at once, and what the map calls them. */
export const IN_EVERY_LAYER = {
  attention: { kind: "attention", words: "attention, in every layer" },
  feed_forward: { kind: "forward", words: "the feed-forward networks of all layers" },
};

export class ModelMap {
  constructor(root) {
    this.root = root;
    this.said = element("div", { class: "said" });
    this.canvas = element("canvas", { tabindex: 0, role: "application" });
    this.frame = element("div", { class: "drawing" }, this.canvas);
    this.where = element("div", { class: "where" });
    this.spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
    root.append(this.said, this.frame, this.where, this.spoken);
    this.redraw = onceAFrame(() => this.draw());
    new ResizeObserver(() => this.redraw()).observe(this.frame);
    this.canvas.onmousemove = (event) => this.over(event);
    this.canvas.onmouseleave = () => this.over(null);
    this.canvas.onclick = (event) => this.go(this.at(event));
    this.canvas.onkeydown = (event) => this.keyed(event);
    this.canvas.onblur = () => this.point(null);
  }

  load(packet, send) {
    this.model = unpack(packet).header;
    this.send = send;
    this.colours = new Map();
    const depths = this.model.stacks.map((stack) => layersOf(stack).length).join(" + ");
    const heads = this.model.stacks[0].heads;
    this.said.replaceChildren(`${depths} layers × ${heads} heads · ${short(this.model.total)} parameters`);
    this.canvas.setAttribute(
      "aria-label",
      `Map of ${this.model.name}: ${this.inWords()} Arrow keys move, Enter goes to what is explored there.`,
    );
    this.view = currentView();
    subscribe(this.root, "view", (view) => {
      this.view = view;
      this.redraw();
    });
    this.draw();
  }

  inWords() {
    const stacks = this.model.stacks.map(
      (stack) => `${stack.stack} of ${layersOf(stack).length} layers with ${stack.heads} heads each`,
    );
    return `${stacks.join(", ")}${this.model.stacks.length > 1 ? ", joined by cross-attention" : ""}; ${short(this.model.total)} parameters.`;
  }

  colour(name) {
    if (!this.colours.has(name)) this.colours.set(name, paletteColour(this.root, name));
    return this.colours.get(name);
  }

  /** Whether the page looks at a block, and at which of its heads. */
  looks(box) {
    const { page } = this.model;
    const { view } = this;
    if (view?.block === "embedding" || view?.block === "head") return box.kind === view.block && this.speaks(view);
    if (this.speaks(view)) {
      if (this.inEveryLayer()) return this.inEveryLayer().kind === box.kind;
      if (view.layer !== box.layer || this.nameOf(view) !== box.kind || view.stack !== box.stack) return false;
      return view.heads?.length ? view.heads : true;
    }
    return (page === "embeddings" && box.kind === "embedding") || (page === "generation" && box.kind === "head");
  }

  inEveryLayer() {
    return this.view?.layer === undefined ? IN_EVERY_LAYER[this.view?.block] : undefined;
  }

  looksAt({ cell, ...box }) {
    const looks = this.looks(box);
    return cell && Array.isArray(looks) ? looks.includes(cell.head) : Boolean(looks);
  }

  /** Whether what a picture of the page tells is about this page and this model. */
  speaks(view) {
    if (!view) return false;
    return view.block ? this.model.page === view.page : HEADS_PAGES.includes(this.model.page);
  }

  nameOf(view) {
    return view.block === "feed_forward" ? "forward" : view.stack === "cross" ? "cross" : "attention";
  }

  draw() {
    if (!this.root.isConnected || !this.model) return;
    this.plan = layOut(this.model, Math.max(160, this.frame.clientWidth));
    const context = fitted(this.canvas, this.plan.width, this.plan.height);
    for (const line of this.plan.lines) this.drawLine(context, line);
    for (const box of this.plan.boxes) this.drawBox(context, box);
    this.say();
  }

  drawLine(context, { kind, stack, from, to, path }) {
    context.strokeStyle = this.colour(kind === "cross" ? "cross" : stack);
    context.globalAlpha = kind === "cross" ? 0.75 : 0.55;
    context.lineWidth = kind === "cross" ? 1 : 3;
    context.beginPath();
    (path ?? [from, to]).forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.globalAlpha = 1;
  }

  drawBox(context, box) {
    const looks = this.looks(box);
    const layered = box.layer !== undefined;
    context.fillStyle = this.colour(layered ? (box.kind === "cross" ? "cross" : box.stack) : "panel");
    context.globalAlpha = box.kind === "forward" ? 0.3 : 1;
    const cells = cellsOf(box);
    if (cells.length) {
      for (const cell of cells) {
        context.globalAlpha = Array.isArray(looks) ? (looks.includes(cell.head) ? 1 : 0.4) : 0.75;
        context.fillRect(cell.x, cell.y, Math.max(1, cell.width - (cell.width > 6 ? 1 : 0.5)), cell.height);
      }
    } else {
      if (layered && box.kind !== "forward") context.globalAlpha = 0.75;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    context.globalAlpha = 1;
    if (!layered) this.drawEnd(context, box);
    else if (this.model.large && box.layer === 0) this.drawName(context, box);
    if (looks) this.frameOf(context, box, "text", 2);
    if (this.pointed && same(this.pointed, box)) this.frameOf(context, this.pointed.cell ?? box, "query", 2);
    if (looks && layered && !this.inEveryLayer()) this.mark(context, box);
  }

  /** What stands at the beginning and the end: tables, and scores or vectors. */
  drawEnd(context, box) {
    context.strokeStyle = this.colour("quiet");
    context.lineWidth = 1;
    if (box.kind === "head" && !this.model.hasHead) context.setLineDash([3, 3]);
    context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    context.setLineDash([]);
    context.fillStyle = this.colour("text");
    context.font = `${this.plan.sizes.text}px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const name = box.kind === "embedding" ? "embedding" : this.model.hasHead ? "output" : "vectors out";
    const count = box.kind === "embedding" ? this.model.embedding : this.model.head;
    const whole = count ? `${name} · ${short(count)}` : name;
    context.fillText(
      context.measureText(whole).width < box.width - 8 ? whole : name,
      box.x + box.width / 2,
      box.y + box.height / 2 + 0.5,
    );
  }

  /** The large map says in its first layer what its blocks are. */
  drawName(context, box) {
    const name = { attention: "attention", cross: "cross-attention", forward: "feed-forward" }[box.kind];
    context.fillStyle = this.colour("text");
    context.font = `600 ${this.plan.sizes.text}px ${getComputedStyle(this.root).fontFamily}`;
    const wide = context.measureText(name).width + 10;
    if (wide > box.width || box.height < 12) return;
    context.fillStyle = this.colour("background");
    context.fillRect(box.x + box.width / 2 - wide / 2, box.y + box.height / 2 - 8, wide, 16);
    context.fillStyle = this.colour("text");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(name, box.x + box.width / 2, box.y + box.height / 2 + 0.5);
  }

  frameOf(context, { x, y, width, height }, colour, thick) {
    context.strokeStyle = this.colour(colour);
    context.lineWidth = thick;
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  }

  /** A pointer from the residual stream to the layer that is looked at. */
  mark(context, box) {
    const row = this.plan.boxes.find((one) => one.layer === box.layer && this.columnOf(one) === this.columnOf(box));
    const [x, y] = [row.x - 4, box.y + box.height / 2];
    context.fillStyle = this.colour("text");
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 6, y - 4);
    context.lineTo(x - 6, y + 4);
    context.fill();
  }

  columnOf(box) {
    return box.stack === "cross" ? "decoder" : box.stack;
  }

  /** In a sentence, where the page looks. */
  say() {
    const pages = {
      "": "the whole model",
      embeddings: "the embeddings, and what each layer makes of them",
      generation: this.model.family === "encoder" ? "the output: words for a mask" : "the output: the next word",
      attention: "attention",
      inside_a_head: "one head",
      lessons: "the whole model",
      architectures: "the whole model, beside others",
      applications: "the whole model at work",
      scale: "the whole model: how large it is",
    };
    const box = this.plan.boxes.find((one) => this.looks(one));
    let place = pages[this.model.page];
    if (box?.layer !== undefined && this.inEveryLayer()) place = this.inEveryLayer().words;
    else if (box?.layer !== undefined) {
      const heads = this.looks(box);
      const stack = box.kind === "cross" ? "cross-attention, " : this.model.stacks.length > 1 ? `${box.stack} ` : "";
      const which = Array.isArray(heads)
        ? heads.length === 1
          ? `, head ${heads[0]}`
          : `, ${heads.length} heads`
        : box.kind === "forward"
          ? ", feed-forward"
          : "";
      place = `${stack}layer ${box.layer}${which}`;
    } else if (box && ["", "lessons"].includes(this.model.page))
      place = box.kind === "embedding" ? "the embedding" : "what comes out";
    this.where.textContent = place ? `You look at ${place}.` : "";
    this.root.dataset.where = place ?? "";
  }

  at(event) {
    const area = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    const within = (one, more = 0) =>
      x >= one.x && x <= one.x + one.width && y >= one.y - more && y <= one.y + one.height + more;
    const box = this.plan.boxes.find((one) => within(one)) ?? this.plan.boxes.find((one) => within(one, 2));
    if (!box) return null;
    return { ...box, cell: cellsOf(box).find((cell) => x >= cell.x && x < cell.x + cell.width) };
  }

  over(event) {
    const box = event && this.at(event);
    this.canvas.style.cursor = box ? "pointer" : "default";
    if (box) (this.tooltip ??= tooltipOf(this.root)).show(event.clientX, event.clientY, ...this.about(box));
    else this.tooltip?.hide();
    this.point(box);
  }

  point(box) {
    if (same(this.pointed, box) && this.pointed?.cell?.head === box?.cell?.head) return;
    this.pointed = box;
    this.redraw();
  }

  /** Name, shape and parameters of a block. */
  about(box) {
    const { model } = this;
    if (box.kind === "embedding") {
      const positions =
        {
          learned: `, and a learned vector for each of ${model.limit ? thousands(model.limit) : "its"} places`,
          fixed: ", and fixed waves for places",
        }[model.positions] ?? "";
      return [
        element("b", {}, "Embedding"),
        `${thousands(model.vocabulary)} tokens × ${thousands(model.width)} numbers${positions}`,
        `${thousands(model.embedding)} parameters`,
      ];
    }
    if (box.kind === "head") {
      if (!model.hasHead)
        return [
          element("b", {}, "Vectors come out"),
          `${thousands(model.width)} numbers for each token; no head turns them into words`,
        ];
      const own = model.head
        ? `${thousands(model.head)} parameters besides the table of tokens`
        : "no parameters of its own: the table of tokens is used again";
      return [
        element("b", {}, "Output"),
        `${thousands(model.width)} numbers → scores for ${thousands(model.vocabulary)} tokens`,
        own,
      ];
    }
    const stack =
      model.stacks.length > 1 && box.kind !== "cross"
        ? `${box.stack[0].toUpperCase()}${box.stack.slice(1)} layer`
        : "Layer";
    const layer = layersOf(model.stacks.find((one) => one.stack === this.columnOf(box)))[box.layer];
    const shared = Object.values(layer).some(Boolean)
      ? `${thousands(box.count)} parameters`
      : "the same weights as layer 0";
    if (box.kind === "forward") {
      const shape = model.inner
        ? `${thousands(model.width)} → ${thousands(model.inner)} → ${thousands(model.width)} numbers`
        : "each token by itself";
      return [element("b", {}, `${stack} ${box.layer}, feed-forward`), shape, shared];
    }
    const name = box.kind === "cross" ? "cross-attention" : "attention";
    const head = box.cell ? `, head ${box.cell.head}` : "";
    const groups = box.shared < box.heads ? `, ${box.heads / box.shared} of them share keys and values` : "";
    const wide = model.headWidth ? `, ${model.headWidth} numbers wide` : "";
    return [
      element("b", {}, `${stack} ${box.layer}, ${name}${head}`),
      `${box.heads} heads${wide}${groups}`,
      `${shared}${box.cell ? " in all its heads" : ""}`,
    ];
  }

  go(box) {
    if (!box) return;
    const block = { forward: "feed_forward", cross: "attention" }[box.kind] ?? box.kind;
    const target = block === "head" && !this.model.hasHead ? "embedding" : block;
    this.send("go", {
      block: target,
      stack: box.stack ?? null,
      layer: box.layer ?? null,
      head: box.cell?.head ?? null,
    });
  }

  keyed(event) {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (event.key in moves) this.step(...moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && this.pointed) this.go(this.pointed);
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
  }

  /** The next block or head in a direction; from nowhere, the first. */
  step(across, down) {
    const places = this.plan.boxes.flatMap((box) => {
      const cells = cellsOf(box);
      return cells.length ? cells.map((cell) => ({ ...box, cell })) : [box];
    });
    const centre = (one) => [(one.cell ?? one).x + (one.cell ?? one).width / 2, one.y + one.height / 2];
    if (!this.pointed) this.pointed = places.find((one) => this.looksAt(one)) ?? places[0];
    else {
      const [x, y] = centre(this.pointed);
      const ahead = places
        .map((one) => ({ one, dx: centre(one)[0] - x, dy: centre(one)[1] - y }))
        .filter(({ dx, dy }) => (across ? dx * across > 0.5 && Math.abs(dy) < 2 : dy * down > 0.5));
      if (!ahead.length) return;
      const far = ({ dx, dy }) => (across ? Math.abs(dx) : 4 * Math.abs(dy) + Math.abs(dx));
      this.pointed = ahead.reduce((best, one) => (far(one) < far(best) ? one : best)).one;
    }
    this.spoken.textContent = this.about(this.pointed)
      .map((line) => line.textContent ?? line)
      .join(", ");
    this.redraw();
  }
}

export function same(one, other) {
  return (
    one === other || (one && other && one.kind === other.kind && one.stack === other.stack && one.layer === other.layer)
  );
}

/** 22,744,506 as "22.7 M". */
export function short(count) {
  for (const [size, unit] of [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ])
    if (count >= 0.9995 * size) return `${Number((count / size).toPrecision(3))} ${unit}`;
  return thousands(count);
}

export function mount({ parentElement, data, setTriggerValue }) {
  const root = rootOf(parentElement);
  root.view ??= new ModelMap(root);
  root.view.load(data, setTriggerValue);
}
