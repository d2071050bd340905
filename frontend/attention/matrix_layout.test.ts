import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, matricesOf } from "./matrix_layout.ts";
import { modelOf } from "./recorded.ts";

const shape = { cellRows: 10, cellColumns: 10 };
const none = { left: 0, top: 22, right: 0 };

test("one head has the room to itself, with labels beside it", () => {
  const { frames, height } = matricesOf(shape, [4], 500, { left: 80, top: 60, right: 20 });
  assert.deepEqual(frames, [{ head: 4, x: 80, y: 60, width: 340, height: 340, cell: 34 }]);
  assert.equal(height, 340 + 60 + 12);
});

test("cells shrink with the room, and with the height of many rows", () => {
  assert.equal(matricesOf(shape, [0], 240, { left: 60, top: 0, right: 0 }).frames[0].cell, 18);
  assert.equal(matricesOf({ cellRows: 100, cellColumns: 10 }, [0], 900, none).frames[0].cell, 6.2);
  assert.equal(matricesOf({ cellRows: 100, cellColumns: 10 }, [0, 1], 900, none).frames[0].cell, 4);
});

test("several heads stand two, three or four abreast", () => {
  const across = (count: number) => {
    const heads = Array.from({ length: count }, (_, head) => head);
    return matricesOf(shape, heads, 400, none).frames.filter(({ y }) => y === 22).length;
  };
  assert.deepEqual([2, 4, 5, 6, 7, 12].map(across), [2, 2, 3, 3, 4, 4]);
});

test("matrices stand below one another with a gap between", () => {
  const { frames, height } = matricesOf(shape, [0, 1, 2], 212, none);
  assert.deepEqual(
    frames.map(({ x, y, cell }) => [x, y, cell]),
    [
      [0, 22, 10],
      [112, 22, 10],
      [0, 156, 10],
    ],
  );
  assert.equal(height, 2 * (100 + 22 + 12));
});

test("a point belongs to the first query and key of its cell", () => {
  const model = modelOf("attention-long");
  const { frames } = matricesOf(model, [0, 1], 352, none); // cells of 2 pixels
  assert.deepEqual(cellAt(frames, model, 21, 22 + 41), { head: 0, query: 40, key: 20, x: 21, y: 63 });
  assert.deepEqual(cellAt(frames, model, 182 + 4, 22 + 6)?.head, 1);
  assert.equal(cellAt(frames, model, 176, 40), null); // between the two
  assert.equal(cellAt(frames, model, 20, 10), null);
  const part = modelOf("attention-part");
  const [frame] = matricesOf(part, [0], 400, none).frames;
  const place = cellAt([frame], part, frame.cell * 1.5, 22 + frame.cell * 2.5);
  assert.deepEqual([place?.query, place?.key], [102, 81]);
});
