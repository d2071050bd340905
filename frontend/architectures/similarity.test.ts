import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ComparisonHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { Compared, type ComparisonArrays, type WordPair } from "./compared.ts";
import { similarityCurves } from "./similarity.ts";

const { header, arrays } = unpack<ComparisonHeader, ComparisonArrays>(
  new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/architectures-two-texts.packet`)),
);
const compared = new Compared(header, arrays);
const curves = (place: number, pair: WordPair | null) =>
  similarityCurves(compared, pair, compared.ready[place].pane, place).map(({ words, kind, values, dashed = false }) => {
    return { words, kind, values: Array.from(values, (value) => Number(value.toFixed(2))), dashed };
  });

test("two words are compared beside the mean of any two", () => {
  assert.deepEqual(curves(0, ["the", "sat"]), [
    { words: "“the” and “sat”", kind: "encoder", values: [-1, 1, 1], dashed: false },
    { words: "any two words", kind: "usual", values: [-0.33, 0.33, 1], dashed: true },
  ]);
});

test("a word is compared with itself in the other text, whatever its case", () => {
  assert.deepEqual(curves(1, ["cat", "the"]), [
    { words: "“cat” here and in one", kind: "across", values: [1, 1, 1], dashed: false },
  ]);
});

test("a text without the words has no curves", () => {
  assert.deepEqual(curves(1, ["sat", "the"]), []);
  assert.deepEqual(curves(0, null), []);
});
