import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAfter, quarter, tokenAfter } from "./moves.ts";
import { modelOf } from "./recorded.ts";

test("arrows lead from token to token and stop at both ends", () => {
  assert.deepEqual([tokenAfter("ArrowDown", 4, [0, 9]), tokenAfter("ArrowUp", 4, [0, 9])], [5, 3]);
  assert.deepEqual([tokenAfter("ArrowDown", 8, [0, 9]), tokenAfter("ArrowUp", 2, [2, 9])], [8, 2]);
});

test("without a token down begins at the first and up at the last", () => {
  assert.deepEqual([tokenAfter("ArrowDown", null, [3, 9]), tokenAfter("ArrowUp", null, [3, 9])], [3, 8]);
});

test("pages are ten tokens, Home and End lead to the ends, and other keys nowhere", () => {
  const keys = ["PageDown", "PageUp", "Home", "End", "Tab"];
  assert.deepEqual(
    keys.map((key) => tokenAfter(key, 50, [0, 100])),
    [60, 40, 0, 99, null],
  );
});

test("arrows lead from cell to cell, a whole block on, and begin in the corner", () => {
  const [short, long] = [modelOf("attention-short"), modelOf("attention-long")];
  assert.deepEqual(cellAfter([1, 0], { query: 1, key: 1 }, short), { query: 1, key: 2 });
  assert.deepEqual(cellAfter([1, 0], { query: 1, key: 2 }, short), { query: 1, key: 2 });
  assert.deepEqual(cellAfter([0, 1], { query: null, key: null }, short), { query: 0, key: 0 });
  assert.deepEqual(cellAfter([0, -1], { query: 80, key: 40 }, long), { query: 78, key: 40 });
});

test("a part of the text moves by a quarter", () => {
  assert.deepEqual([40, 6, 1].map(quarter), [10, 2, 1]);
});
