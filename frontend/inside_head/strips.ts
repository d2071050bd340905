// @ts-nocheck: not typed yet
// Vectors as rows of coloured cells around the page’s background: blue above zero, orange below.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { fourDigits } from "./formulas.ts";

export const WITH_NUMBERS = 38;
export const CELL_HEIGHT = 26;
export const SMALL = 9;

/** Vectors of one width under each other, cut into blocks so that the numbers can be read. */
export class Strips {
  /** Rows are {label, kind, values, scale}; a scale is the number that gets the full colour. */
  constructor(view, rows, { numbers = true } = {}) {
    this.view = view;
    this.rows = rows.filter(({ values }) => values);
    this.numbers = numbers;
    this.node = element("div", { class: "strips" });
  }

  draw() {
    const { rows, node } = this;
    const width = node.clientWidth;
    if (!width || !rows.length) return;
    const count = Math.max(...rows.map(({ values }) => values.length));
    const narrow = width < 560;
    const room = width - (narrow ? 0 : 132);
    const columns = columnsFor(count, room, this.numbers);
    const cell = Math.min(room / columns, 64);
    const signature = `${columns} ${cell}`;
    if (this.signature === signature && this.theme === this.view.theme) return;
    [this.signature, this.theme] = [signature, this.view.theme];
    const blocks = [];
    for (let start = 0; start < count; start += columns)
      blocks.push(
        element(
          "div",
          { class: narrow ? "block narrow" : "block" },
          ...rows.flatMap((one) => this.line(one, start, columns, cell, start === 0)),
        ),
      );
    node.replaceChildren(...blocks);
  }

  line(one, start, columns, cell, first) {
    const part = one.values.subarray(start, start + columns);
    const canvas = element("canvas", {
      role: "img",
      "aria-label": first ? spoken(one) : `${one.label}, from number ${start}`,
    });
    const pen = fitted(canvas, columns * cell, CELL_HEIGHT);
    const scale = one.scale ?? largestOf(one.values);
    part.forEach((value, place) =>
      paintCell(pen, this.view, value, scale, place * cell, 0, cell, CELL_HEIGHT, cell >= WITH_NUMBERS - 4),
    );
    this.hoverable(canvas, (x) => start + Math.floor(x / cell), start + part.length);
    const label = element("div", { class: `label ${one.kind ?? ""}` }, first ? one.label : `${start} …`);
    return [label, canvas];
  }

  hoverable(canvas, placeAt, end) {
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const place = placeAt(event.offsetX, event.offsetY);
      if (place < 0 || place >= end) return this.view.tooltip.hide();
      const said = this.rows.map(({ label, values }) =>
        place < values.length ? `${label}: ${fourDigits(values[place])}` : null,
      );
      this.view.tooltip.show(event.clientX, event.clientY, `Number ${place}`, ...said.filter(Boolean));
    };
    canvas.onpointerleave = () => this.view.tooltip.hide();
  }
}

/** One long vector, such as the residual stream, as a field of small cells in reading order. */
export class Field extends Strips {
  draw() {
    const { node } = this;
    const [one] = this.rows;
    if (!one) return;
    const width = node.clientWidth;
    if (!width) return;
    const narrow = width < 560;
    const room = width - (narrow ? 0 : 132);
    const columns = Math.min(one.values.length, Math.max(8, Math.floor(room / SMALL / 8) * 8));
    const cell = Math.min(room / columns, 12);
    if (this.signature === columns && this.theme === this.view.theme) return;
    [this.signature, this.theme] = [columns, this.view.theme];
    const canvas = element("canvas", { role: "img", "aria-label": spoken(one) });
    const pen = fitted(canvas, columns * cell, Math.ceil(one.values.length / columns) * cell);
    const scale = one.scale ?? usual(one.values);
    const [largest, at] = strongest(one.values);
    one.values.forEach((value, place) =>
      paintCell(
        pen,
        this.view,
        value,
        scale,
        (place % columns) * cell,
        Math.floor(place / columns) * cell,
        cell,
        cell,
        false,
      ),
    );
    this.hoverable(
      canvas,
      (x, y) => Math.floor(y / cell) * columns + Math.min(columns - 1, Math.floor(x / cell)),
      one.values.length,
    );
    const label = element(
      "div",
      { class: `label ${one.kind ?? ""}` },
      one.label,
      element(
        "div",
        { class: "quiet" },
        `${thousands(one.values.length)} numbers, length ${fourDigits(lengthOf(one.values))}`,
      ),
      Math.abs(largest) > 2 * scale
        ? element("div", { class: "quiet" }, `largest: ${fourDigits(largest)} [${at}]`)
        : null,
    );
    node.replaceChildren(element("div", { class: narrow ? "block narrow" : "block" }, label, canvas));
  }
}

