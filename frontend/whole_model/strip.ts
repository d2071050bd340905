// A strip of signed numbers as a row of coloured cells, told number by number when it is pointed at.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import type { Tooltip } from "../shared/tooltip.ts";
import type { SignedColours } from "./colours.ts";
import { fourDigits } from "./words.ts";

const HEIGHT = 26;

export interface Strip {
  label: string;
  width: number;
  /** The number that has the full colour. */
  largest: number;
  signed: SignedColours;
  tooltip: Tooltip;
}

/** The place of a number in a strip at an offset from its left edge. */
export function placeAt(offset: number, width: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((offset / width) * count)));
}

export function strip(numbers: Float32Array, { label, width, largest, signed, tooltip }: Strip): HTMLCanvasElement {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const canvas = element("canvas", {
    class: "strip",
    role: "img",
    "aria-label": `${label}: ${numbers.length} numbers, from ${fourDigits(least)} to ${fourDigits(most)}`,
  });
  const context = fitted(canvas, width, HEIGHT);
  const cell = width / numbers.length;
  numbers.forEach((number, place) => {
    context.fillStyle = signed.css(number / largest);
    context.fillRect(place * cell, 0, cell + 0.3, HEIGHT);
  });
  canvas.onpointermove = (event) => {
    const place = placeAt(event.offsetX, canvas.clientWidth, numbers.length);
    tooltip.show(event.clientX, event.clientY, label, `number ${place}: ${fourDigits(numbers[place])}`);
    event.stopPropagation();
  };
  canvas.onpointerleave = () => tooltip.hide();
  return canvas;
}
