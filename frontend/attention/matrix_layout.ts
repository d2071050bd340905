// Where the matrices lie and which cell is where, in pixels of the canvas.

import type { AttentionModel } from "./model.ts";

const GAP = 12;

/** The matrix of a head: its place, and the size of a cell. */
export interface Frame {
  head: number;
  x: number;
  y: number;
  width: number;
  height: number;
  cell: number;
}

/** Room for labels beside a matrix. */
export interface Gutter {
  left: number;
  top: number;
  right: number;
}

export interface MatrixLayout {
  frames: Frame[];
  gutter: Gutter;
  width: number;
  height: number;
}

const matricesAcross = (heads: number): number => (heads === 1 ? 1 : heads <= 4 ? 2 : heads <= 6 ? 3 : 4);

/** The matrices of some heads in a room so wide: one as large as it can be, or several side by side. */
export function matricesOf(
  { cellRows, cellColumns }: Pick<AttentionModel, "cellRows" | "cellColumns">,
  heads: readonly number[],
  room: number,
  gutter: Gutter,
): MatrixLayout {
  const across = matricesAcross(heads.length);
  const inner = (room - GAP * (across - 1)) / across - gutter.left - gutter.right;
  const cell = Math.min(34, inner / cellColumns, (heads.length === 1 ? 620 : 400) / cellRows);
  const [width, height] = [cell * cellColumns, cell * cellRows];
  const line = height + gutter.top + GAP;
  const frames = heads.map((head, place) => ({
    head,
    x: (place % across) * (inner + gutter.left + GAP) + gutter.left,
    y: Math.floor(place / across) * line + gutter.top,
    width,
    height,
    cell,
  }));
  return { frames, gutter, width: room, height: Math.ceil(heads.length / across) * line };
}

/** A place in a matrix: the first query and key of the cell. */
export interface CellPlace {
  head: number;
  query: number;
  key: number;
  x: number;
  y: number;
}

/** The cell at a point, null if there is none. */
export function cellAt(frames: readonly Frame[], model: AttentionModel, x: number, y: number): CellPlace | null {
  for (const frame of frames) {
    const row = Math.floor((y - frame.y) / frame.cell);
    const column = Math.floor((x - frame.x) / frame.cell);
    if (row < 0 || column < 0 || row >= model.cellRows || column >= model.cellColumns) continue;
    const { rows, columns, block } = model.part;
    return { head: frame.head, query: rows[0] + row * block, key: columns[0] + column * block, x, y };
  }
  return null;
}
