import assert from "node:assert/strict";
import { test } from "node:test";
import { inkOn } from "./shades.ts";

test("digits are in the colour that stands out more from their ground", () => {
  const [dark, light] = ["#1B1F24", "#FFFFFF"];
  assert.equal(inkOn("#FFFFFF", dark, light), dark);
  assert.equal(inkOn("#2E5FD0", dark, light), light);
  assert.equal(inkOn("rgb(180 200 240)", dark, light), dark);
  assert.equal(inkOn("#14171C", "#E8EBEF", "#14171C"), "#E8EBEF");
});
