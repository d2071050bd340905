import assert from "node:assert/strict";
import { test } from "node:test";
import { cosineOf, cosines, meanCosines, meanShares } from "./depth_curves.ts";

const bytes = (shape: number[], ...cosines: number[]) =>
  Object.assign(
    Uint8Array.from(cosines, (cosine) => Math.round((cosine + 1) * 127)),
    { shape },
  );

test("bytes are cosines from -1 to 1", () => {
  assert.deepEqual([0, 127, 254].map(cosineOf), [-1, 0, 1]);
});

test("the cosine of two words is read layer by layer", () => {
  const across = bytes([2, 2, 3], 1, 0, -1, 0, 1, 0, 1, 1, -1, -1, 0, 1);
  assert.deepEqual(cosines(across, 0, 2), [-1, -1]);
  assert.deepEqual(cosines(across, 1, 0), [0, -1]);
});

test("the mean is over every two different words", () => {
  // Of three words the pairs have 0, -1 and 0, then 1, 1 and 1.
  const three = bytes([2, 3, 3], 1, 0, -1, 0, 1, 0, -1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
  const [first, second] = meanCosines(three);
  assert.equal(first.toFixed(4), "-0.3333");
  assert.equal(second, 1);
});

test("a single word has no mean with others, and no division by nothing", () => {
  assert.deepEqual(meanCosines(bytes([1, 1, 1], 1)), [0]);
});

test("shares are averaged over the layers", () => {
  const shares = Object.assign(Float32Array.of(0.5, 0.5, 0.25, 0.75), { shape: [2, 2] });
  assert.deepEqual(meanShares(shares), [0.375, 0.625]);
});
