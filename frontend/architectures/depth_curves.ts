// Numbers by depth: cosine similarity of words, and shares of attention.

import type { Shaped } from "../shared/packet.ts";

export type Numbers = Shaped<Uint8Array> | Shaped<Float32Array>;

/** The cosine behind a byte: from -1 to 1 in steps of 1/127. */
export function cosineOf(byte: number): number {
  return byte / 127 - 1;
}

/** Layer by layer the cosine of two words, of an array (layer word word). */
export function cosines(numbers: Numbers, one: number, other: number): number[] {
  const [layers, rows, columns] = numbers.shape;
  return Array.from({ length: layers }, (_, layer) => cosineOf(numbers[(layer * rows + one) * columns + other]));
}

/** Layer by layer the mean cosine of every two different words, of an array (layer word word). */
export function meanCosines(numbers: Numbers): number[] {
  const [layers, words] = numbers.shape;
  const pairs = Math.max((words * (words - 1)) / 2, 1);
  const sums = new Array<number>(layers).fill(0);
  for (let one = 0; one < words; one++)
    for (let other = 0; other < one; other++)
      cosines(numbers, one, other).forEach((cosine, layer) => {
        sums[layer] += cosine;
      });
  return sums.map((sum) => sum / pairs);
}

/** The mean over layers of each share, of an array (layer share). */
export function meanShares(numbers: Numbers): number[] {
  const [layers, parts] = numbers.shape;
  return Array.from({ length: parts }, (_, part) => {
    let sum = 0;
    for (let layer = 0; layer < layers; layer++) sum += numbers[layer * parts + part];
    return sum / layers;
  });
}
