// What is read off vectors before they are drawn: sizes, sums, and how many numbers fit a line.

import { fourDigits } from "../shared/numbers.ts";

export const WITH_NUMBERS = 34; // pixels that a cell needs for its number
const WITHOUT_NUMBERS = 11;
const MANY = 128; // longer vectors are drawn without numbers
const LINES = [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4]; // numbers a line, so that lines begin at round places

/** How many numbers of a vector stand on one line of a width in pixels. */
export function columnsFor(count: number, room: number, numbers: boolean): number {
  const least = numbers && count <= MANY ? WITH_NUMBERS : WITHOUT_NUMBERS;
  if (count * least <= room) return count;
  const fitting = LINES.find((columns) => columns * least <= room && columns < count);
  return fitting ?? Math.max(1, Math.floor(room / least));
}

export function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** A number that nearly all stay below: a few outliers would leave the rest without colour. */
export function usualSize(values: Float32Array): number {
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.floor((sizes.length - 1) * 0.985)] || largestOf(values);
}

/** The number furthest from zero, and its place. */
export function strongest(values: Float32Array): [value: number, place: number] {
  const at = values.reduce((best, value, place) => (Math.abs(value) > Math.abs(values[best]) ? place : best), 0);
  return [values[at], at];
}

export function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The sum of the first number, of the first two, of the first three ... */
export function sumsSoFar(values: Float32Array): number[] {
  let sum = 0;
  return Array.from(values, (value) => (sum += value));
}

export function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** Lowest and highest of the numbers of keys that may be looked at, zero among them. */
export function rangeOf(values: Float32Array, visible: Uint8Array): [low: number, high: number] {
  let [low, high] = [0, 0];
  values.forEach((value, place) => {
    if (visible[place]) [low, high] = [Math.min(low, value), Math.max(high, value)];
  });
  return [low, high];
}

/** Up to so many places from 0 to a count, evenly spread, the first ones always. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return [...Array(count).keys()];
  const later = Array.from({ length: most - 4 }, (_, step) => 3 + Math.round(((count - 4) * (step + 1)) / (most - 4)));
  return [...new Set([0, 1, 2, 3, ...later])];
}

/** A number as it fits a cell; the tooltip has all its digits. */
export function briefly(value: number): string {
  const size = Math.abs(value);
  if (size < 0.005) return "0";
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace("-", "−");
}

/** A vector for a screen reader. */
export function spoken(label: string, values: Float32Array): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(fourDigits);
  return `${label}: ${values.length} numbers from ${low} to ${high}, length ${fourDigits(lengthOf(values))}`;
}

/** What a softmax has mixed, strongest first kept, the rest as one. */
export interface Mixture {
  /** Each value times its weight, by place among the keys shown. */
  weighted: Float32Array[];
  /** Places of the heaviest keys, in the order of the text. */
  listed: number[];
  /** All that are not listed, those that are not shown among them, added up. */
  rest: Float32Array;
  /** How many they are. */
  others: number;
}

export const MOST_LISTED = 8;

/** Values times weights, the heaviest one by one. */
export function mixture(
  weights: Float32Array,
  valueAt: (place: number) => Float32Array,
  visible: Uint8Array,
  left: { out: number; mixed: Float32Array },
): Mixture {
  const weighted = Array.from(weights, (weight, place) => valueAt(place).map((value) => value * weight));
  const order = [...weighted.keys()]
    .filter((place) => visible[place])
    .sort((one, other) => weights[other] - weights[one]);
  const listed = order.slice(0, MOST_LISTED).sort((one, other) => one - other);
  const rest = Float32Array.from(left.mixed);
  for (const place of order.slice(MOST_LISTED))
    weighted[place].forEach((value, number) => {
      rest[number] += value;
    });
  return { weighted, listed, rest, others: order.length - listed.length + left.out };
}
