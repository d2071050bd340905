import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, probabilitiesAt } from "./distribution.ts";

const near = (numbers: Float64Array, expected: number[]) =>
  expected.forEach((number, place) => assert(Math.abs(numbers[place] - number) < 1e-12, `${numbers[place]}`));

const LOG3 = Math.log(3);

test("scores become shares that double and treble with them", () => {
  near(probabilitiesAt([0, Math.log(2), LOG3], 1), [1 / 6, 2 / 6, 3 / 6]);
});

test("a low temperature sharpens, a high one evens out", () => {
  near(probabilitiesAt([0, LOG3], 0.5), [1 / 10, 9 / 10]);
  near(probabilitiesAt([0, 2 * LOG3], 2), [1 / 4, 3 / 4]);
});

test("scores of any size are fine", () => {
  near(probabilitiesAt(Float32Array.of(3000, 3000, -3000), 0.1), [0.5, 0.5, 0]);
});

test("uncertainty is two bits for four alike, none for what is certain", () => {
  assert.equal(bitsOf(Float64Array.of(0.25, 0.25, 0.25, 0.25)), 2);
  assert.equal(bitsOf(Float64Array.of(1, 0)), 0);
  assert.equal(bitsOf(Float64Array.of(0.5, 0.25, 0.25)), 1.5);
});
