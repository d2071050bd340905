import assert from "node:assert/strict";
import { test } from "node:test";
import { AttentionLayout, rowsOf } from "./attention_layout.ts";
import { followed } from "./attention_panel.ts";
import { isLayer, Layout } from "./layout.ts";
import type { Arrays } from "./picture.ts";
import { recordedPicture } from "./recorded_picture.ts";

function opened(width: number, change: (numbers: Arrays) => Arrays = (numbers) => numbers) {
  const picture = recordedPicture("encoder");
  const layout = new Layout(picture.header, 900);
  const column = layout.column("encoder.1.attention");
  const { block, numbers } = picture.inside("encoder.1.attention");
  assert(isLayer(column) && block?.kind === "attention");
  return {
    picture,
    inside: new AttentionLayout(picture, layout, column, { inside: block, numbers: change(numbers), width }),
  };
}

test("names, keys, queries, the matrix, values and their mixture stand side by side", () => {
  const { inside } = opened(780);
  assert.equal(inside.strip, 84);
  assert.equal(inside.cell, 32); // as wide as a row is high
  assert.deepEqual(inside.left, { key: 94, query: 188, matrix: 288, value: 430, mixed: 528 });
  assert.equal(inside.height, 478); // down to the end of the picture
});

test("a narrow panel has shorter names and narrower cells", () => {
  const { inside } = opened(340);
  assert.deepEqual(inside.names, { right: 56, letters: 6 });
  assert.equal(inside.strip, 44);
  assert.equal(inside.left.matrix, 66 + 2 * 54 + 6);
  assert.equal(inside.cell, (340 - 180 - 16 - 2 * 58) / 4);
});

test("a model that hands out no queries, keys and values has room for its matrix alone", () => {
  const { inside } = opened(780, ({ weights }) => ({ weights }));
  assert.equal(inside.hasVectors, false);
  assert.equal(inside.left.matrix, 94);
});

test("weights are those of the record, and a place is a query and a key", () => {
  const { inside } = opened(780);
  assert.deepEqual([inside.weight(1, 2), inside.weight(1, 1)], [1, 0]);
  assert.deepEqual(inside.at(288 + 2.5 * 32, 92 + 1.5 * 32), { query: 1, key: 2 });
  assert.deepEqual(inside.at(100, 92 + 3.5 * 32), { query: 3, key: -1 });
  assert.deepEqual(inside.at(288 + 4.1 * 32, 92 + 16), { query: 0, key: -1 });
  assert.equal(inside.at(300, 20).query, -1);
});

test("what the mask closes is one run for each gap", () => {
  const { inside } = opened(780, (numbers) => {
    const weights = Object.assign(Float32Array.of(...Array(16).fill(0)), { shape: [4, 4] });
    weights.set([-1, 0, -1, -1], 4);
    return { ...numbers, weights };
  });
  assert.deepEqual(inside.closed(0), []);
  assert.deepEqual(inside.closed(1), [
    [0, 1],
    [2, 4],
  ]);
  assert.equal(inside.weight(1, 0), null);
});

test("the lit token is followed if it looks here, else the chosen one", () => {
  const { picture, inside } = opened(780);
  assert.equal(followed(picture, inside, { sequence: "source", row: 3 }, 2), 3);
  assert.equal(followed(picture, inside, { sequence: "target", row: 1 }, 2), 2);
  assert.equal(followed(picture, inside, null, 2), 2);
  assert.equal(followed(picture, inside, null, 99), 0);
});

test("tokens that share rows of the picture have rows of their own in the panel", () => {
  const picture = recordedPicture("pooled");
  const layout = new Layout(picture.header, 900);
  const column = layout.column("decoder.0.attention");
  assert(isLayer(column));
  const positions = [10, 11, 12, 13];
  const rows = rowsOf(picture, layout, column, { of: "query", positions, tokens: [] });
  assert.deepEqual([rows.own, rows.height, rows.y(0), rows.y(3)], [false, 22, 92 + 20 + 11, 92 + 20 + 77]);
});

test("the keys of cross-attention stand in the encoder's rows", () => {
  const picture = recordedPicture("encoder-decoder");
  const layout = new Layout(picture.header, 900);
  const column = layout.column("cross.0.attention");
  assert(isLayer(column));
  const of = (which: "query" | "key") => rowsOf(picture, layout, column, { of: which, positions: [0, 1], tokens: [] });
  assert.deepEqual([of("key").sequence, of("key").y(1)], ["source", 92 + 48]);
  assert.deepEqual([of("query").sequence, of("query").y(1)], ["target", 212 + 48]);
});
