import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenChip, WrittenToken } from "../shared/generated/messages.ts";
import { attended, lookedAtInWords, MEAN, noteOf, strongestPlace, strongestWord } from "./attention_of_step.ts";
import type { Sentence } from "./words.ts";

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
  Object.assign(Float32Array.from(rows.flat()), { shape: [rows.length, rows[0].length] });
const HEADER = {
  prompt: [token("<s>", 1)],
  promptHidden: 0,
  source: [token("black"), token("cat"), token(".")],
  steps: [written("chat"), written("noir")],
};
const ARRAYS = {
  crossAttention: weights([0.1, 0.8, 0.1], [0.3, 0.1, 0.6]),
  decoderAttention: weights([1, 0], [0.75, 0.25]),
  encoderAttention: weights([1, 0, 0], [0.2, 0.3, 0.5], [0, 0, 1]),
};
/** The same with one more token before, which is not drawn. */
const LONG = { ...HEADER, promptHidden: 1 };
const OF_LONG = { decoderAttention: weights([0.25, 0.75, 0], [0.5, 0.25, 0.25]) };
const LOOKING = { cross: { layer: 2, head: 0 }, decoder: { layer: 1, head: MEAN } };

const near = (found: number[], expected: number[]) => {
  assert.equal(found.length, expected.length);
  for (const [place, share] of found.entries()) assert(Math.abs(share - expected[place]) < 1e-6);
};
const asText = (said: Sentence) => said.map((part) => (typeof part === "string" ? part : `“${part.t}”`)).join("");
const said = (tokens: TokenChip[], shares: number[], earlier: number[] = []) =>
  asText(lookedAtInWords(token("it"), [["decoder", { tokens, shares, earlier }]], { decoder: { layer: 3, head: 4 } }));

test("the decoder looks at what was read and at the text so far; earlier tokens are there, but not drawn", () => {
  const { tokens, shares, earlier } = attended(LONG, OF_LONG, "decoder", 1, 0);
  assert.deepEqual(
    tokens.map(({ t }) => t),
    ["<s>", "chat"],
  );
  near([...earlier, ...shares], [0.5, 0.25, 0.25]);
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

test("the sentence names what gets most in each stack, which head it is, and the word behind a mark", () => {
  const found = (["cross", "decoder", "encoder"] as const).map(
    (stack) => [stack, attended(HEADER, ARRAYS, stack, 1, 1)] as const,
  );
  assert.equal(
    asText(lookedAtInWords(HEADER.steps[1], found, LOOKING)),
    "While writing “noir”, head 0 of layer 2 looks in the source most at “.” (60.0 %), " +
      "of the words at “black” (30.0 %); the heads of layer 1 on average look in the text so far most at “<s>” " +
      "(75.0 %), of the words at “chat” (25.0 %).",
  );
});

test("where there is but one token, nothing is concluded from its being looked at", () => {
  const found = [["decoder", attended(HEADER, ARRAYS, "decoder", 0, 0)]] as const;
  assert.equal(
    asText(lookedAtInWords(HEADER.steps[0], found, { decoder: { layer: 1, head: 2 } })),
    "While writing “chat”, head 2 of layer 1 can look at nothing but “<s>” (100.0 %).",
  );
});

test("a word that gets nothing is not named, and nobody looks at what gets less than can be written", () => {
  const start = "While writing “it”, head 4 of layer 3 looks";
  const two = [token("<s>", 1), token("Le")];
  assert.equal(said(two, [0.9998, 0.0002]), `${start} most at “<s>” (100.0 %), and at hardly any of the words.`);
  assert.equal(said(two, [0.999, 0.001]), `${start} most at “<s>” (99.9 %), of the words at “Le” (0.1 %).`);
  assert.equal(said([token("<s>", 1), token(".")], [0.25, 0.75]), `${start} most at “.” (75.0 %).`);
  assert.equal(said([token("⟨E2 80⟩"), token(".")], [0.25, 0.75]), `${start} most at “.” (75.0 %).`);
  assert.equal(said(two, [0.0001, 0.0002]), `${start} at hardly anything.`);
});

test("equals are named together, many are counted, and a text that stands twice has its position", () => {
  const start = "While writing “it”, head 4 of layer 3 looks";
  const three = [token("a"), token("."), token("a")];
  assert.equal(
    said(three, [0.25, 0.5, 0.25]),
    `${start} most at “.” (50.0 %), of the words at “a” at position 0 (25.0 %).`,
  );
  assert.equal(said(three, [0.4, 0.2, 0.4]), `${start} most at “a” at position 0 and “a” at position 2 (40.0 % each).`);
  assert.equal(
    said(
      "abcd".split("").map((t) => token(t)),
      [0.25, 0.25, 0.25, 0.25],
    ),
    `${start} at all 4 tokens alike (25.0 % each).`,
  );
});

test("what gets most may be a token that is not drawn", () => {
  const start = "While writing “it”, head 4 of layer 3 looks";
  const two = [token("b"), token("c")];
  assert.equal(
    said(two, [0.1, 0.2], [0.6, 0.1]),
    `${start} most at one of the 2 earlier tokens not drawn (60.0 %), of the words drawn at “c” (20.0 %).`,
  );
  assert.equal(
    said(two, [0.1, 0.3], [0.3, 0.3]),
    `${start} most at 3 tokens alike, not all of them drawn (30.0 % each), of the words drawn at “c” (30.0 %).`,
  );
});

test("notes say what is shown, and where the rest goes; the first token is the text's, drawn or not", () => {
  assert.equal(
    noteOf("decoder", attended(LONG, OF_LONG, "decoder", 1, 0), 0),
    "50.0 % goes to the first token, where heads often put what they have no other use for. " +
      "50.0 % goes to 1 earlier token not drawn.",
  );
  assert.match(noteOf("decoder", attended(LONG, OF_LONG, "decoder", 0, 0), 0), /^25\.0 % goes to the first token/);
  assert.equal(noteOf("decoder", { tokens: [token("a"), token("b")], shares: [0.2, 0.8], earlier: [] }, 0), "");
  assert.equal(noteOf("decoder", attended(HEADER, ARRAYS, "decoder", 0, 0), 0), "");
  assert.equal(
    noteOf("encoder", attended(HEADER, ARRAYS, "encoder", 0, 1), 1),
    "What “cat” at position 1 looks at in the source.",
  );
});
