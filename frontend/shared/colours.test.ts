import assert from "node:assert/strict";
import { test } from "node:test";
import { channels, luminance, ramp } from "./colours.ts";

test("colours are read however CSS writes them", () => {
  for (const colour of ["#0072B2", " rgb(0, 114, 178)", "rgb(0 114 178)"])
    assert.deepEqual(channels(colour), [0, 114, 178]);
  assert.deepEqual(channels("#fff"), [255, 255, 255]);
  assert.deepEqual(channels("none of these"), [255, 255, 255]);
});

test("a ramp leads from one colour to the other in 256 steps", () => {
  const colours = ramp("#ffffff", "rgb(0, 100, 200)");
  assert.deepEqual([...colours.subarray(0, 3)], [255, 255, 255]);
  assert.deepEqual([...colours.subarray(765)], [0, 100, 200]);
  assert.deepEqual([...colours.subarray(3 * 51, 3 * 51 + 3)], [204, 224, 244]);
});

test("white is lighter than black, and no colour counts as white", () => {
  assert.equal(luminance("#000000"), 0);
  assert.equal(luminance("#ffffff"), 1);
  assert.equal(luminance(""), 1);
});
