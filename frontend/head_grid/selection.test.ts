import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf } from "./places.ts";
import { HeadsOff, isOpen, opened } from "./selection.ts";

const cells = cellsOf([4, 7], [16, 16]);
const view = { stack: "decoder", layer: 4, heads: [2, 3] };

test("open are the heads that the head view shows", () => {
  assert(isOpen(view, "decoder", cells[2]));
  assert(!isOpen(view, "decoder", cells[5]));
  assert(!isOpen(view, "decoder", cells[16 + 2]));
  assert(!isOpen(view, "encoder", cells[2]));
  assert(!isOpen(undefined, "decoder", cells[2]));
});

test("a head is opened alone, or with those of its layer", () => {
  assert.deepEqual(opened(view, "decoder", cells[5], false), { stack: "decoder", layer: 4, heads: [5] });
  assert.deepEqual(opened(view, "decoder", cells[5], true).heads, [2, 3, 5]);
  assert.deepEqual(opened(view, "decoder", cells[3], true).heads, [2, 3]);
  assert.deepEqual(opened(view, "decoder", cells[16], true), { stack: "decoder", layer: 7, heads: [0] });
});

test("no more than twelve heads are opened together", () => {
  const many = { ...view, heads: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
  assert.deepEqual(opened(many, "decoder", cells[14], true).heads, many.heads);
});

test("a head is switched off and on again, and others stay off", () => {
  const off = new HeadsOff([[4, 2]]);
  assert(off.has(cells[2]) && !off.has(cells[16 + 2]));
  assert.deepEqual(off.toggled(cells[17]), [
    [4, 2],
    [7, 1],
  ]);
  assert.deepEqual(off.toggled(cells[2]), []);
});
