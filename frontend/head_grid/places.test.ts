import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAfter, cellAt, cellsOf, listHeight, listOf, scrollTo, tableOf } from "./places.ts";

const cells = cellsOf([0, 1], [3, 3]);
const names = (found: { layer: number; head: number }[]) => found.map(({ layer, head }) => `${layer}·${head}`);

test("heads are counted layer by layer, by the names of the layers", () => {
  assert.deepEqual(names(cellsOf([2, 5], [2, 3])), ["2·0", "2·1", "5·0", "5·1", "5·2"]);
  assert.deepEqual(cellsOf([2, 5], [2, 3])[3], { layer: 5, head: 1, row: 1, place: 3 });
});

test("the longer of layers and heads lies across", () => {
  const wide = tableOf(2, 3, cells, 400);
  assert.equal(wide.flat, false);
  assert.deepEqual(
    wide.boxes.slice(2, 4).map(({ x, y }) => [x, y]),
    [
      [68 + 2 * 63, 22],
      [68, 22 + 63],
    ],
  );
  const tall = tableOf(3, 2, cellsOf([0, 1, 2], [2, 2, 2]), 400);
  assert.equal(tall.flat, true);
  assert.deepEqual([tall.boxes[1].x, tall.boxes[1].y], [62, 85]);
  assert.deepEqual([tall.width, tall.height], [62 + 3 * 63, 24 + 2 * 63]);
});

test("where there are as many layers as heads, the heads lie across", () => {
  assert.equal(tableOf(3, 3, cellsOf([0, 1, 2], [3, 3, 3]), 400).flat, false);
});

test("pictures fit the room between 22 and 60 pixels", () => {
  assert.equal(tableOf(2, 3, cells, 2000).size, 60);
  assert.equal(tableOf(2, 3, cells, 68 + 3 * 40).size, 37);
  assert.equal(tableOf(2, 3, cells, 100).size, 22);
  assert.equal(tableOf(20, 24, cellsOf([], []), 5000).size, 28); // 560 pixels high
});

test("the list begins with the largest, and equal ones stay in order", () => {
  const list = listOf(cells, ({ layer, head }) => (head === 1 ? 5 : layer), 210); // three abreast
  assert.deepEqual(names(list.boxes.map(({ cell }) => cell)), ["0·1", "1·1", "1·0", "1·2", "0·0", "0·2"]);
  assert.deepEqual(
    list.boxes.slice(2, 4).map(({ x, y }) => [x, y]),
    [
      [138, 18],
      [2, 114],
    ],
  );
  assert.equal(list.height, 2 * 96);
});

test("the list's frame is about as high as the table, and never low", () => {
  assert.equal(listHeight({ ...tableOf(2, 3, cells, 400), height: 800 }), 804);
  assert.equal(listHeight(tableOf(2, 3, cells, 400)), 290);
});

test("a point belongs to the head whose picture it is on", () => {
  const table = tableOf(2, 3, cells, 400);
  assert.deepEqual(cellAt(table, 68 + 63 + 5, 22 + 63 + 5), { layer: 1, head: 1, row: 1, place: 4 });
  assert.equal(cellAt(table, 5, 30), null);
  assert.equal(cellAt(table, 68 + 3 * 63 + 5, 30), null);
});

test("arrows lead to the head beside, and stay at the edge", () => {
  const table = tableOf(2, 3, cells, 400);
  assert.equal(cellAfter(table, [1, 0], cells[0]).place, 1);
  assert.equal(cellAfter(table, [0, 1], cells[1]).place, 4);
  assert.equal(cellAfter(table, [1, 0], cells[2]).place, 2);
  assert.equal(cellAfter(table, [0, 1], null).place, 3);
  const list = listOf(cells, () => 0, 210);
  assert.equal(cellAfter(list, [0, 1], cells[1]).place, 4);
});

test("a frame scrolls no further than a head with its name and value needs", () => {
  const list = listOf(cells, () => 0, 70); // one below another, each 96 high
  assert.equal(scrollTo(list, cells[3], 0, 200), 288 + 18 + 56 + 18 - 200);
  assert.equal(scrollTo(list, cells[1], 50, 200), 50);
  assert.equal(scrollTo(list, cells[0], 50, 200), 0);
});
