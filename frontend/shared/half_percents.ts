// Weights that travel in one byte say in which half percent they lie (pages/shared/components/packing.py).
// They give a colour, and a number of as many digits as they have.

import { percent } from "./numbers.ts";

/** What stands for "cannot look", and for 100 %. */
export const HALF_PERCENTS = { masked: 255, full: 200 };

/** Where a share lies, from 0 to 1: two equal ends where it is known as it is. */
export interface Share {
  low: number;
  high: number;
}

/** The half percent that a byte stands for, or null where a query cannot look. */
export function shareOf(byte: number): Share | null {
  const { masked, full } = HALF_PERCENTS;
  return byte === masked ? null : { low: byte / full, high: Math.min(1, (byte + 1) / full) };
}

/** The middle of what a share may be. */
export function middle({ low, high }: Share): number {
  return (low + high) / 2;
}

/** A share as it is, "12.3 %", or the whole percents that it may be: "about 12 %", "12 to 13 %", "under 1 %". */
export function written({ low, high }: Share): string {
  if (low === high) return percent(low);
  if (high < 0.0101) return "under 1 %";
  const [first, last] = [Math.round(rid(100 * low)), Math.ceil(rid(100 * high) - 0.5)];
  return first >= last ? `about ${first} %` : `${first} to ${last} %`;
}

/** A percentage without the dust of its computation, so that an end at a half is one. */
function rid(percentage: number): number {
  return Number(percentage.toFixed(6));
}
