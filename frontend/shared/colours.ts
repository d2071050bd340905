// Colours of the palette, and what is computed from them.

export type RGB = readonly [red: number, green: number, blue: number];

/** Red, green and blue from 0 to 255 of a CSS colour (#abc, #aabbcc or rgb(...)); white for what is none of these. */
export function channels(colour: string): RGB {
  const text = colour.trim();
  if (text.startsWith("#")) {
    const digits = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1, 7);
    const [red, green, blue] = [0, 2, 4].map((place) => Number.parseInt(digits.slice(place, place + 2), 16));
    return [red, green, blue];
  }
  const [red = 255, green = 255, blue = 255] = (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  return [red, green, blue];
}

/** Relative luminance from 0 (black) to 1 (white). */
export function luminance(colour: string): number {
  const [red, green, blue] = channels(colour || "rgb").map((part) => part / 255);
  return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2;
}

/** 256 colours from one to another, as red, green, blue bytes. */
export function ramp(from: string, to: string): Uint8Array {
  const [start, end] = [channels(from), channels(to)];
  return Uint8Array.from({ length: 768 }, (_, place) => {
    const step = Math.floor(place / 3) / 255;
    const part = place % 3;
    return Math.round(start[part] + (end[part] - start[part]) * step);
  });
}

/** A palette colour by name: "query", "head-3", "background" ... */
export function paletteColour(root: Element, name: string): string {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}
