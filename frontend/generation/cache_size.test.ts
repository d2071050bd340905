import assert from "node:assert/strict";
import { test } from "node:test";
import type { CachedLayer } from "../shared/generated/messages.ts";
import { bytes, cacheInWords, heldSpan, layersInWords, trimmed } from "./cache_size.ts";

const layer = (change: Partial<CachedLayer> = {}): CachedLayer => ({
  stack: "decoder",
  layer: 0,
  heads: 4,
  keyValueHeads: 4,
  ...change,
});

/** A header of three tokens that were read, of which one is not drawn, and arrays with a row a step. */
function cache(layers: CachedLayer[], tokens: number[][], sizes: number[][]) {
  const token = { t: "a", r: "a", i: 0 };
  const shaped = (rows: number[][]) =>
    Object.assign(Uint32Array.from(rows.flat()), { shape: [rows.length, layers.length] });
  const header = { cache: layers, prompt: [token, token], promptHidden: 1, source: [] };
  return [header, { cacheTokens: shaped(tokens), cacheBytes: shaped(sizes) }] as const;
}

test("the cache is as large as all layers together, and says how much it has grown", () => {
  const [header, arrays] = cache(
    [layer(), layer({ layer: 1 })],
    [
      [3, 3],
      [4, 4],
    ],
    [
      [600, 600],
      [800, 800],
    ],
  );
  assert.equal(cacheInWords(header, arrays, 0), "1.2 kB for 3 tokens, in 2 layers.");
  assert.equal(cacheInWords(header, arrays, 1), "1.6 kB for 4 tokens, in 2 layers, 400 B more than a step ago.");
});

test("heads that share keys and values say by how much they shrink it", () => {
  const [header, arrays] = cache([layer({ keyValueHeads: 2 })], [[3]], [[1200]]);
  assert.equal(
    cacheInWords(header, arrays, 0),
    "1.2 kB for 3 tokens, in 1 layer. Grouped heads make it 2 times smaller: " +
      "4 query heads share 2, without that it would be 2.4 kB.",
  );
});

test("a layer that holds fewer tokens than the text has lets go of the older ones", () => {
  const [header, arrays] = cache([layer(), layer({ layer: 1 })], [[3, 2]], [[600, 400]]);
  assert.match(cacheInWords(header, arrays, 0), / Layers with a sliding window let go of older tokens\.$/);
  const [other, without] = cache([layer(), layer({ stack: "cross" })], [[3, 2]], [[600, 400]]);
  assert.doesNotMatch(cacheInWords(other, without, 0), /sliding/);
});

test("a cache of cross-attention counts the source's tokens, and each layer once", () => {
  const [header, arrays] = cache([layer(), layer({ stack: "cross" })], [[1, 9]], [[600, 5400]]);
  const source = Array(9).fill({ t: "b", r: "b", i: 1 });
  assert.equal(
    cacheInWords({ ...header, prompt: [], source }, arrays, 0),
    "600 B for 1 token of the target and 5.4 kB for 9 tokens of the source, in 1 layer.",
  );
});

test("heads of a number of their own in each layer are not said to be those of the first", () => {
  const [header, arrays] = cache([layer({ keyValueHeads: 2 }), layer({ layer: 1 })], [[3, 3]], [[1200, 1200]]);
  assert.match(cacheInWords(header, arrays, 0), / make it 1\.5 times smaller\. Without that it would be 3\.6 kB\.$/);
});

test("a state is not said to be kept for so many tokens", () => {
  const [header, arrays] = cache([layer(), layer({ layer: 1 })], [[0, 0]], [[600, 600]]);
  assert.equal(cacheInWords(header, arrays, 0), "1.2 kB of state, which is as large for any text, in 2 layers.");
  assert.match(layersInWords(header.cache, arrays.cacheTokens), /^A state is not kept token by token/);
  const [mixed, both] = cache([layer(), layer({ layer: 1 })], [[3, 0]], [[600, 700]]);
  assert.match(
    cacheInWords(mixed, both, 0),
    /^600 B for 3 tokens and 700 B of state, which is as large for any text, in 2/,
  );
});

test("a model without a cache says so", () => {
  assert.match(cacheInWords(...cache([], [[]], [[]]), 0), /^This model keeps no cache/);
});

test("a layer holds the last tokens of the text, cross-attention those of the source", () => {
  assert.deepEqual(heldSpan(layer(), 4, 6, 9), [2, 6]);
  assert.deepEqual(heldSpan(layer(), 6, 6, 9), [0, 6]);
  assert.deepEqual(heldSpan(layer({ stack: "cross" }), 9, 6, 9), [0, 9]);
});

test("sizes are written in thousands and millions of bytes", () => {
  assert.deepEqual([999, 999_949, 1_000_000, 12_345_678].map(bytes), ["999 B", "999.9 kB", "1.00 MB", "12.35 MB"]);
  assert.deepEqual([3, 2.25].map(trimmed), ["3", "2.2"]);
});
