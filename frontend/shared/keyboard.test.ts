import assert from "node:assert/strict";
import { test } from "node:test";
import { arrowOf, presses } from "./keyboard.ts";

test("arrows lead across to the right and down, other keys nowhere", () => {
  assert.deepEqual(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].map(arrowOf), [
    [0, -1],
    [0, 1],
    [-1, 0],
    [1, 0],
  ]);
  assert.equal(arrowOf("Tab"), null);
});

test("Enter and the space bar press", () => {
  assert.deepEqual(["Enter", " ", "x", "Escape"].map(presses), [true, true, false, false]);
});
