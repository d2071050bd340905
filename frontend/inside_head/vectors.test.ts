import assert from "node:assert/strict";
import { test } from "node:test";
import {
  briefly,
  columnsFor,
  largestOf,
  lengthOf,
  mixture,
  rangeOf,
  spoken,
  spread,
  strongest,
  sumOf,
  sumsSoFar,
  usualSize,
} from "./vectors.ts";

const vector = (...values: number[]) => Float32Array.from(values);

test("sizes, sums and lengths of a vector", () => {
  const values = vector(3, -4, 0);
  assert.equal(largestOf(values), 4);
  assert.deepEqual(strongest(values), [-4, 1]);
  assert.equal(sumOf(values), -1);
  assert.deepEqual(sumsSoFar(values), [3, -1, -1]);
  assert.equal(lengthOf(values), 5);
});

test("a few outliers do not set the scale, but a single number does", () => {
  const values = Float32Array.from({ length: 100 }, (_, place) => (place === 50 ? -900 : place / 100));
  assert.equal(Math.round(100 * usualSize(values)), 98);
  assert.equal(usualSize(vector(0, 0, 0, 5)), 5); // where the usual number is zero, the largest
});

test("the range of keys is that of those that may be looked at, with zero", () => {
  assert.deepEqual(rangeOf(vector(2, -3, 9), Uint8Array.of(1, 1, 0)), [-3, 2]);
  assert.deepEqual(rangeOf(vector(2, 3), Uint8Array.of(1, 1)), [0, 3]);
});

test("numbers stand on one line where it is wide enough, else on lines of a round count", () => {
  assert.equal(columnsFor(32, 32 * 34, true), 32);
  assert.equal(columnsFor(32, 32 * 34 - 1, true), 24);
  assert.equal(columnsFor(64, 350, true), 8);
  assert.equal(columnsFor(64, 705, false), 64); // without their numbers cells are narrow
  assert.equal(columnsFor(1024, 1000, true), 64); // so many have no numbers in any case
  assert.equal(columnsFor(3, 40, true), 1);
});

test("pairs are spread from the fastest to the slowest, the first four always", () => {
  assert.deepEqual(spread(4, 7), [0, 1, 2, 3]);
  assert.deepEqual(spread(32, 7), [0, 1, 2, 3, 12, 22, 31]);
});

test("numbers in cells are short, and small ones are zero", () => {
  assert.deepEqual([0.004, -0.314, 12.34, -123.4].map(briefly), ["0", "−0.31", "12.3", "−123"]);
});

test("a vector is told to a screen reader by its range and length", () => {
  assert.equal(spoken("query", vector(3, -4)), "query: 2 numbers from −4.000 to 3.000, length 5.000");
});

test("of a mixture the heaviest keys are listed in the order of the text, and the rest is one", () => {
  const weights = Float32Array.from([0.02, 0.3, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12]);
  const valueAt = (place: number) => vector(place, 1);
  const visible = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 0); // the last one is closed
  const { weighted, listed, rest, others } = mixture(weights, valueAt, visible, { out: 3, mixed: vector(10, 20) });
  assert.deepEqual(listed, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(others, 1 + 3); // the first key, and those that were not sent
  assert.deepEqual(
    [...weighted[1]].map((value) => value.toFixed(2)),
    ["0.30", "0.30"],
  );
  assert.deepEqual(
    [...rest].map((value) => value.toFixed(2)),
    ["10.00", "20.02"],
  ); // 10 + 0.02 × 0, 20 + 0.02 × 1
});
