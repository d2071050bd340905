// A small matrix of weights or of a mask on a canvas, with rows and columns that can be lit.

import { fitted, hatching } from "../shared/canvas.ts";
import { paletteColour, ramp } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import type { LitCells } from "./links.ts";
import { type Matrix, strengthOf } from "./weights.ts";

const SEPARATE_FROM = 7; // CSS pixels a cell from which cells stand apart
const OVERLAP = 0.5; // CSS pixels, so that no background shows between cells of broken sizes

export class MatrixPicture {
  readonly node: HTMLCanvasElement;
  readonly matrix: Matrix;
  private readonly root: HTMLElement;
  /** The name of the palette's colour for the strongest weight. */
  private readonly colour: string;
  private lit: LitCells = { rows: new Set(), columns: new Set() };
  /** The side of a cell in CSS pixels. */
  private cell = 0;

  constructor(root: HTMLElement, matrix: Matrix, colour: string, label: string) {
    this.root = root;
    this.matrix = matrix;
    this.colour = colour;
    this.node = element("canvas", { class: "matrix", role: "img", "aria-label": label });
  }

  /** Draw with cells of this many CSS pixels a side. */
  draw(cell: number): void {
    this.cell = cell;
    const { rows, columns } = this.matrix;
    const [width, height] = [cell * columns, cell * rows];
    const pen = fitted(this.node, width, height);
    const separate = cell >= SEPARATE_FROM;
    if (separate) {
      pen.fillStyle = paletteColour(this.root, "line");
      pen.fillRect(0, 0, width, height);
    }
    this.fill(pen, separate ? cell - 1 : cell + OVERLAP);
    this.hatch(pen);
    this.frame(pen, width, height);
  }

  /** Light rows and columns instead of those lit before. */
  light(lit: LitCells): void {
    const before = this.lit;
    this.lit = lit;
    if (before.rows.size + before.columns.size + lit.rows.size + lit.columns.size) this.draw(this.cell);
  }

  /** Row and column under a pointer, or null. */
  at({ clientX, clientY }: MouseEvent): { row: number; column: number } | null {
    const box = this.node.getBoundingClientRect();
    const row = Math.floor((clientY - box.top) / this.cell);
    const column = Math.floor((clientX - box.left) / this.cell);
    return row >= 0 && row < this.matrix.rows && column >= 0 && column < this.matrix.columns ? { row, column } : null;
  }

  private fill(pen: CanvasRenderingContext2D, side: number): void {
    const colours = ramp(paletteColour(this.root, "background"), paletteColour(this.root, this.colour));
    this.eachCell((x, y, strength) => {
      const step = 3 * (strength ?? 0);
      pen.fillStyle = `rgb(${colours[step]} ${colours[step + 1]} ${colours[step + 2]})`;
      pen.fillRect(x, y, side, side);
    });
  }

  private hatch(pen: CanvasRenderingContext2D): void {
    pen.fillStyle = hatching(this.root, pen);
    this.eachCell((x, y, strength) => {
      if (strength === null) pen.fillRect(x, y, this.cell, this.cell);
    });
  }

  private eachCell(visit: (x: number, y: number, strength: number | null) => void): void {
    const { cells, rows, columns, isMask } = this.matrix;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        visit(column * this.cell, row * this.cell, strengthOf(cells[row * columns + column], isMask));
  }

  private frame(pen: CanvasRenderingContext2D, width: number, height: number): void {
    const { cell, lit } = this;
    const thin = Math.max(cell - 2, 1);
    pen.lineWidth = 1;
    pen.strokeStyle = paletteColour(this.root, "line");
    pen.strokeRect(0.5, 0.5, width - 1, height - 1);
    pen.lineWidth = 2;
    pen.strokeStyle = paletteColour(this.root, "query");
    for (const row of lit.rows) pen.strokeRect(1, row * cell + 1, width - 2, thin);
    pen.strokeStyle = paletteColour(this.root, "key");
    for (const column of lit.columns) pen.strokeRect(column * cell + 1, 1, thin, height - 2);
  }
}
