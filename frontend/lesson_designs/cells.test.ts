import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, stackAt, strengthOf } from "./cells.ts";

test("an encoder-decoder's square joins three attentions around the place where its target begins", () => {
  const three = { stacks: ["encoder", "decoder", "cross"] as ("encoder" | "decoder" | "cross")[], split: 2 };
  const rows = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => stackAt(three, row, column)));
  assert.deepEqual(rows[0], ["encoder", "encoder", "encoder", "encoder"]);
  assert.deepEqual(rows[2], ["cross", "cross", "decoder", "decoder"]);
  assert.equal(stackAt({ stacks: ["decoder"], split: 0 }, 3, 0), "decoder");
});

test("faint weights are told from none by the root", () => {
  assert.equal(strengthOf(0), 0.12);
  assert.equal(strengthOf(200), 1);
  assert.equal(strengthOf(50).toFixed(2), "0.56"); // a quarter of the attention has half of the colour
});

test("the pointer finds its cell, at the edges too", () => {
  assert.deepEqual(
    [-3, 0, 99, 100, 299, 320].map((distance) => cellAt(distance, 300, 3)),
    [0, 0, 0, 1, 2, 2],
  );
});
