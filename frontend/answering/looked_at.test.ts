import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { AnsweringHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { type AnsweringArrays, attentionInWords, readPassage, sharesOf } from "./looked_at.ts";

const recorded = readFileSync(`${import.meta.dirname}/../recorded/answering-two-passages.packet`);
const { header, arrays } = unpack<AnsweringHeader, AnsweringArrays>(new Uint8Array(recorded));
const read = header.passages.flatMap((passage) => readPassage(passage, 2, arrays) ?? []);
const shares = (answerToken: number | null) => read.map((passage) => sharesOf(passage, answerToken));
const rounded = (numbers: number[][]) => numbers.map((row) => row.map((share) => Number(share.toFixed(3))));

test("passages that were not read, or not answered from, have no attention", () => {
  assert.deepEqual(
    header.passages.map((passage) => readPassage(passage, 2, arrays) !== null),
    [true, true, false],
  );
  assert.equal(readPassage(header.passages[0], 0, arrays), null);
});

test("the attention of another answer is refused", () => {
  assert.throws(() => readPassage(header.passages[0], 3, arrays), /3 tokens to 2, got that of 2 to 2/);
});

test("shares are those of an answer token, or the mean of all", () => {
  assert.deepEqual(rounded(shares(0)), [[0.25, 0.25], [0.1]]);
  assert.deepEqual(rounded(shares(1)), [[0.05, 0.15], [0.6]]);
  assert.deepEqual(rounded(shares(null)), [[0.15, 0.2], [0.35]]);
});

test("a sentence says where attention went, and that the first token is left out", () => {
  assert.equal(
    attentionInWords(header, read, shares(1), 1),
    "While “twelve” was written, 80.0 % of the attention went to the passages, " +
      "most of it to “dozen” (60.0 %); " +
      "20.0 % went to the answer's own words. The first token, which got 10.0 % before, is left out.",
  );
  assert.equal(
    attentionInWords(header, read, shares(null), null),
    "In the mean of the answer's 2 tokens, 70.0 % of the attention went to the passages, most of it to “dozen” " +
      "(35.0 %); 10.0 % went to the answer's own words. The first token, which got 20.0 % before, is left out.",
  );
});

test("of equal shares the first is named", () => {
  assert.match(attentionInWords(header, read, shares(0), 0), /most of it to “it” \(25\.0 %\)/);
});
