import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AttentionRows } from "../shared/attention_rows.ts";
import type { EvidenceArrays, EvidenceHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { isWord, likelihood, shareInWords, stepOfKey, strongestWord } from "./looked_at.ts";

const recorded = readFileSync(`${import.meta.dirname}/../recorded/evidence-three-steps.packet`);
const { header, arrays } = unpack<EvidenceHeader, EvidenceArrays>(new Uint8Array(recorded));
const weights = new AttentionRows(arrays.weights);
const tokens = header.parts.flatMap((part) => part.tokens);

test("words have a letter or a digit and are not special", () => {
  const word = (t: string, x?: 1) => isWord({ t, r: t, i: 0, ...(x && { x }) });
  assert.deepEqual([word("Haus"), word("7"), word("猫"), word(",")], [true, true, true, false]);
  assert(!word("[SEP]", 1));
});

test("the strongest word is named, not punctuation that got more", () => {
  // The steps' weights on: red umbrella , rain
  assert.equal(strongestWord(tokens, weights, 0), 1); // 0.1 0.3 0.5 0.1
  assert.equal(strongestWord(tokens, weights, 1), 3); // 0   0   0.2 0.1
});

test("of equal weights the first is named, and none where no word was looked at", () => {
  const rows = new AttentionRows(Object.assign(Float32Array.of(0, 0.01, 0, 0.01, 0, 0, 0.01, 0), { shape: [2, 4] }));
  assert.equal(strongestWord(tokens, rows, 0), 1);
  assert.equal(strongestWord(tokens, rows, 1), null);
});

test("a step opens at the word that its weights stand out for", () => {
  assert.equal(header.step, 0);
});

test("probabilities are told with their surprise: half the probability, one bit more", () => {
  assert.equal(likelihood(header.steps[0]), "50.0 % likely, 1.0 bits of surprise.");
  assert.equal(likelihood(header.steps[1]), "12.5 % likely, 3.0 bits of surprise.");
});

test("a token whose probability rounds to nothing surprises by a number of bits", () => {
  assert.equal(likelihood({ probability: 0, surprise: 1443.2 }), "0.0 % likely, 1,443.2 bits of surprise.");
});

test("a token that nothing looks at has no average to be compared with", () => {
  const weights = new AttentionRows(Object.assign(Float32Array.of(0, 1, 0, 1), { shape: [2, 2] }));
  assert.equal(shareInWords({ compares: true }, weights, 0, 0), "0.0 % of its attention");
  assert.equal(
    shareInWords({ compares: true }, weights, 0, 1),
    "100.0 % of its attention, 1.0 times that token's average",
  );
});

test("a share is told, and against the token's average where that says something", () => {
  // Umbrella gets 0.3, 0 and 0 of three steps: 0.1 on average.
  assert.equal(
    shareInWords({ compares: true }, weights, 0, 1),
    "30.0 % of its attention, 3.0 times that token's average",
  );
  assert.equal(shareInWords({ compares: false }, weights, 0, 1), "30.0 % of its attention");
});

test("keys step through the text and stay within it", () => {
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "Home", "End", "Escape", "a"].map((key) => stepOfKey(key, 0, 3)),
    [0, 1, 0, 2, null, undefined],
  );
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight"].map((key) => stepOfKey(key, 2, 3)),
    [1, 2],
  );
});
