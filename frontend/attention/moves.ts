// Where the keyboard leads.

import type { Focus } from "./choice.ts";
import type { AttentionModel } from "./model.ts";
import type { Range } from "./ranges.ts";

const STEPS: Record<string, number> = {
  ArrowUp: -1,
  ArrowDown: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

const bounded = (position: number, [start, end]: Range): number => Math.max(start, Math.min(end - 1, position));

/** The token that a key leads to from one, or from before the first or behind the last; null for other keys. */
export function tokenAfter(key: string, now: number | null, shown: Range): number | null {
  const step = STEPS[key];
  if (step === undefined) return null;
  return bounded((now ?? (step > 0 ? shown[0] - 1 : shown[1])) + step, shown);
}

/** The cell that a step of an arrow leads to, one cell on or into the corner if there is none yet. */
export function cellAfter(
  [across, down]: readonly [number, number],
  { query, key }: Focus,
  { part }: AttentionModel,
): { query: number; key: number } {
  const { rows, columns, block } = part;
  return {
    query: bounded((query ?? rows[0] - down) + down * block, rows),
    key: bounded((key ?? columns[0] - across) + across * block, columns),
  };
}

/** How many tokens a step moves a part of the text: a quarter of it. */
export function quarter(size: number): number {
  return Math.max(1, Math.round(size / 4));
}
