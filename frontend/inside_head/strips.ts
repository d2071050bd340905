// Vectors as rows of coloured cells around the page's background: blue above zero, orange below.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { fourDigits, thousands } from "../shared/numbers.ts";
import type { Kind } from "./formulas.ts";
import type { Picture, Stage } from "./stage.ts";
import {
  briefly,
  columnsFor,
  largestOf,
  lengthOf,
  spoken,
  strongest,
  sumsSoFar,
  usualSize,
  WITH_NUMBERS,
} from "./vectors.ts";

const CELL_HEIGHT = 26; // pixels
const WIDEST_CELL = 64;
const FIELD_CELL = { least: 9, most: 12 };
const NARROW = 560; // below this the labels stand above the cells
const LABEL_WIDTH = 132;

export interface Vector {
  label: string;
  kind?: Kind;
  values: Float32Array;
  /** The number that gets the full colour, where that is not the vector's own. */
  scale?: number;
}

/** Vectors of one width under each other, cut into blocks so that the numbers can be read. */
export class Strips implements Picture {
  readonly node: HTMLElement = element("div", { class: "strips" });
  protected readonly stage: Stage;
  protected readonly rows: readonly Vector[];
  /** False where cells are too many to hold their numbers. */
  private readonly numbers: boolean;
  /** What the last drawing depended on. */
  private drawnFor = "";

  constructor(stage: Stage, rows: readonly Vector[], { numbers = true } = {}) {
    this.stage = stage;
    this.rows = rows;
    this.numbers = numbers;
  }

  /** Draw it again if its width or the theme is another. */
  draw(): void {
    const width = this.node.clientWidth;
    const signature = `${width} ${this.stage.theme}`;
    if (!width || signature === this.drawnFor) return;
    this.drawnFor = signature;
    const narrow = width < NARROW;
    this.node.replaceChildren(...this.blocks(width - (narrow ? 0 : LABEL_WIDTH), narrow ? "block narrow" : "block"));
  }

  /** The drawing, for a width in pixels that the cells have. */
  protected blocks(room: number, kind: string): HTMLElement[] {
    const count = Math.max(...this.rows.map(({ values }) => values.length));
    const columns = columnsFor(count, room, this.numbers);
    const cell = Math.min(room / columns, WIDEST_CELL);
    return Array.from({ length: Math.ceil(count / columns) }, (_, block) => {
      const lines = this.rows.flatMap((one) => this.line(one, block * columns, columns, cell));
      return element("div", { class: kind }, lines);
    });
  }

  private line(one: Vector, start: number, columns: number, cell: number): HTMLElement[] {
    const { label, kind, values, scale = largestOf(values) } = one;
    const part = values.subarray(start, start + columns);
    const canvas = element("canvas", {
      role: "img",
      "aria-label": start ? `${label}, from number ${start}` : spoken(label, values),
    });
    const pen = fitted(canvas, columns * cell, CELL_HEIGHT);
    part.forEach((value, place) => {
      this.paintCell(pen, value, scale, place * cell, 0, cell, CELL_HEIGHT);
      if (cell >= WITH_NUMBERS) this.writeNumber(pen, value, (place + 0.5) * cell, CELL_HEIGHT / 2, cell);
    });
    this.hoverable(canvas, (x) => start + Math.floor(x / cell), start + part.length);
    return [element("div", { class: `label ${kind ?? ""}` }, start ? `${start} …` : label), canvas];
  }

  /** A cell in the colour of its number. */
  protected paintCell(
    pen: CanvasRenderingContext2D,
    value: number,
    scale: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const part = scale ? Math.min(1, Math.abs(value) / scale) : 0;
    pen.fillStyle = this.stage.shades.shade(value < 0 ? "negative" : "positive", part);
    pen.fillRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }

  /** A number in the middle of the cell that was painted last. */
  private writeNumber(pen: CanvasRenderingContext2D, value: number, x: number, y: number, width: number): void {
    pen.fillStyle = this.stage.shades.ink(String(pen.fillStyle));
    pen.font = "11px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(briefly(value), x, y + 0.5, width - 3);
  }

  /** Tell what is hovered: the place that a point of the canvas stands for, below an end. */
  protected hoverable(canvas: HTMLCanvasElement, placeAt: (x: number, y: number) => number, end: number): void {
    const { tooltip } = this.stage;
    const tell = (event: PointerEvent) => {
      const place = placeAt(event.offsetX, event.offsetY);
      if (place < 0 || place >= end) return tooltip.hide();
      const said = this.rows
        .filter(({ values }) => place < values.length)
        .map(({ label, values }) => `${label}: ${fourDigits(values[place])}`);
      tooltip.show(event.clientX, event.clientY, `Number ${place}`, ...said);
    };
    Object.assign(canvas, { onpointermove: tell, onpointerdown: tell, onpointerleave: () => tooltip.hide() });
  }
}

