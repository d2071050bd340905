// Parts of a text: from a token to before another.

export type Range = [start: number, end: number];

const SMALLEST = 8; // tokens that a part has at least, if the text has as many

/** A part of so many tokens from a place on, pushed back into the text where it juts out. */
export function within(start: number, size: number, count: number): Range {
  const first = Math.max(0, Math.min(count - size, Math.round(start)));
  return [first, Math.min(count, first + size)];
}

/** A part larger or smaller by a factor, with a position in its middle or about its own middle. */
export function zoomed(range: Range, factor: number, count: number, position: number | null): Range {
  const size = Math.max(SMALLEST, Math.min(count, Math.round((range[1] - range[0]) * factor)));
  const middle = position ?? (range[0] + range[1]) / 2;
  return within(middle - size / 2, size, count);
}

/** A part that is large enough to be looked at. */
export function largeEnough(range: Range, count: number): Range {
  return within(range[0], Math.max(Math.min(SMALLEST, count), range[1] - range[0]), count);
}

/** A part of the same size around another position. */
export function around(position: number, range: Range, count: number): Range {
  const size = range[1] - range[0];
  return within(position - size / 2, size, count);
}

export function sameRange(one: Range, other: Range): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
