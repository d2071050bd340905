// What a cell of a matrix says and how much colour it has, and how large cells are.

import type { ComparedStack } from "../shared/generated/messages.ts";
import { middle, shareOf, written } from "../shared/half_percents.ts";

const MASK_STRENGTH = 175;
const LARGEST_CELL = 32; // CSS pixels, as are those below
const WIDEST_MATRIX = 300;
const FRAME = 4;
const GAP_OF_BLOCKS = 24;

/** A matrix of weights, one byte each (shared/half_percents.ts), or of a mask: 1 where a query may look. */
export interface Matrix {
  cells: ArrayLike<number>;
  rows: number;
  columns: number;
  isMask: boolean;
}

/**
 * How much colour a cell has, from 0 to 255; null where a query cannot look.
 *
 * It grows with the square root of the weight, so that the mean of many heads can be seen.
 */
export function strengthOf(byte: number, isMask: boolean): number | null {
  if (isMask) return byte > 0 ? MASK_STRENGTH : null;
  const share = shareOf(byte);
  return share && Math.round(255 * Math.sqrt(byte && middle(share)));
}

/** What a cell says. */
export function cellInWords({ cells, columns, isMask }: Matrix, row: number, column: number, block: number): string {
  const byte = cells[row * columns + column];
  if (isMask) return byte > 0 ? "may look" : "cannot look";
  const share = shareOf(byte);
  if (share === null) return "cannot look";
  return written(share) + (block > 1 ? `, the most in ${block} × ${block} tokens` : "");
}

/** How many cells the matrices of a pane are across, those of several stacks set in blocks. */
export function cellsAcross(stacks: readonly Pick<ComparedStack, "stack" | "keys" | "block">[]): number {
  return stacks
    .filter(({ stack }) => stack !== "encoder")
    .reduce((sum, { keys, block }) => sum + Math.ceil(keys / block), 0);
}

/** The side of a cell that fits into this much room. */
export function cellSize(room: number, across: number, inBlocks: boolean): number {
  const width = inBlocks ? room - GAP_OF_BLOCKS : Math.min(room - FRAME, WIDEST_MATRIX);
  return Math.min(width / across, LARGEST_CELL);
}
