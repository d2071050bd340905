import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "./model.ts";
import { modelOf } from "./recorded.ts";

const rounded = (links: Link[]) =>
  links.map(({ head, query, key, weight }) => [head, query, key, Number(weight.toFixed(3))]);

test("the weights of a cell are those of the trace, and what may not look has none", () => {
  const model = modelOf("attention-short");
  assert.equal(model.cell(0, 1, 1)?.toFixed(4), "0.7500");
  assert.equal(model.cell(1, 2, 2)?.toFixed(4), "0.8000");
  assert.equal(model.cell(0, 0, 1), null);
  assert.equal(model.weight(0, 9, 0), null);
  assert.equal(model.weight(5, 0, 0), null);
});

test("cells that nobody may look at are told as runs of each row", () => {
  assert.deepEqual(modelOf("attention-short").closed, [
    [0, 1, 3],
    [1, 2, 3],
  ]);
  assert.deepEqual(modelOf("attention-cross").closed, []);
});

test("links are drawn weakest first, without those too faint", () => {
  const model = modelOf("attention-short");
  assert.deepEqual(rounded(model.links([0])), [
    [0, 2, 2, 0.1],
    [0, 1, 0, 0.25],
    [0, 2, 1, 0.3],
    [0, 2, 0, 0.6],
    [0, 1, 1, 0.75],
    [0, 0, 0, 1],
  ]);
});

test("links of one token only, and without the first token", () => {
  const model = modelOf("attention-short");
  assert.deepEqual(rounded(model.links([1], { query: 2, key: null })), [
    [1, 2, 1, 0.2],
    [1, 2, 2, 0.8],
  ]);
  assert.deepEqual(rounded(model.links([0], { query: null, key: 1 })), [
    [0, 2, 1, 0.3],
    [0, 1, 1, 0.75],
  ]);
  assert.deepEqual(rounded(model.links([0], { query: 2, key: null }, true)), [
    [0, 2, 2, 0.1],
    [0, 2, 1, 0.3],
  ]);
  assert.deepEqual(model.links([0], { query: 7, key: null }), []);
});

test("what a token looks at most is told by the mean of the heads", () => {
  const model = modelOf("attention-short");
  assert.deepEqual(model.strongest([0], 2)?.keys, [0]);
  const both = model.strongest([0, 1], 2);
  assert.deepEqual(both?.keys, [2]);
  assert.equal(both?.share.low.toFixed(3), "0.450"); // (0.1 + 0.8) / 2
  assert.equal(both?.share.low, both?.share.high);
});

test("a mean takes in what single heads give too little of to be drawn", () => {
  const model = modelOf("attention-short");
  // Head 1 gives the first token nothing, so no line of it is drawn there: (0.6 + 0) / 2.
  assert.deepEqual(
    model
      .links([1], { query: 2, key: null })
      .map(({ key }) => key)
      .sort(),
    [1, 2],
  );
  assert.equal(model.mean([0, 1], 2, 0)?.low.toFixed(4), "0.3000");
  assert.equal(model.mean([0, 1], 1, 2), null);
  const faint = modelOf("attention-faint");
  // 0.9 %, 0.9 % and 30 % of three heads: two have no line, and the mean is 10.6 %, not 10 %.
  assert.deepEqual(
    faint.links([0, 1, 2], { query: 1, key: 0 }).map(({ head }) => head),
    [2],
  );
  assert.equal(faint.mean([0, 1, 2], 1, 0)?.low.toFixed(4), "0.1060");
});

test("of a text that is not written out a mean is known to half a percent, and what is alike is told together", () => {
  const model = modelOf("attention-medium");
  assert.deepEqual([model.block, model.detailed], [1, false]);
  // Head 0 gives the token before 3/4 and head 1 itself all: 0 or 0.5 % of each may be missing.
  assert.deepEqual(model.mean([0, 1], 9, 9), { low: 0.5, high: 0.5025 });
  assert.deepEqual(model.strongest([0, 1], 9)?.keys, [9]);
  assert.deepEqual(model.strongest([0], 1)?.keys, [0]);
});

