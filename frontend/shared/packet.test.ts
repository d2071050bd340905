import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { AttentionArrays, AttentionHeader } from "./generated/messages.ts";
import { unpack } from "./packet.ts";

const recorded = readFileSync(`${import.meta.dirname}/../recorded/attention-short.packet`);

test("a packet's arrays come back with their types, shapes and numbers", () => {
  const { header, arrays } = unpack<AttentionHeader, AttentionArrays>(new Uint8Array(recorded));
  assert.deepEqual(header.heads?.heads, [0, 1]);
  const { cells } = arrays;
  assert(cells instanceof Float32Array);
  assert.deepEqual(cells.shape, [2, 3, 3]);
  const shares = [...cells.subarray(0, 9)].map((cell) => (cell < 0 ? null : Number(cell.toFixed(3))));
  assert.deepEqual(shares, [1, null, null, 0.25, 0.75, null, 0.6, 0.3, 0.1]);
});

test("a packet that does not begin at a multiple of eight bytes is read all the same", () => {
  const shifted = new Uint8Array(recorded.length + 3);
  shifted.set(recorded, 3);
  const { arrays } = unpack<AttentionHeader, AttentionArrays>(shifted.subarray(3));
  assert.deepEqual(arrays.sourceTokens?.shape, [3]);
});
