// Which heads are open in the head view, and which are switched off.

import type { View } from "../shared/page.ts";
import type { Cell } from "./places.ts";

const MOST_HEADS = 12; // that the head view shows together

/** Heads of one layer. */
export interface Opened {
  stack: string;
  layer: number;
  heads: number[];
}

/** True if a head is open in the head view. */
export function isOpen(view: View | undefined, stack: string, cell: Cell): boolean {
  return view?.stack === stack && view.layer === cell.layer && view.heads.includes(cell.head);
}

/** What is open after a head was chosen: it alone, or with those of its layer that are open. */
export function opened(view: View | undefined, stack: string, cell: Cell, add: boolean): Opened {
  const same = add && view?.stack === stack && view.layer === cell.layer;
  const heads = same ? [...new Set([...view.heads, cell.head])].slice(0, MOST_HEADS) : [cell.head];
  return { stack, layer: cell.layer, heads };
}

type Pair = [layer: number, head: number];

/** The heads of a stack that are switched off. */
export class HeadsOff {
  /** In the order in which they were switched off. */
  readonly pairs: readonly Pair[];

  constructor(pairs: readonly Pair[]) {
    this.pairs = pairs;
  }

  has({ layer, head }: Cell): boolean {
    return this.pairs.some((pair) => pair[0] === layer && pair[1] === head);
  }

  /** The same with one head switched off, or on again. */
  toggled(cell: Cell): Pair[] {
    const others = this.pairs.filter(([layer, head]) => layer !== cell.layer || head !== cell.head);
    return this.has(cell) ? others : [...others, [cell.layer, cell.head]];
  }
}
