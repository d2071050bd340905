import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "./layout.ts";
import { recordedPicture } from "./recorded_picture.ts";
import {
  buttonLabel,
  explanation,
  fourDigits,
  meaningOf,
  nameOf,
  partOf,
  rowName,
  shortened,
  signedPercent,
  stackInWords,
} from "./words.ts";

const [encoder, decoder, both, pooled] = (["encoder", "decoder", "encoder-decoder", "pooled"] as const).map((name) => {
  const picture = recordedPicture(name);
  const layout = new Layout(picture.header, 900);
  return { picture, column: (id: string) => layout.column(id) };
});

test("blocks are named, by their stack where there are two", () => {
  assert.equal(nameOf(encoder.picture, encoder.column("encoder.1.attention")), "Layer 1, attention");
  assert.equal(nameOf(encoder.picture, encoder.column("encoder.1.feed_forward")), "Layer 1, feed-forward");
  assert.equal(nameOf(encoder.picture, encoder.column("encoder.embedding")), "Embeddings");
  assert.equal(nameOf(both.picture, both.column("encoder.0.attention")), "Encoder layer 0, attention");
  assert.equal(nameOf(both.picture, both.column("cross.0.attention")), "Layer 0, cross-attention");
  assert.equal(nameOf(both.picture, both.column("decoder.embedding")), "Decoder: embeddings");
  assert.equal(nameOf(decoder.picture, decoder.column("answers")), "What comes out");
});

test("what comes out belongs to one part, with its chips or vectors", () => {
  const part = (side: typeof encoder, id: string) => partOf(side.column(id));
  assert.deepEqual(
    [part(decoder, "answers"), part(encoder, "vectors"), part(encoder, "output"), part(both, "cross.0.attention")],
    ["output", "output", "output", "attention"],
  );
});

test("a block says what it is for, each kind of attention for itself", () => {
  const meaning = (side: typeof encoder, id: string) => meaningOf(side.picture, side.column(id));
  assert.match(meaning(encoder, "encoder.0.attention"), /before and after it/);
  assert.match(meaning(decoder, "decoder.0.attention"), /never ahead/);
  assert.match(meaning(both, "cross.0.attention"), /looks at the text that was read/);
  assert.match(meaning(decoder, "output"), /compared with every token/);
  assert.match(meaning(encoder, "output"), /^This encoder has no output head/); // in the words of the server
});

test("a block's button says how much it adds, where that is known", () => {
  assert.equal(
    buttonLabel(encoder.picture, encoder.column("encoder.0.attention")),
    "Layer 0, attention: adds 63 % of the stream's length. Open",
  );
  assert.equal(buttonLabel(decoder.picture, decoder.column("decoder.0.attention")), "Layer 0, attention. Open");
});

test("pointing at a row of a block tells what it adds there, and where its token looks most", () => {
  const row = { sequence: "source", row: 2 } as const;
  assert.deepEqual(explanation(encoder.picture, encoder.column("encoder.0.attention"), row), [
    "Layer 0, attention",
    "adds 75 % of the stream's length at “green” [2]",
    "looks most at “blue” [3]: 62.5 %, mean of all heads",
  ]);
  assert.deepEqual(explanation(encoder.picture, encoder.column("encoder.0.feed_forward"), row), [
    "Layer 0, feed-forward",
    "“green” [2]",
  ]);
  assert.deepEqual(explanation(encoder.picture, encoder.column("encoder.embedding"), row), [
    "Embeddings",
    "“green” [2]",
  ]);
});

test("in cross-attention the encoder's rows are only named, the decoder's look at them", () => {
  const cross = both.column("cross.0.attention");
  assert.deepEqual(explanation(both.picture, cross, { sequence: "source", row: 0 }), [
    "Layer 0, cross-attention",
    "“red” [0]",
  ]);
  assert.deepEqual(explanation(both.picture, cross, { sequence: "target", row: 1 }), [
    "Layer 0, cross-attention",
    "adds 50 % of the stream's length at “rouge” [1]",
    "looks most at “green” [1]: 100.0 %, mean of all heads",
  ]);
});

test("a row of several tokens is named by its first", () => {
  assert.equal(rowName(pooled.picture, { sequence: "source", row: 1 }), "“word2” [2] and 1 more");
});

test("numbers in four significant digits, shares with their sign", () => {
  const shown: [number, string][] = [
    [0, "0"],
    [1.23456, "1.235"],
    [-12345.6, "−1.235e+4"],
    [-0.5, "−0.5000"],
    [0.000012345, "1.234e−5"],
    [2_000_000, "2.000e+6"],
  ];
  for (const [number, words] of shown) assert.equal(fourDigits(number), words);
  assert.deepEqual([signedPercent(0.1234), signedPercent(-0.05)], ["12.3 %", "−5.0 %"]);
});

test("words are shortened by whole signs", () => {
  assert.deepEqual([shortened("hello", 5), shortened("hello", 4)], ["hello", "hel…"]);
  assert.equal(shortened("👋👋👋", 2), "👋…");
});

test("a stack with its number of layers", () => {
  assert.deepEqual([stackInWords("encoder", 6), stackInWords("decoder", 1)], ["Encoder: 6 layers", "Decoder: 1 layer"]);
});
