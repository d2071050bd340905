import assert from "node:assert/strict";
import { test } from "node:test";
import { AttentionRows } from "./attention_rows.ts";

const rows = new AttentionRows(
  Object.assign(Float32Array.of(1, 0, 0, 0.5, 0.25, 0), {
    shape: [2, 3],
  }),
);

test("weights are read by row and column", () => {
  assert.deepEqual([rows.rows, rows.columns], [2, 3]);
  assert.equal(rows.weight(0, 0), 1);
  assert.equal(rows.weight(1, 0), 0.5);
  assert.equal(rows.weight(1, 2), 0);
});

test("the mean is taken over the rows, and the strongest weight over all", () => {
  assert.equal(rows.mean(0), 0.75);
  assert.equal(rows.mean(2), 0);
  assert.equal(rows.strongest, 1);
});

test("where nothing is looked at, a share of the strongest weight is 0 and not no number", () => {
  const none = new AttentionRows(Object.assign(new Float32Array(2), { shape: [1, 2] }));
  assert.equal(none.weight(0, 1) / none.strongest, 0);
});

test("weights in single precision are read as they are", () => {
  const exact = new AttentionRows(Object.assign(Float32Array.of(0.25, 0.75, 0, 1), { shape: [2, 2] }));
  assert.deepEqual([exact.weight(0, 1), exact.mean(0), exact.strongest], [0.75, 0.125, 1]);
});
