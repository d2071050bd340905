import assert from "node:assert/strict";
import { test } from "node:test";
import { isLayer, Layout } from "./layout.ts";
import { floats, type Picture, sameRow, weightOf } from "./picture.ts";
import { recordedPicture } from "./recorded_picture.ts";

const [encoder, decoder, both, pooled] = (["encoder", "decoder", "encoder-decoder", "pooled"] as const).map(
  recordedPicture,
);

function column(picture: Picture, id: string) {
  const found = new Layout(picture.header, 900).column(id);
  assert(isLayer(found));
  return found;
}

test("links are the strongest weights of each row, weakest first", () => {
  const links = encoder.links(column(encoder, "encoder.0.attention"));
  assert.deepEqual(
    links.map(({ query, key }) => [query, key]),
    [
      [2, 1],
      [1, 0],
      [2, 2],
      [2, 3],
      [1, 2],
      [0, 0],
      [3, 1],
    ],
  );
  const weights = [0.125, 0.25, 0.25, 0.625, 0.75, 1, 1];
  links.forEach(({ weight }, place) => assert(Math.abs(weight - weights[place]) < 1e-6));
});

test("what a row looks at most, in the text that its block reads", () => {
  assert.equal(encoder.strongestLink(column(encoder, "encoder.0.attention"), 2)?.key, 3);
  const cross = column(both, "cross.0.attention");
  assert.equal(both.looksAt(cross), "source");
  assert.equal(both.strongestLink(cross, 0)?.key, 0);
  assert.equal(encoder.strongestLink(column(encoder, "encoder.0.attention"), 9), null);
});

test("how much a block adds stands in the order of layers, by the stack that it adds to", () => {
  const added = (picture: Picture, id: string) => [...(picture.added(column(picture, id)) ?? [])];
  assert.deepEqual(added(encoder, "encoder.0.attention"), [0.25, 0.5, 0.75, 1]);
  assert.deepEqual(added(encoder, "encoder.1.attention"), [0.5, 0.5, 0.25, 0.25]);
  assert.deepEqual(added(encoder, "encoder.1.feed_forward"), [1.5, 1, 0, 0.5]);
  assert.deepEqual(added(both, "cross.0.attention"), [1, 0.5]);
  assert.deepEqual(added(both, "decoder.0.attention"), [0.25, 0.25]);
  assert.deepEqual(added(both, "encoder.0.feed_forward"), [1, 1]);
});

test("the mean of what is added leaves out what is not known", () => {
  assert.equal(encoder.meanAdded(column(encoder, "encoder.0.attention")), 0.625);
  assert.equal(encoder.meanAdded(column(encoder, "encoder.1.feed_forward")), 0.75);
  assert.equal(encoder.meanAdded(column(encoder, "encoder.0.feed_forward")), null); // -1 at every row
  assert.equal(decoder.meanAdded(column(decoder, "decoder.0.attention")), null);
  assert.deepEqual([encoder.knowsAdded, decoder.knowsAdded], [true, false]);
});

test("what comes out at the row pointed at, else at the chosen token", () => {
  const words = (endings: [{ t: string }, number][]) => endings.map(([{ t }, share]) => `${t} ${share}`);
  assert.deepEqual(words(both.endings(null)), ["two 1", "one 0", "three 0", "four 0"]);
  assert.deepEqual(words(both.endings({ sequence: "target", row: 0 })), ["four 1", "one 0", "two 0", "three 0"]);
  assert.deepEqual(words(both.endings({ sequence: "source", row: 0 })), words(both.endings(null)));
  assert.deepEqual(words(decoder.candidates(0)), ["#1 1", "#0 0", "#2 0", "#3 0"]);
  assert.deepEqual(encoder.endings(null), []); // it ends in vectors
});

test("what is inside a block comes with the last answer, or with a picture that was saved", () => {
  const attention = encoder.inside("encoder.1.attention");
  assert.equal(attention.block?.kind, "attention");
  assert.deepEqual(Object.keys(attention.numbers), ["weights", "query", "key", "value", "mixed"]);
  assert.deepEqual([...floats(attention.numbers, "mixed")], [0, 1, 4, 5, 6, 7, 4, 5]);
  const output = encoder.inside("output");
  assert.equal(output.block?.kind, "vectors");
  assert.deepEqual([...floats(output.numbers, "sentence")], [-0.5625, 0.375]);
  assert.deepEqual(encoder.inside("encoder.0.attention"), { block: null, numbers: {} });
});

test("rows of a long text stand for neighbours", () => {
  const { rows, pooled: shares, tokens } = pooled.sequence("source");
  assert.deepEqual([rows.length, shares, tokens], [33, true, 66]);
  const row = pooled.row({ sequence: "source", row: 32 });
  assert.deepEqual([row.t, row.position, row.count, row.last.t], ["word64", 64, 2, "word65"]);
});

test("a packet without numbers that are needed is said, and a weight may be closed by the mask", () => {
  assert.throws(() => floats(encoder.arrays, "candidates"), /holds no numbers called candidates/);
  assert.deepEqual([weightOf(-1), weightOf(1), weightOf(0)], [null, 1, 0]);
});

test("rows are the same by sequence and place", () => {
  const row = { sequence: "source", row: 1 } as const;
  assert(sameRow(row, { ...row }));
  assert(sameRow(null, null));
  assert(!sameRow(row, null));
  assert(!sameRow(row, { ...row, row: 2 }));
  assert(!sameRow(row, { ...row, sequence: "target" }));
});
