import assert from "node:assert/strict";
import { test } from "node:test";
import { cellColours } from "./cells.ts";

const cells = { values: Uint8Array.of(0, 127, 254, 255), rows: 2, columns: 2, masked: 255, full: 254 };

test("weights lead from one colour to the other, and cells that cannot look stay clear", () => {
  const colours = [...cellColours(cells, "#000000", "#ff8000")];
  assert.deepEqual(colours.slice(0, 4), [0, 0, 0, 255]);
  assert.deepEqual(colours.slice(4, 8), [128, 64, 0, 255]); // the 128th of 255 steps
  assert.deepEqual(colours.slice(8), [255, 128, 0, 255, 0, 0, 0, 0]);
});

test("cells that cannot look can have a colour of their own", () => {
  const colours = [...cellColours(cells, "#000000", "#ffffff", [1, 2, 3])];
  assert.deepEqual(colours.slice(12), [1, 2, 3, 255]);
});
