import assert from "node:assert/strict";
import { test } from "node:test";
import { around, largeEnough, sameRange, within, zoomed } from "./ranges.ts";

test("a part that juts out of the text is pushed back into it", () => {
  assert.deepEqual(within(-3, 10, 100), [0, 10]);
  assert.deepEqual(within(95, 10, 100), [90, 100]);
  assert.deepEqual(within(0, 10, 4), [0, 4]);
});

test("zooming in shows half as much around a token, or around the middle", () => {
  assert.deepEqual(zoomed([0, 100], 0.5, 100, 60), [35, 85]);
  assert.deepEqual(zoomed([0, 100], 0.5, 100, null), [25, 75]);
  assert.deepEqual(zoomed([40, 60], 2, 100, null), [30, 70]);
});

test("no part is smaller than eight tokens or larger than the text", () => {
  assert.deepEqual(zoomed([40, 50], 0.5, 100, null), [41, 49]);
  assert.deepEqual(zoomed([0, 100], 2, 100, 3), [0, 100]);
  assert.deepEqual(zoomed([0, 5], 0.5, 5, null), [0, 5]);
});

test("a part that was brushed is made large enough to be looked at", () => {
  assert.deepEqual(largeEnough([40, 41], 100), [40, 48]);
  assert.deepEqual(largeEnough([98, 99], 100), [92, 100]);
  assert.deepEqual(largeEnough([10, 60], 100), [10, 60]);
  assert.deepEqual(largeEnough([2, 3], 5), [0, 5]);
});

test("the same extent around another position", () => {
  assert.deepEqual(around(50, [0, 20], 100), [40, 60]);
  assert.deepEqual(around(1, [40, 60], 100), [0, 20]);
});

test("parts are the same if both ends are", () => {
  assert(sameRange([1, 2], [1, 2]));
  assert(!sameRange([1, 2], [1, 3]));
  assert(!sameRange([0, 2], [1, 2]));
});
