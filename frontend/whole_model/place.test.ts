import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOnMap } from "./place.ts";

test("the map is told the block, its stack, layer and head", () => {
  const { block, stack, layer, heads, page } = placeOnMap("encoder.3.attention", 7);
  assert.deepEqual([page, block, stack, layer, heads], ["", "attention", "encoder", 3, [7]]);
  assert.deepEqual(placeOnMap("cross.0.attention", null).heads, []);
  assert.equal(placeOnMap("cross.0.attention", null).stack, "cross");
  assert.equal(placeOnMap("decoder.12.feed_forward", null).layer, 12);
});

test("the ends of the model are no layer, and nothing open is no block of the map", () => {
  assert.equal(placeOnMap("decoder.embedding", null).block, "embedding");
  assert.equal(placeOnMap("output", null).block, "head");
  assert.equal(placeOnMap(null, null).block, "none");
  assert(Number.isNaN(placeOnMap(null, null).layer));
});
