import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenChip, WrittenToken } from "../shared/generated/messages.ts";
import { attended, lookedAtInWords, noteOf, strongestPlace, strongestWord } from "./attention_of_step.ts";

const token = (t: string, x?: 1): TokenChip => ({ t, r: t, i: 0, x });
const written = (t: string): WrittenToken => ({
  ...token(t),
  probability: 1,
  surprise: 0,
  entropy: 0,
  seconds: 0,
  finish: "",
  picked: false,
});
const weights = (...rows: number[][]) =>
  Object.assign(Float32Array.from(rows.flat()), {
    shape: [rows.length, rows[0].length],
  });
const HEADER = {
  prompt: [token("<s>", 1)],
  promptHidden: 1,
  source: [token("black"), token("cat"), token(".")],
  steps: [written("chat"), written("noir")],
};
const ARRAYS = {
  crossAttention: weights([0.1, 0.8, 0.1], [0.3, 0.1, 0.6]),
  decoderAttention: weights([0.25, 0.75, 0], [0.5, 0.25, 0.25]),
  encoderAttention: weights([1, 0, 0], [0.2, 0.3, 0.5], [0, 0, 1]),
};
const near = (found: number[], expected: number[]) => {
  assert.equal(found.length, expected.length);
  for (const [place, share] of found.entries()) assert(Math.abs(share - expected[place]) < 1e-4);
};

test("the decoder looks at what was read and at the text so far; earlier tokens are summed up", () => {
  const { tokens, shares, hidden } = attended(HEADER, ARRAYS, "decoder", 1, 0);
  assert.deepEqual(
    tokens.map(({ t }) => t),
    ["<s>", "chat"],
  );
  near([...shares, hidden], [0.25, 0.25, 0.5]);
});

test("cross-attention has a row a step, the encoder a row a source token", () => {
  near(attended(HEADER, ARRAYS, "cross", 0, 2).shares, [0.1, 0.8, 0.1]);
  near(attended(HEADER, ARRAYS, "encoder", 0, 1).shares, [0.2, 0.3, 0.5]);
});

test("the strongest word is no punctuation mark and no special token, the strongest place may be", () => {
  const all = attended(HEADER, ARRAYS, "cross", 1, 0);
  assert.equal(strongestPlace(all), 2);
  assert.equal(strongestWord(all), 0);
  assert.equal(strongestWord(attended(HEADER, ARRAYS, "decoder", 0, 0)), null);
});

test("the sentence names the strongest word of the source and of the text, and of nothing else", () => {
  const found = (["cross", "decoder", "encoder"] as const).map(
    (stack) => [stack, attended(HEADER, ARRAYS, stack, 1, 1)] as const,
  );
  const said = lookedAtInWords(HEADER.steps[1], found);
  assert.equal(
    said.map((part) => (typeof part === "string" ? part : `“${part.t}”`)).join(""),
    "While writing “noir” it looks in the source at “black” (30.0 %) " + "and, in its own text, at “chat” (25.0 %).",
  );
});

test("a decoder alone looks at its own text without saying so", () => {
  const said = lookedAtInWords(HEADER.steps[1], [["decoder", attended(HEADER, ARRAYS, "decoder", 1, 0)]]);
  assert.equal(
    said.map((part) => (typeof part === "string" ? part : part.t)).join(""),
    "While writing noir it looks at chat (25.0 %).",
  );
});

test("notes say what is shown, and where the rest goes", () => {
  const all = attended(HEADER, ARRAYS, "decoder", 0, 0);
  assert.equal(
    noteOf("decoder", all, 0, 1),
    "75.0 % goes to the first token, where heads put what they have no use for. " +
      "25.0 % goes to 1 earlier tokens that are not drawn.",
  );
  assert.equal(noteOf("decoder", { ...all, shares: [0.2] }, 0, 0), "");
  assert.equal(
    noteOf("encoder", attended(HEADER, ARRAYS, "encoder", 0, 1), 1, 1),
    "What “cat” looks at in the source.",
  );
});