/** Products as bars, and the line of their sum as it builds up from left to right. */
export class RunningSum extends Strips {
  draw() {
    const { node, view } = this;
    const { values } = this.rows[0];
    const width = node.clientWidth;
    if (!width || (this.signature === width && this.theme === view.theme)) return;
    [this.signature, this.theme] = [width, view.theme];
    const narrow = width < 560;
    const room = width - (narrow ? 0 : 132);
    const canvas = element("canvas", {
      role: "img",
      "aria-label": `The sum of ${values.length} products builds up to ${fourDigits(sumOf(values))}`,
    });
    const height = 132;
    const pen = fitted(canvas, room, height);
    const sums = [];
    values.reduce((sum, value, place) => (sums[place] = sum + value), 0);
    const low = Math.min(0, ...sums, ...values);
    const high = Math.max(0, ...sums, ...values);
    const y = (value) => 14 + ((high - value) / (high - low || 1)) * (height - 28);
    const step = (room - 76) / values.length;
    pen.strokeStyle = view.colour("line");
    pen.beginPath();
    pen.moveTo(0, y(0));
    pen.lineTo(room - 76, y(0));
    pen.stroke();
    values.forEach((value, place) => {
      pen.fillStyle = view.colour(value < 0 ? "negative" : "positive");
      pen.fillRect(
        place * step + step * 0.2,
        Math.min(y(0), y(value)),
        step * 0.6,
        Math.max(1, Math.abs(y(value) - y(0))),
      );
    });
    pen.strokeStyle = pen.fillStyle = view.colour("text");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(0, y(0));
    sums.forEach((sum, place) => {
      pen.lineTo(place * step, y(place ? sums[place - 1] : 0));
      pen.lineTo((place + 1) * step, y(sum));
    });
    pen.stroke();
    const end = sums.at(-1);
    pen.beginPath();
    pen.arc(room - 76, y(end), 4, 0, 7);
    pen.fill();
    pen.font = "600 15px sans-serif";
    pen.textBaseline = "middle";
    pen.fillText(fourDigits(end), room - 68, y(end));
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const place = Math.min(values.length - 1, Math.floor(event.offsetX / step));
      view.tooltip.show(
        event.clientX,
        event.clientY,
        `Product ${place}: ${fourDigits(values[place])}`,
        `Sum so far: ${fourDigits(sums[place])}`,
      );
    };
    canvas.onpointerleave = () => view.tooltip.hide();
    const label = element("div", { class: "label" }, "sum, building up");
    node.replaceChildren(element("div", { class: narrow ? "block narrow" : "block" }, label, canvas));
  }
}

export function paintCell(pen, view, value, scale, x, y, width, height, withNumber) {
  const part = scale ? Math.min(1, Math.abs(value) / scale) : 0;
  pen.fillStyle = view.shade(value < 0 ? "negative" : "positive", part);
  pen.fillRect(x + 0.5, y + 0.5, width - 1, height - 1);
  if (!withNumber) return;
  pen.fillStyle = view.ink(pen.fillStyle);
  pen.font = "11px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(briefly(value), x + width / 2, y + height / 2 + 0.5, width - 3);
}

/** A number as it fits a cell; the tooltip has all its digits. */
export function briefly(value) {
  const size = Math.abs(value);
  if (size < 0.005) return "0";
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace("-", "−");
}

export function columnsFor(count, room, numbers) {
  const least = numbers && count <= 128 ? WITH_NUMBERS - 4 : 11;
  if (count * least <= room) return count;
  const fitting = [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4].find(
    (columns) => columns * least <= room && columns < count,
  );
  return fitting ?? Math.max(1, Math.floor(room / least));
}

export function largestOf(values) {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** A number that nearly all stay below: a few outliers would leave the rest without colour. */
export function usual(values) {
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.floor((sizes.length - 1) * 0.985)] || largestOf(values);
}

/** The number furthest from zero, and its place. */
export function strongest(values) {
  const at = values.reduce((best, value, place) => (Math.abs(value) > Math.abs(values[best]) ? place : best), 0);
  return [values[at], at];
}

export function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

export function lengthOf(values) {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

export function spoken({ label, values }) {
  return `${label}: ${values.length} numbers from ${fourDigits(Math.min(...values))} to ${fourDigits(Math.max(...values))}, length ${fourDigits(lengthOf(values))}`;
}
