import assert from "node:assert/strict";
import { test } from "node:test";
import { barWidths, influences } from "./scales.ts";

const bars = (...lengths: number[]) => barWidths(lengths.map((length) => ({ length })));

test("the longest bar fills its track, a score below zero has no bar", () => {
  assert.deepEqual(bars(0.2, 0.8, -0.5), [25, 100, 0]);
});

test("scores of which none is above zero have no bars", () => {
  assert.deepEqual(bars(-0.5, 0), [0, 0]);
});

test("words are coloured by their share of the strongest, for or against the winner", () => {
  const found = influences([{ change: 0.25 }, { change: -1 }, { change: 0 }]);
  assert.deepEqual(found, [
    { side: "for", share: 0.25 },
    { side: "against", share: 1 },
    { side: "for", share: 0 },
  ]);
});

test("words that change nothing have no colour", () => {
  assert.deepEqual(influences([{ change: 0 }]), [{ side: "for", share: 0 }]);
});
