import assert from "node:assert/strict";
import { test } from "node:test";
import type { BeamToken } from "../shared/generated/messages.ts";
import { digits, linesOf, lineTo, pathTo, placeOf, sizeOf } from "./tree.ts";

const node = (number: number, parent: number | null, depth: number, rank: number, change = {}): BeamToken => ({
  t: "noir",
  r: "noir",
  i: 0,
  number,
  parent,
  depth,
  rank,
  logProbability: -0.5,
  added: -0.5,
  score: -1.5,
  survived: false,
  finished: false,
  fate: "let go: 2 others score higher",
  finalScore: null,
  ...change,
});
const NODES = [
  node(0, null, 1, 0, { survived: true, fate: "kept: a beam goes on from here" }),
  node(1, null, 1, 1),
  node(2, 0, 2, 0, { survived: true }),
  node(3, 0, 2, 2, { finished: true, finalScore: -0.75 }),
  node(4, 2, 3, 1, { survived: true }),
];

test("a text is the way back from its last token to the beginning", () => {
  assert.deepEqual(pathTo(NODES, 4), new Set([4, 2, 0]));
  assert.deepEqual(pathTo(NODES, 1), new Set([1]));
});

test("a column is a token, a row is a rank", () => {
  assert.deepEqual(placeOf(NODES[0]), [60, 26]);
  assert.deepEqual(placeOf(NODES[3]), [60 + 118, 26 + 2 * 34]);
  assert.deepEqual(sizeOf(NODES), { width: 3 * 118 + 70, height: 26 + 3 * 34 + 8, columns: 3 });
});

test("lines lead from a node's right end to what was kept or finished, and from the start to the first column", () => {
  assert.equal(lineTo(NODES, NODES[0]), "M 44 42 C 52 42, 52 39, 60 39");
  assert.equal(lineTo(NODES, NODES[3]), "M 144 39 C 161 39, 161 107, 178 107");
  assert.equal(lineTo(NODES, NODES[1]), null);
});

test("a node says its rank, its numbers and what became of it", () => {
  const header = { lengthPenalty: 2, changed: false };
  assert.deepEqual(linesOf(NODES[1], header), [
    "“noir”, rank 2 of its column",
    "60.7 % by the model after its text, log-probability −0.500",
    "sum of log-probabilities: −1.500",
    "let go: 2 others score higher",
  ]);
  assert.deepEqual(linesOf(NODES[3], header).slice(3), [
    "ends here: −1.500 / 2 to the power of 2 = −0.750",
    "let go: 2 others score higher",
  ]);
  assert.equal(linesOf(NODES[0], header).at(-1), "kept: a beam goes on from here");
});

test("what a penalty adds to a score is said beside the model's own probability, and is not called one", () => {
  const penalised = node(0, null, 1, 0, { logProbability: Math.log(0.18), added: 1.5 * Math.log(0.18), score: -2.572 });
  assert.deepEqual(linesOf(penalised, { lengthPenalty: 1, changed: true }).slice(1, 4), [
    "18.0 % by the model after its text, log-probability −1.715",
    "adds −2.572 instead, changed by a penalty or the model's files",
    "sum of what its tokens add: −2.572",
  ]);
});

test("numbers have three digits and a real minus sign, and the penalty is written as a visitor wrote it", () => {
  assert.deepEqual([-1.23456, 0.5].map(digits), ["−1.235", "0.500"]);
  const [, , , ended] = linesOf(NODES[3], { lengthPenalty: -0.15000000000000002, changed: false });
  assert.match(ended, / to the power of −0\.15 = /);
});