/** One long vector, such as the residual stream, as a field of small cells in reading order. */
export class Field extends Strips {
  protected override blocks(room: number, kind: string): HTMLElement[] {
    const [{ label, kind: of = "", values, scale = usualSize(values) }] = this.rows;
    const columns = Math.min(values.length, Math.max(8, Math.floor(room / FIELD_CELL.least / 8) * 8));
    const cell = Math.min(room / columns, FIELD_CELL.most);
    const canvas = element("canvas", { role: "img", "aria-label": spoken(label, values) });
    const pen = fitted(canvas, columns * cell, Math.ceil(values.length / columns) * cell);
    values.forEach((value, place) =>
      this.paintCell(pen, value, scale, (place % columns) * cell, Math.floor(place / columns) * cell, cell, cell),
    );
    const placeAt = (x: number, y: number) =>
      Math.floor(y / cell) * columns + Math.min(columns - 1, Math.floor(x / cell));
    this.hoverable(canvas, placeAt, values.length);
    const [largest, at] = strongest(values);
    const sizes = `${thousands(values.length)} numbers, length ${fourDigits(lengthOf(values))}`;
    const outlier = Math.abs(largest) > 2 * scale ? `largest: ${fourDigits(largest)} [${at}]` : null;
    const remarks = [sizes, outlier].filter((one) => one !== null);
    const named = element(
      "div",
      { class: `label ${of}` },
      label,
      remarks.map((one) => element("div", { class: "quiet" }, one)),
    );
    return [element("div", { class: kind }, named, canvas)];
  }
}

const SUM = { height: 132, margin: 14, number: 76 }; // pixels; the number at the line's end needs room

/** Products as bars, and the line of their sum as it builds up from left to right. */
export class RunningSum extends Strips {
  protected override blocks(room: number, kind: string): HTMLElement[] {
    const [{ values }] = this.rows;
    const { tooltip } = this.stage;
    const sums = sumsSoFar(values);
    const canvas = element("canvas", {
      role: "img",
      "aria-label": `The sum of ${values.length} products builds up to ${fourDigits(sums.at(-1) ?? 0)}`,
    });
    const step = (room - SUM.number) / values.length;
    this.paintSum(fitted(canvas, room, SUM.height), values, sums, step);
    const tell = (event: PointerEvent) => {
      const place = Math.min(values.length - 1, Math.floor(event.offsetX / step));
      const lines = [`Product ${place}: ${fourDigits(values[place])}`, `Sum so far: ${fourDigits(sums[place])}`];
      tooltip.show(event.clientX, event.clientY, ...lines);
    };
    Object.assign(canvas, { onpointermove: tell, onpointerdown: tell, onpointerleave: () => tooltip.hide() });
    return [element("div", { class: kind }, element("div", { class: "label" }, "sum, building up"), canvas)];
  }

  private paintSum(pen: CanvasRenderingContext2D, values: Float32Array, sums: number[], step: number): void {
    const { shades } = this.stage;
    const low = Math.min(0, ...sums, ...values);
    const high = Math.max(0, ...sums, ...values);
    const y = (value: number) => SUM.margin + ((high - value) / (high - low || 1)) * (SUM.height - 2 * SUM.margin);
    const end = values.length * step;
    pen.strokeStyle = shades.colour("line");
    pen.beginPath();
    pen.moveTo(0, y(0));
    pen.lineTo(end, y(0));
    pen.stroke();
    values.forEach((value, place) => {
      pen.fillStyle = shades.colour(value < 0 ? "negative" : "positive");
      const height = Math.max(1, Math.abs(y(value) - y(0)));
      pen.fillRect(place * step + step * 0.2, Math.min(y(0), y(value)), step * 0.6, height);
    });
    pen.strokeStyle = pen.fillStyle = shades.colour("text");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(0, y(0));
    sums.forEach((sum, place) => {
      pen.lineTo(place * step, y(place ? sums[place - 1] : 0));
      pen.lineTo((place + 1) * step, y(sum));
    });
    pen.stroke();
    const whole = sums.at(-1) ?? 0;
    pen.beginPath();
    pen.arc(end, y(whole), 4, 0, 7);
    pen.fill();
    pen.font = "600 15px sans-serif";
    pen.textBaseline = "middle";
    pen.fillText(fourDigits(whole), end + 8, y(whole));
  }
}
