// @ts-nocheck: not typed yet
// The picture on the page: one element a column, so that a block opens by moving columns and not by drawing them again.

import { fitted } from "../shared/canvas.ts";
import { paletteColour } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { HEAD, Layout } from "./layout.ts";
import { Painter } from "./painting.ts";
import { CanvasPen } from "./pens.ts";

export const PARTS = { attention: "attention", feed_forward: "feed-forward", embedding: "embedding", output: "output" };

export class Stage {
  /** @param told What the stage tells: open(block), close(), point(place), lock(place), explain(column, row, x, y). */
  constructor(root, header, arrays, room, told) {
    Object.assign(this, { root, header, arrays, told });
    this.layout = new Layout(header, room);
    this.colours = Object.fromEntries(
      [
        "background",
        "panel",
        "text",
        "quiet",
        "line",
        "encoder",
        "decoder",
        "cross",
        "query",
        "key",
        "value",
        "positive",
        "negative",
      ].map((name) => [name, paletteColour(root, name)]),
    );
    this.painter = new Painter(header, arrays, this.layout, this.colours);
    this.node = element("div", {
      class: "stage",
      style: { width: `${this.layout.width}px`, height: `${this.layout.height}px` },
    });
    this.chips = [];
    this.buttons = new Map();
    this.columns = this.layout.columns.map((column) => this.build(column));
    this.titles();
    this.node.append(element("div", { class: "veil" }));
    this.paint(null);
    this.node.onpointermove = (event) => this.pointed(event);
    this.node.onpointerleave = () => this.told.point(null);
  }

  build(column) {
    const node = element("div", {
      class: `column ${column.kind}`,
      data: { column: column.id },
      style: { width: `${column.width}px`, height: `${this.layout.height}px`, transform: `translateX(${column.x}px)` },
    });
    const canvas = element("canvas", { "aria-hidden": "true" });
    node.append(canvas);
    if (column.block && column.kind !== "answers" && column.kind !== "vectors") node.append(this.button(column));
    if (column.kind === "tokens") node.append(...this.tokenChips(column));
    if (column.kind === "answers") node.append(...this.answerChips(column));
    if (column.kind === "output") node.append(this.outcome(column));
    this.labels(column, node);
    this.node.append(node);
    return { column, node, canvas };
  }

  button(column) {
    const [top, bottom] =
      column.kind === "output"
        ? [this.layout.zones[column.sequence].top, this.layout.bottom]
        : this.layout.reach(column);
    const made = element("button", {
      type: "button",
      class: `block ${column.kind} ${column.stack}`,
      tabindex: this.buttons.size ? -1 : 0,
      data: { block: column.block },
      "aria-label": `${this.nameOf(column)}${this.told.inWords(column)}. Open`,
      "aria-expanded": "false",
      style: { top: `${top - 6}px`, height: `${bottom - top + 12}px` },
      onclick: (event) => {
        event.stopPropagation();
        this.told.open(column.block);
      },
      onkeydown: (event) => this.step(event, column.block),
    });
    this.buttons.set(column.block, made);
    return made;
  }

  nameOf(column) {
    const which = this.header.stacks.length > 1 && column.stack !== "cross" ? `${column.stack} ` : "";
    if (column.kind === "output" || column.kind === "answers" || column.kind === "vectors") return "What comes out";
    if (column.kind === "embedding")
      return `${which ? `${column.stack[0].toUpperCase()}${column.stack.slice(1)}: e` : "E"}mbeddings`;
    const part = column.stack === "cross" ? "cross-attention" : PARTS[column.kind];
    return `${which ? `${which[0].toUpperCase()}${which.slice(1)}layer` : "Layer"} ${column.layer}, ${part}`;
  }

