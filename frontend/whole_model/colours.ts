// The colours of the picture, and signed numbers as colours.

import { paletteColour, type RGB, ramp } from "../shared/colours.ts";

const NAMES = [
  "background",
  "panel",
  "text",
  "quiet",
  "line",
  "encoder",
  "decoder",
  "cross",
  "query",
  "key",
  "value",
  "positive",
  "negative",
] as const;

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

/** The palette as it is on the page. */
export function coloursOf(root: Element): Colours {
  return Object.fromEntries(NAMES.map((name) => [name, paletteColour(root, name)])) as Colours;
}

/** The size that a share of all sizes stays below, 1 for nothing but zeros: a scale that outliers do not spoil. */
export function percentile(numbers: ArrayLike<number>, share: number): number {
  const sizes = Float32Array.from(numbers, Math.abs).sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] || 1;
}

/** Signed numbers from -1 to 1 as colours between the background and one of two others. */
export class SignedColours {
  private readonly above: Uint8Array;
  private readonly below: Uint8Array;

  constructor({ background, positive, negative }: Colours) {
    this.above = ramp(background, positive);
    this.below = ramp(background, negative);
  }

  /** As a CSS colour. */
  css(number: number): string {
    return `rgb(${this.rgb(number).join(",")})`;
  }

  /** As red, green and blue from 0 to 255. */
  rgb(number: number): RGB {
    const table = number < 0 ? this.below : this.above;
    const place = 3 * Math.round(255 * Math.min(Math.abs(number), 1));
    return [table[place], table[place + 1], table[place + 2]];
  }
}
