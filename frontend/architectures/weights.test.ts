import assert from "node:assert/strict";
import { test } from "node:test";
import { cellInWords, cellSize, cellsAcross, strengthOf } from "./weights.ts";

const CLOSED = 255;

test("colour grows with the square root of the weight", () => {
  assert.equal(strengthOf(0, false), 0);
  assert.equal(strengthOf(200, false), 255);
  assert.equal(strengthOf(50, false), 128); // a quarter of the weight, half of the colour
  assert.equal(strengthOf(CLOSED, false), null);
});

test("a mask has one colour where a query may look", () => {
  assert.deepEqual(
    [1, 0].map((byte) => strengthOf(byte, true)),
    [175, null],
  );
});

test("a cell says its weight, or that it is closed", () => {
  const matrix = { cells: [200, CLOSED, 24, 0], rows: 2, columns: 2, isMask: false };
  assert.equal(cellInWords(matrix, 0, 0, 1), "100.0 %");
  assert.equal(cellInWords(matrix, 0, 1, 1), "cannot look");
  assert.equal(cellInWords(matrix, 1, 0, 4), "about 12 %, the most in 4 × 4 tokens");
  const mask = { cells: [1, 0], rows: 1, columns: 2, isMask: true };
  assert.equal(cellInWords(mask, 0, 0, 4), "may look");
  assert.equal(cellInWords(mask, 0, 1, 1), "cannot look");
});

test("decoder and cross-attention stand beside one another, the encoder above", () => {
  const stacks = [
    { stack: "encoder", keys: 12, block: 1 },
    { stack: "decoder", keys: 9, block: 2 },
    { stack: "cross", keys: 12, block: 1 },
  ] as const;
  assert.equal(cellsAcross(stacks), 17);
});

test("cells fill the room up to a width, blocks all of it, and stay small enough", () => {
  assert.equal(cellSize(404, 20, false), 15); // 300 pixels at most
  assert.equal(cellSize(204, 20, false), 10);
  assert.equal(cellSize(424, 20, true), 20);
  assert.equal(cellSize(424, 2, true), 32);
});
