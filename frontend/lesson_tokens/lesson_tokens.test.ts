import assert from "node:assert/strict";
import { test } from "node:test";
import { remarksOn } from "./lesson_tokens.ts";

test("a token is told with its place, its id, how it is spelled, and what kind of token it is", () => {
  const cat = { t: "cat", r: "Ġcat", i: 4937 };
  assert.deepEqual(remarksOn(cat, 3), ["Token 3: “cat”", "Id 4,937, spelled Ġcat"]);
  assert.deepEqual(remarksOn({ ...cat, c: 1 }, 3).slice(2), ["Goes on with the word before it"]);
  assert.deepEqual(remarksOn({ ...cat, x: 1 }, 0).slice(2), ["A special token, not part of the text"]);
});
