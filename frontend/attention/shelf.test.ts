import assert from "node:assert/strict";
import { test } from "node:test";
import { recordedPacket } from "../shared/recorded.ts";
import type { Place } from "./choice.ts";
import { Shelf } from "./shelf.ts";

const ROWS: Place = { stack: "decoder", layer: 0, heads: [0], rows: [0, 3], columns: [0, 3], withoutFirst: false };

test("heads that come later stand beside those that are here", () => {
  const shelf = new Shelf();
  assert.deepEqual(shelf.holds(), { reading: "", heads: {} });
  const first = shelf.take(recordedPacket("attention-one-head"));
  assert(first.another);
  assert.deepEqual(Object.values(shelf.holds().heads), [[0]]);
  assert.equal(shelf.find(ROWS)?.complete, false);
  const second = shelf.take(recordedPacket("attention-other-head"));
  assert.deepEqual([second.another, second.answer.number, second.answer.heads], [false, 1, [0, 1]]);
  assert.deepEqual(Object.values(shelf.holds().heads), [[0, 1]]);
  assert.equal(shelf.find(ROWS)?.complete, true);
  assert.equal(shelf.find(ROWS)?.cell(1, 2, 2)?.toFixed(3), "0.800");
});

test("an answer about a text whose tokens are not here changes nothing", () => {
  const shelf = new Shelf();
  const { another } = shelf.take(recordedPacket("attention-other-head"));
  assert.equal(another, false);
  assert.deepEqual(shelf.holds(), { reading: "", heads: {} });
});

test("another text takes the place of the one before", () => {
  const shelf = new Shelf();
  shelf.take(recordedPacket("attention-short"));
  const { another, answer } = shelf.take(recordedPacket("attention-cross"));
  assert(another);
  assert.equal(shelf.find(ROWS), null);
  assert.equal(shelf.find(answer)?.token("query", 1).t, "le");
});

test("the same text once more is not another one", () => {
  const shelf = new Shelf();
  shelf.take(recordedPacket("attention-short"));
  assert.equal(shelf.take(recordedPacket("attention-short")).another, false);
});

test("a part is found by stack, layer, rows, columns and a head that is here", () => {
  const shelf = new Shelf();
  shelf.take(recordedPacket("attention-one-head"));
  assert(shelf.find(ROWS));
  assert(shelf.find({ ...ROWS, heads: [1, 0] }));
  for (const change of [{ heads: [1] }, { layer: 1 }, { stack: "encoder" as const }])
    assert.equal(shelf.find({ ...ROWS, ...change }), null);
  assert.equal(shelf.find({ ...ROWS, rows: [1, 3] }), null);
  assert.equal(shelf.find({ ...ROWS, columns: [0, 2] }), null);
});

test("of many parts those used last are kept", () => {
  const shelf = new Shelf();
  const layers = Array.from({ length: 10 }, (_, layer) => layer);
  for (const layer of layers) shelf.take(ofLayer(layer));
  assert.equal(Object.keys(shelf.holds().heads).length, 10);
  assert(shelf.find({ ...ROWS, layer: 0 }));
  assert.deepEqual(
    layers.filter((layer) => shelf.find({ ...ROWS, layer })),
    [0, 3, 4, 5, 6, 7, 8, 9],
  );
});

/** The recorded packet as if it were of another layer: a layer's number and name have as many letters as before. */
function ofLayer(layer: number): Uint8Array {
  const text = Buffer.from(recordedPacket("attention-one-head")).toString("latin1");
  const name = /"part":\{"id":"([0-9a-f]{16})/.exec(text)?.[1] ?? "";
  const changed = text.replaceAll(name, `${layer}${name.slice(1)}`).replaceAll('"layer":0', `"layer":${layer}`);
  return new Uint8Array(Buffer.from(changed, "latin1"));
}
