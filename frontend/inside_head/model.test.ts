import assert from "node:assert/strict";
import { test } from "node:test";
import type { InsideHeader } from "../shared/generated/messages.ts";
import { rowOf, stepBeside } from "./model.ts";
import { recordedHead } from "./recorded.ts";

test("a packet holds one row of numbers for each key that is shown", () => {
  const { arrays } = recordedHead();
  assert.deepEqual([...arrays.positions], [0, 1, 2]);
  assert.deepEqual([...rowOf(arrays.keys, 2)], [-1, 1, 0, 2]);
  assert.deepEqual([...rowOf(arrays.values, 1)], [3, -1]);
  assert.equal(rowOf(arrays.keysNormed, 1), undefined);
});

test("a key is found by its position, and what the server looked into stands in for one that is not shown", () => {
  const model = recordedHead({ key: 9 });
  model.arrays.positions.set([4, 7, 9]);
  assert.equal(model.placeOf(4), 0);
  assert.equal(model.placeOf(7), 1);
  assert.equal(model.placeOf(5), 2);
  assert.equal(model.placeOf(null), 2);
  assert.equal(model.keyName(0), "“red”");
});

test("queries and keys come from the sequences that the other pictures of the page name so", () => {
  const sequences = (header: Parameters<typeof recordedHead>[0]) => {
    const { querySequence, keySequence } = recordedHead(header);
    return [querySequence, keySequence];
  };
  const three: InsideHeader["stacks"] = [
    ["encoder", ""],
    ["decoder", ""],
    ["cross", ""],
  ];
  assert.deepEqual(sequences({ stack: "decoder" }), ["source", "source"]);
  assert.deepEqual(sequences({ stack: "encoder", stacks: three }), ["source", "source"]);
  assert.deepEqual(sequences({ stack: "decoder", stacks: three }), ["target", "target"]);
  assert.deepEqual(sequences({ stack: "cross", stacks: three }), ["target", "source"]);
});

test("the arrow keys lead to the steps beside, and nowhere beyond the first and last", () => {
  const { steps } = recordedHead().header;
  assert.equal(stepBeside(steps, "vector", "ArrowRight"), "project");
  assert.equal(stepBeside(steps, "project", "ArrowRight"), "position"); // this head has no norm
  assert.equal(stepBeside(steps, "match", "ArrowLeft"), "position");
  assert.equal(stepBeside(steps, "vector", "ArrowLeft"), undefined);
  assert.equal(stepBeside(steps, "check", "ArrowRight"), undefined);
  assert.equal(stepBeside(steps, "match", "Enter"), undefined);
});
