// What the cells of a square stand for.

import type { LessonDesign } from "../shared/generated/messages.ts";
import { HALF_PERCENTS } from "../shared/half_percents.ts";

/** Stands for "cannot look" among weights of one byte. */
export const CLOSED = HALF_PERCENTS.masked;

type StackName = LessonDesign["stacks"][number];

/** The attention that a cell belongs to; in an encoder-decoder the target's rows stand below the source's. */
export function stackAt(
  { stacks, split }: Pick<LessonDesign, "stacks" | "split">,
  row: number,
  column: number,
): StackName {
  if (stacks.length === 1) return stacks[0];
  if (row < split) return "encoder";
  return column < split ? "cross" : "decoder";
}

/**
 * How strong the colour of a cell is, from 0 to 1.
 *
 * Weights are small where there are many tokens: the root tells faint from none, and the tooltip says the number.
 */
export function strengthOf(cell: number): number {
  return 0.12 + 0.88 * Math.sqrt(cell / HALF_PERCENTS.full);
}

/** Which of so many cells of a line lies at a distance from its beginning; the first or last beyond its ends. */
export function cellAt(distance: number, length: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor((distance / length) * count)));
}