test("a short text is written out, with a label for every token", () => {
  const model = modelOf("attention-short");
  assert.deepEqual([model.detailed, model.whole, model.rulerStep("query")], [true, true, 1]);
  assert.deepEqual([model.token("key", 2).t, model.sequence("key")], ["blue", "source"]);
});

test("in cross-attention other tokens look than are looked at", () => {
  const model = modelOf("attention-cross");
  assert.deepEqual([model.sequence("query"), model.sequence("key")], ["target", "source"]);
  assert.deepEqual([model.token("query", 1).t, model.token("key", 1).t], ["le", "black"]);
  assert.deepEqual([model.cellRows, model.cellColumns], [2, 3]);
});

test("a long text keeps the largest weight of each block and the strongest links of each head", () => {
  const model = modelOf("attention-long");
  assert.deepEqual([model.block, model.cellRows, model.detailed, model.rulerStep("key")], [2, 85, false, 5]);
  assert.equal(model.cell(0, 40, 40)?.toFixed(2), "0.75"); // token 81 looks at 80
  assert.equal(model.cell(0, 40, 0)?.toFixed(2), "0.25");
  assert.equal(model.cell(0, 40, 20), 0.0025); // from 0 to half a percent
  const links = model.links([0]);
  assert.equal(links.length, 300);
  assert.deepEqual(
    rounded(links.slice(-2))
      .map(([, query, key]) => [query, key])
      .sort(),
    [
      [0, 0],
      [1, 0],
    ],
  );
  assert.equal(model.carried([0], links).toFixed(3), "0.944"); // 2 of 100 %, 168 of 75 %, 130 of 25 %, of 170
  assert.equal(model.onFirst([0])?.toFixed(3), "0.254"); // 168 quarters and a one, of the 169 others
});

test("the strongest links of several heads together are no more than of one", () => {
  const links = modelOf("attention-long").links([0, 1]);
  assert.equal(links.length, 300);
  assert.equal(links.filter(({ head }) => head === 1).length, 170);
});

test("links to the first token are left out of a long text's strongest, too", () => {
  const links = modelOf("attention-long").links([0], undefined, true);
  assert.equal(links.length, 168);
  assert(links.every(({ key }) => key > 0));
});

test("the kept token of a long text shows its own weights, another one those of its block", () => {
  const model = modelOf("attention-long");
  const kept = { query: 151, key: null };
  assert.deepEqual(rounded(model.links([0], kept)), [
    [0, 151, 0, 0.25],
    [0, 151, 150, 0.75],
  ]);
  assert.deepEqual(
    model.links([0], { query: 80, key: null }).map(({ key }) => key),
    [0, 78, 80],
  );
  assert(model.exactLinks(kept) && model.exactRow(151));
  assert(!model.exactLinks({ query: 80, key: null }) && !model.exactRow(80));
  assert(model.exactLinks({ query: null, key: null }));
  assert.deepEqual(rounded(model.links([0], { query: 151, key: 150 })), [[0, 151, 150, 0.75]]);
});

test("a part of a long text shows every pair, and where it lies in the whole", () => {
  const model = modelOf("attention-part");
  assert.deepEqual([model.block, model.detailed, model.whole], [1, true, false]);
  assert.deepEqual([model.count("query"), model.range("key")], [40, [80, 120]]);
  assert.equal(model.weight(1, 110, 110)?.low.toFixed(3), "1.000");
  assert.equal(model.weight(0, 110, 121), null);
  assert.deepEqual([model.of(0).map?.rows, model.of(0).map?.values.length], [48, 48 * 48]);
  assert.equal(modelOf("attention-long").of(0).map, null);
});

test("weights of a text that is written out are exact", () => {
  const short = modelOf("attention-short");
  const share = Math.fround(0.3);
  assert.deepEqual(short.weight(0, 2, 1), { low: share, high: share });
  assert(short.exactLinks({ query: 1, key: null }));
  assert(!modelOf("attention-medium").exactLinks({ query: 1, key: null }));
});

test("a head that has not come is named in the error", () => {
  assert.throws(() => modelOf("attention-one-head").of(1), /Head 1 has not come/);
});