  /** Left and right go from block to block. */
  step(event, block) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.told.open(block);
      return;
    }
    const way = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const names = [...this.buttons.keys()];
    this.focus(names[Math.max(0, Math.min(names.length - 1, names.indexOf(block) + way))]);
  }

  focus(block) {
    for (const [name, button] of this.buttons) button.tabIndex = name === block ? 0 : -1;
    this.buttons.get(block)?.focus({ preventScroll: false });
  }

  tokenChips(column) {
    const rows = this.header.sequences[column.sequence].rows;
    return rows.map((token, row) => {
      const made = this.chipAt(token, column, row, "button");
      made.classList.add("given");
      made.type = "button";
      made.tabIndex = row ? -1 : 0;
      made.setAttribute("aria-pressed", "false");
      made.setAttribute(
        "aria-label",
        `${tokenName(token, token.p)}${token.n > 1 ? ` and ${token.n - 1} more` : ""}. Light its path`,
      );
      made.onclick = (event) => {
        event.stopPropagation();
        this.told.lock({ sequence: column.sequence, row });
      };
      made.onfocus = () => this.told.point({ sequence: column.sequence, row });
      made.onblur = () => this.told.point(null);
      made.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          this.told.lock({ sequence: column.sequence, row });
          return;
        }
        const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (way === undefined) return;
        event.preventDefault();
        const next = this.chips.find(
          ({ node, place }) =>
            node.classList.contains("given") && place.sequence === column.sequence && place.row === row + way,
        )?.node;
        if (next) {
          made.tabIndex = -1;
          next.tabIndex = 0;
          next.focus();
        }
      };
      return made;
    });
  }

  chipAt(token, column, row, tag = "span", title = null) {
    const { layout } = this;
    const size = Math.max(10, Math.min(14, layout.row - 5));
    const made = chip(token, {
      tag,
      class: "placed",
      style: {
        top: `${layout.y(column.sequence, row)}px`,
        fontSize: `${size}px`,
        lineHeight: `${Math.min(layout.row - 2, 24)}px`,
      },
    });
    if (token.n > 1) made.append(element("span", { class: "more" }, ` +${token.n - 1}`));
    if (title) made.title = title;
    this.chips.push({ node: made, place: { sequence: column.sequence, row } });
    return made;
  }

  answerChips(column) {
    return this.header.output.rows.map((candidates, row) => {
      const made = this.chipAt(candidates[0], column, row);
      made.style.setProperty("--share", `${100 * this.arrays.candidates[row * this.arrays.candidates.shape[1]]}%`);
      made.classList.add("answer", column.stack);
      return made;
    });
  }

  /** The end of the picture: the likeliest tokens at one position, or the sentence's vector. */
  outcome(column) {
    const top = this.painter.outcomeMiddle();
    this.end = element("div", { class: `outcome ${column.stack}`, style: { top: `${top}px` } });
    return this.end;
  }

  labels(column, node) {
    const { layout } = this;
    if (
      column.layer !== undefined &&
      column.kind === "attention" &&
      column.stack !== "cross" &&
      (layout.unit >= 16 || column.layer % 5 === 0)
    ) {
      node.append(element("span", { class: "number" }, String(column.layer)));
    }
    const share = column.layer === undefined ? null : this.painter.meanShare(column);
    if (share === null) return;
    const bar = element("span", {
      class: `adds ${column.kind} ${column.stack}`,
      style: { height: `${Math.max(1.5, 34 * Math.min(share, 1))}px` },
    });
    node.append(bar);
    if (column.width >= 34) node.append(element("span", { class: "adds-number" }, `${Math.round(100 * share)} %`));
  }

  /** What stands above the columns, in as few words as will do. */
  titles() {
    const { layout, header } = this;
    const over = (from, to, className, style, ...words) =>
      this.node.append(
        element(
          "div",
          {
            class: `title ${className}`,
            data: { from, to },
            style: {
              left: `${layout.column(from).x}px`,
              width: `${layout.column(to).x + layout.column(to).width - layout.column(from).x}px`,
              ...style,
            },
          },
          ...words,
        ),
      );
    for (const { stack, sequence, layers, cross } of header.stacks) {
      const top = sequence === "target" ? layout.zones.target.top - 26 : HEAD - 26;
      over(
        `${stack}.tokens`,
        `${stack}.tokens`,
        "small right",
        { top: `${top}px` },
        sequence === "target" ? "Written so far" : "Text",
      );
      over(`${stack}.embedding`, `${stack}.embedding`, "small middle", { top: `${top}px` }, "Vectors");
      const [one, other] = layout.layersOf(stack);
      const parts = [
        element("b", { class: stack }, "attention"),
        cross && [" → ", element("b", { class: "cross" }, "cross-attention")],
        " → ",
        element("b", {}, "feed-forward"),
      ];
      const count = `${stack === "encoder" ? "Encoder" : "Decoder"}: ${layers.length} ${layers.length === 1 ? "layer" : "layers"}`;
      const words = element(
        "span",
        { class: "words" },
        element("strong", {}, count),
        layout.unit * layers.length > 420 ? [", in each ", ...parts.flat()] : [],
      );
      over(one.id, other.id, `span ${stack}`, { top: "6px" }, words);
    }
    over(
      layout.columns.find(({ block }) => block === "output").id,
      "output",
      "small left",
      { top: `${layout.zones[header.output.sequence].top - 26}px` },
      header.output.title,
    );
    if (Object.keys(this.arrays).some((name) => name.startsWith("adds.")))
      this.node.append(
        element(
          "div",
          { class: "title foot", style: { top: `${layout.bottom + 20}px`, width: "104px" } },
          "Adds to the stream",
        ),
      );
    // The room above what comes out of a decoder is free where its layers have passed the encoder's text.
    if (header.aside) over("output", "output", "aside", { top: `${layout.zones.source.top}px` }, header.aside);
  }

  /** Draw every column, with a place lit. */
  paint(lit) {
    for (const { column, canvas } of this.columns) {
      const context = fitted(canvas, Math.ceil(column.width), this.layout.height);
      this.painter.column(new CanvasPen(context, column.x), column, lit);
      context.globalAlpha = 1;
    }
    for (const { node, place } of this.chips) {
      const own = lit && lit.sequence === place.sequence && lit.row === place.row;
      node.classList.toggle("lit", Boolean(own));
      node.classList.toggle("faded", Boolean(lit && !own));
      if (node.classList.contains("given")) node.setAttribute("aria-pressed", String(Boolean(own && this.locked)));
      node.classList.toggle("locked", Boolean(own && this.locked));
    }
  }

  pointed(event) {
    if (event.target.closest(".opened-panel")) return;
    const box = this.node.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const place = this.layout.rowAt(y);
    const reached = (one) =>
      x >= one.x && x < one.x + one.width && place && (one.sequence === place.sequence || one.stack === "cross");
    const column = this.openWidth ? null : this.layout.columns.find(reached);
    this.told.point(column ? place : null);
    this.told.explain(column, column ? place : null, event);
  }

  /** Make room for what opens: columns right of a block move on, and the rest steps back. Gives the left edge of the room. */
  part(block, width) {
    const at = block === null ? null : this.layout.columns.find((column) => column.block === block);
    // The chips of what comes out belong to its block.
    const last = block === null ? null : this.layout.columns.findLast((column) => column.block === block);
    const own = at ? last.x + last.width - at.x : 0;
    this.openWidth = block === null ? 0 : Math.max(width, own);
    const shift = this.openWidth - own;
    const moved = (x) => (at && x >= last.x + last.width - 0.01 ? x + shift : x);
    for (const { column, node } of this.columns) {
      node.style.transform = `translateX(${moved(column.x)}px)`;
      node.classList.toggle("opened", Boolean(at && column.block === block));
    }
    for (const title of this.node.querySelectorAll(".title[data-from]")) {
      const [from, to] = [this.layout.column(title.dataset.from), this.layout.column(title.dataset.to)];
      const [own, more] = [to.x + to.width - from.x, moved(to.x) - to.x - (moved(from.x) - from.x)];
      // Only transforms: the picture is not laid out again in every frame of the movement.
      title.style.setProperty("--moved", `${moved(from.x) - from.x}px`);
      title.style.setProperty("--middle", `${more / 2}px`);
      title.style.setProperty("--grown", 1 + more / own);
    }
    this.node.classList.toggle("parted", block !== null);
    this.node.style.width = `${this.layout.width + (at ? shift : 0)}px`;
    for (const [name, button] of this.buttons) button.setAttribute("aria-expanded", String(name === block));
    return at?.x ?? null;
  }
}
