// @ts-nocheck: not typed yet
// Pictures of the comparison: matrices on canvases, shares and curves as SVG. They know arrays and colours, not panes.

import { fitted, hatching } from "../shared/canvas.ts";
import { paletteColour, ramp } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";

export const SVG = "http://www.w3.org/2000/svg";
export const MASKED_BYTE = 255;

export function svg(tag, properties = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The weight behind a byte, or null where a query cannot look. */
export const weightOf = (byte) => (byte === MASKED_BYTE ? null : byte / (MASKED_BYTE - 1));

/** Colour grows with the square root of the weight, so that the mean of many heads can be seen. */
export const strengthOf = (weight) => Math.round(255 * Math.sqrt(weight));

/** A small matrix of weights or of a mask, with rows and columns that can be lit. */
export class MatrixPicture {
  constructor({ root, cells, rows, columns, colour, isMask = false, label }) {
    Object.assign(this, { root, cells, rows, columns, colour, isMask });
    this.node = element("canvas", { class: "matrix", role: "img", "aria-label": label });
    this.lit = { rows: new Set(), columns: new Set() };
  }

  /** Draw with cells of this many CSS pixels a side. */
  draw(cell) {
    this.cell = cell;
    const [width, height] = [cell * this.columns, cell * this.rows];
    const pen = fitted(this.node, width, height);
    const colours = ramp(paletteColour(this.root, "background"), paletteColour(this.root, this.colour));
    const gap = this.cell >= 7 ? 1 : 0;
    pen.fillStyle = paletteColour(this.root, "line");
    if (gap) pen.fillRect(0, 0, width, height);
    for (let row = 0; row < this.rows; row++)
      for (let column = 0; column < this.columns; column++) {
        const byte = this.cells[row * this.columns + column];
        const open = this.isMask ? byte > 0 : byte !== MASKED_BYTE;
        const step = 3 * (open ? (this.isMask ? 175 : strengthOf(weightOf(byte))) : 0);
        pen.fillStyle = `rgb(${colours[step]} ${colours[step + 1]} ${colours[step + 2]})`;
        pen.fillRect(
          column * this.cell,
          row * this.cell,
          this.cell - gap + (gap ? 0 : 0.5),
          this.cell - gap + (gap ? 0 : 0.5),
        );
      }
    this.hatch(pen);
    this.frame(pen, width, height);
  }

  hatch(pen) {
    pen.fillStyle = hatching(this.root, pen);
    for (let row = 0; row < this.rows; row++)
      for (let column = 0; column < this.columns; column++) {
        const byte = this.cells[row * this.columns + column];
        if (this.isMask ? byte === 0 : byte === MASKED_BYTE)
          pen.fillRect(column * this.cell, row * this.cell, this.cell, this.cell);
      }
  }

  frame(pen, width, height) {
    pen.lineWidth = 1;
    pen.strokeStyle = paletteColour(this.root, "line");
    pen.strokeRect(0.5, 0.5, width - 1, height - 1);
    pen.lineWidth = 2;
    pen.strokeStyle = paletteColour(this.root, "query");
    for (const row of this.lit.rows) pen.strokeRect(1, row * this.cell + 1, width - 2, Math.max(this.cell - 2, 1));
    pen.strokeStyle = paletteColour(this.root, "key");
    for (const column of this.lit.columns)
      pen.strokeRect(column * this.cell + 1, 1, Math.max(this.cell - 2, 1), height - 2);
  }

  /** Row and column under a pointer, or null. */
  at(event) {
    const box = this.node.getBoundingClientRect();
    const [row, column] = [
      Math.floor((event.clientY - box.top) / this.cell),
      Math.floor((event.clientX - box.left) / this.cell),
    ];
    return row >= 0 && row < this.rows && column >= 0 && column < this.columns ? { row, column } : null;
  }

  value(row, column) {
    return weightOf(this.cells[row * this.columns + column]);
  }
}

/** Stacked shares, one column a layer, from the first layer at the left to the last at the right. */
export function sharesPicture(shares, fills, depth, label) {
  const [layers, parts] = shares.shape;
  const picture = svg("svg", {
    viewBox: `0 0 ${layers} 1`,
    preserveAspectRatio: "none",
    class: "chart",
    role: "img",
    "aria-label": label,
  });
  for (let layer = 0; layer < layers; layer++) {
    let top = 1;
    for (let part = 0; part < parts; part++) {
      const share = shares[layer * parts + part];
      top -= share;
      picture.append(
        svg("rect", {
          x: layer + 0.04,
          y: Math.max(top, 0),
          width: 0.92,
          height: Math.max(share, 0),
          class: fills[part],
        }),
      );
    }
  }
  return framed(picture, layers > 1 ? (Math.round(depth * (layers - 1)) + 0.5) / layers : 0.5);
}

/** Curves over relative depth. Each has values, a class for its colour, and may be dashed. */
export function curvesPicture(curves, low, high, depth, label) {
  const height = (value) => 40 - (40 * (value - low)) / (high - low || 1);
  const picture = svg("svg", {
    viewBox: "0 0 100 40",
    preserveAspectRatio: "none",
    class: "chart",
    role: "img",
    "aria-label": label,
  });
  if (low < 0) picture.append(svg("line", { x1: 0, x2: 100, y1: height(0), y2: height(0), class: "zero" }));
  for (const { values, kind, dashed } of curves) {
    const place = (index) => (values.length > 1 ? (100 * index) / (values.length - 1) : 50);
    const points = [...values].map((value, index) => `${place(index)},${height(value)}`);
    if (values.length === 1) points.push(`${place(0) + 0.1},${height(values[0])}`);
    picture.append(svg("polyline", { points: points.join(" "), class: `curve ${kind}${dashed ? " dashed" : ""}` }));
  }
  const frame = framed(picture, depth);
  frame.prepend(
    element("span", { class: "high quiet" }, nice(high)),
    element("span", { class: "low quiet" }, nice(low)),
  );
  return frame;
}

export const nice = (number) => (Number.isInteger(number) ? `${number}` : number.toFixed(1));

/** A chart with a mark at the depth that is looked at. */
export function framed(picture, at) {
  const mark = element("div", { class: "cursor" });
  mark.style.left = `${100 * at}%`;
  return element("div", { class: "frame" }, picture, mark);
}
