import assert from "node:assert/strict";
import { test } from "node:test";
import { allOrOne, firstHeads, HeadClicks, headColour } from "./head_choice.ts";

/** What is shown after clicks on heads: a number is a click, a number in brackets a double click. */
function after(shown: number[], count: number, clicks: (number | [number])[]): number[] {
  const heads = new HeadClicks();
  let now = shown;
  for (const click of clicks)
    if (typeof click === "number") now = heads.toggled(now, click, 1) ?? now;
    else {
      now = heads.toggled(now, click[0], 1) ?? now;
      now = heads.toggled(now, click[0], 2) ?? now;
      now = heads.isolated(now, click[0], count);
    }
  return now;
}

test("a click switches a head on, in order, and off again", () => {
  assert.deepEqual(after([3, 11], 12, [7]), [3, 7, 11]);
  assert.deepEqual(after([3, 11], 12, [7, 3]), [7, 11]);
});

test("the last head cannot be switched off, and no more than twelve are shown", () => {
  assert.deepEqual(after([4], 12, [4]), [4]);
  assert.deepEqual(after(firstHeads(16), 16, [13]), firstHeads(16));
});

test("a double click shows a head alone, and another one those before", () => {
  assert.deepEqual(after([7, 11], 12, [[7]]), [7]);
  assert.deepEqual(after([7, 11], 12, [[7], [7]]), [7, 11]);
  assert.deepEqual(after([3, 11], 12, [[7]]), [7]);
});

test("a head that was alone from the start is shown with the first twelve", () => {
  assert.deepEqual(after([2], 6, [[2]]), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(after([2], 32, [[2]]).length, 12);
});

test("with Shift one click shows a head alone", () => {
  const heads = new HeadClicks();
  assert.deepEqual(heads.isolated([1, 2], 2, 4), [2]);
  assert.deepEqual(heads.isolated([2], 2, 4), [1, 2]);
});

test("the button beside the heads shows all, or one again", () => {
  assert.deepEqual(allOrOne([1], 3), { label: "All", heads: [0, 1, 2] });
  assert.deepEqual(allOrOne([0, 1, 2], 3), { label: "One", heads: [0] });
  assert.equal(allOrOne([1], 32).label, "First 12");
  assert.deepEqual(allOrOne([0], 1), { label: "All", heads: [0] });
});

test("heads have colours of their own as far as there are colours, else by their place", () => {
  assert.equal(headColour(11, 12, [11]), "head-11");
  assert.equal(headColour(20, 32, [4, 20]), "head-1");
  assert.equal(headColour(20, 32, [4]), "head-0");
});
