// @ts-nocheck: not typed yet
// The same weights as matrices, one a head: rows look, columns are looked at, hatched is "cannot look".

import { fitted, hatching } from "../shared/canvas.ts";
import { ramp } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import { PlaceMap } from "./place_map.ts";

export class MatrixPane {
  constructor(view) {
    this.view = view;
    this.canvas = element("canvas", { tabindex: 0, role: "img" });
    this.map = new PlaceMap(view);
    this.node = element("div", { class: "matrix" }, this.canvas, this.map.canvas);
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = (event) => this.release(event);
    this.canvas.onpointercancel = () => (this.brush = null);
    this.canvas.onpointerleave = () => this.brush ?? view.hover(null);
    this.canvas.onkeydown = (event) => this.keyed(event);
    this.canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = this.at(event);
      if (!at) return;
      view.hover(null); // what lies under the pointer is another cell then
      view.zoom(event.deltaY < 0 ? 0.5 : 2, at.query, at.key);
    };
  }

  get model() {
    return this.view.model;
  }

  /** Where each head's matrix lies, for the room there is. */
  layOut(heads) {
    const { model } = this;
    const room = Math.max(220, this.node.clientWidth) - 2; // the last frame's edge needs room too
    const across = heads.length === 1 ? 1 : heads.length <= 4 ? 2 : heads.length <= 6 ? 3 : 4;
    const single = heads.length === 1;
    const gutter = single ? this.gutter() : { left: 0, top: 22, right: 0 };
    const gap = 12;
    const inner = (room - gap * (across - 1)) / across - gutter.left - gutter.right;
    const cell = Math.min(34, inner / model.cellColumns, (single ? 620 : 400) / model.cellRows);
    const [width, height] = [cell * model.cellColumns, cell * model.cellRows];
    this.frames = heads.map((head, place) => ({
      head,
      x: (place % across) * (inner + gutter.left + gap) + gutter.left,
      y: Math.floor(place / across) * (height + gutter.top + gap) + gutter.top,
      width,
      height,
      cell,
    }));
    this.gutterNow = gutter;
    return { width: room, height: Math.ceil(heads.length / across) * (height + gutter.top + gap) };
  }

  gutter() {
    const { model } = this;
    const context = this.canvas.getContext("2d");
    context.font = LABEL_FONT;
    const longest = (side, [start, end]) => {
      let most = 0;
      for (let position = start; position < end; position += model.block)
        most = Math.max(most, context.measureText(this.label(side, position)).width);
      return Math.min(most, 120);
    };
    const down = longest("query", model.rows);
    const across = longest("key", model.columns);
    return { left: down + 10, top: across * 0.87 + 16, right: Math.min(40, across * 0.5) };
  }

  label(side, position) {
    const text = (side === "query" ? this.model.queryToken(position) : this.model.keyToken(position)).t;
    const short = text.length > 13 ? `${text.slice(0, 12)}…` : text;
    if (this.model.block > 1) return String(position);
    return this.model.detailed ? short : `${position} ${short}`;
  }

  draw(heads, focus) {
    const size = this.layOut(heads);
    const context = fitted(this.canvas, size.width, size.height);
    context.imageSmoothingEnabled = false;
    for (const frame of this.frames) this.drawHead(context, frame, heads.length === 1, focus);
    if (this.brush?.to) this.drawBrush(context);
    this.canvas.setAttribute("aria-label", this.view.inWords());
    this.map.draw(heads[0]);
  }

  drawHead(context, frame, single, focus) {
    const { view, model } = this;
    const { x, y, width, height, cell } = frame;
    context.drawImage(this.picture(frame.head), x, y, width, height);
    this.hatch(context, frame);
    if (cell >= 9) this.seams(context, frame);
    if (single && cell >= 28) this.numbers(context, frame);
    context.strokeStyle = view.colour("line");
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    if (single) this.labels(context, frame, focus);
    else {
      context.fillStyle = view.colour(model.colourName(frame.head));
      context.fillRect(x, y - 16, 11, 11);
      context.fillStyle = view.colour("text");
      context.font = LABEL_FONT;
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillText(`Head ${frame.head}`, x + 17, y - 10);
    }
    this.frameFocus(context, frame, focus);
  }

  frameFocus(context, { x, y, width, height, cell }, focus) {
    const { model, view } = this;
    context.lineWidth = 2;
    if (focus.query !== null && focus.query >= model.rows[0] && focus.query < model.rows[1]) {
      context.strokeStyle = view.colour("query");
      context.strokeRect(
        x,
        y + Math.floor((focus.query - model.rows[0]) / model.block) * cell,
        width,
        Math.max(cell, 2),
      );
    }
    if (focus.key !== null && focus.key >= model.columns[0] && focus.key < model.columns[1]) {
      context.strokeStyle = view.colour("key");
      context.strokeRect(
        x + Math.floor((focus.key - model.columns[0]) / model.block) * cell,
        y,
        Math.max(cell, 2),
        height,
      );
    }
  }

  /** The weights of a head, one pixel a cell; masked cells stay clear. Painted once a theme. */
  picture(head) {
    const { model, view } = this;
    const name = `${head} ${view.theme}`;
    if (!model.painted.has(name)) {
      const { cells, masked, full } = model.byHead.get(head);
      model.painted.set(
        name,
        paintedCells(
          cells,
          model.cellRows,
          model.cellColumns,
          masked,
          full,
          view.colour("background"),
          view.colour(model.colour),
        ),
      );
    }
    return model.painted.get(name);
  }

  hatch(context, { x, y, cell }) {
    context.fillStyle = hatching(this.view.root, context);
    for (const [row, start, end] of this.model.closed)
      context.fillRect(x + start * cell, y + row * cell, (end - start) * cell, cell);
  }

  seams(context, { x, y, width, height, cell }) {
    const { model } = this;
    context.fillStyle = this.view.colour("background");
    for (let row = 1; row < model.cellRows; row++) context.fillRect(x, y + row * cell - 0.5, width, 1);
    for (let column = 1; column < model.cellColumns; column++) context.fillRect(x + column * cell - 0.5, y, 1, height);
  }

  numbers(context, { x, y, cell, head }) {
    const { model, view } = this;
    context.font = `11px ${MONOSPACE}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = 0; row < model.cellRows; row++)
      for (let column = 0; column < model.cellColumns; column++) {
        const weight = model.cell(head, row, column);
        if (weight === null || weight < 0.01) continue;
        context.fillStyle = view.colour(weight > 0.5 ? "background" : "text");
        context.fillText(String(Math.round(100 * weight)), x + (column + 0.5) * cell, y + (row + 0.5) * cell);
      }
  }

  labels(context, { x, y, cell }, focus) {
    const { model, view } = this;
    const every = Math.max(1, Math.ceil(13 / cell));
    context.font = LABEL_FONT;
    context.textBaseline = "middle";
    for (let row = 0; row < model.cellRows; row += every) {
      const position = model.rows[0] + row * model.block;
      context.textAlign = "right";
      context.fillStyle = view.colour(focus.query === position ? "query" : "quiet");
      context.fillText(this.label("query", position), x - 7, y + (row + 0.5) * cell, this.gutterNow.left);
    }
    for (let column = 0; column < model.cellColumns; column += every) {
      const position = model.columns[0] + column * model.block;
      context.save();
      context.translate(x + (column + 0.5) * cell, y - 7);
      context.rotate(-Math.PI / 3);
      context.textAlign = "left";
      context.fillStyle = view.colour(focus.key === position ? "key" : "quiet");
      context.fillText(this.label("key", position), 0, 0, 130);
      context.restore();
    }
  }

  drawBrush(context) {
    const { from, to } = this.brush;
    context.fillStyle = this.view.colour("query");
    context.globalAlpha = 0.18;
    context.fillRect(Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    context.globalAlpha = 1;
  }

  /** The head, query and key under the pointer, or null. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { model } = this;
    for (const frame of this.frames ?? []) {
      const row = Math.floor((y - frame.y) / frame.cell);
      const column = Math.floor((x - frame.x) / frame.cell);
      if (row < 0 || column < 0 || row >= model.cellRows || column >= model.cellColumns) continue;
      return {
        head: frame.head,
        query: model.rows[0] + row * model.block,
        key: model.columns[0] + column * model.block,
        x,
        y,
      };
    }
    return null;
  }

  press(event) {
    this.from = this.at(event);
    this.brush = this.from && this.view.zoomable && event.pointerType !== "touch" ? { from: this.from } : null;
    if (this.brush) this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const at = this.at(event);
    if (
      this.brush &&
      at &&
      at.head === this.brush.from.head &&
      Math.hypot(at.x - this.brush.from.x, at.y - this.brush.from.y) > 6
    ) {
      this.brush.to = at;
      this.view.redraw();
      return;
    }
    this.view.hover(at && { query: at.query, key: at.key, head: at.head }, event);
  }

  release() {
    const { from, brush, model } = this;
    this.brush = null;
    if (brush?.to) {
      const range = (side) => [
        Math.min(from[side], brush.to[side]),
        Math.max(from[side], brush.to[side]) + model.block,
      ];
      this.view.hover(null);
      this.view.zoomTo(range("query"), range("key"));
    } else if (from) this.view.lock({ query: from.query, key: from.key });
  }

  keyed(event) {
    const { view, model } = this;
    const step = (side) => Math.max(1, Math.round((side === "rows" ? model.rowCount : model.columnCount) / 4));
    const { query, key } = view.focus();
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) {
      const [down, across] = moves[event.key];
      if (event.shiftKey) view.move(down * step("rows"), across * step("columns"));
      else {
        const bound = (value, [start, end]) => Math.max(start, Math.min(end - 1, value));
        const next = bound((query ?? model.rows[0] - down) + down * model.block, model.rows);
        view.hover({
          query: next,
          key: bound((key ?? model.columns[0] - across) + across * model.block, model.columns),
        });
        view.say(next);
      }
    } else if (event.key === "+" || event.key === "=") view.zoom(0.5, query, key);
    else if (event.key === "-") view.zoom(2, query, key);
    else if (event.key === "0") view.zoomOut();
    else if ((event.key === "Enter" || event.key === " ") && query !== null) view.lock({ query, key });
    else if (event.key === "Escape") view.free();
    else return;
    event.preventDefault();
  }
}

/** Weights as a canvas of one pixel a cell. */
export function paintedCells(values, rows, columns, masked, full, from, to) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const colours = ramp(from, to);
  for (let place = 0; place < values.length; place++) {
    if (values[place] === masked) continue;
    const step = 3 * Math.round((values[place] / full) * 255);
    for (let part = 0; part < 3; part++) image.data[4 * place + part] = colours[step + part];
    image.data[4 * place + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export const MONOSPACE = '"Source Code Pro", monospace';
export const LABEL_FONT = `13px ${MONOSPACE}`;
