import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "./timeline.ts";

const answer = (change: object = {}) => ({ model: "gpt2", branch: 0, number: 0, step: 2, steps: Array(6), ...change });

test("the first answer says where to look", () => {
  const timeline = new Timeline();
  timeline.take(answer());
  assert.deepEqual([timeline.step, timeline.last, timeline.number], [2, 5, 0]);
});

test("an answer to an older choice moves nothing, one to the last choice does", () => {
  const timeline = new Timeline();
  timeline.take(answer());
  timeline.go(4);
  assert.deepEqual([timeline.tell(), timeline.tell(), timeline.tell()], [1, 2, 3]);
  timeline.take(answer({ number: 2, step: 1 }));
  assert.equal(timeline.step, 4);
  timeline.take(answer({ number: 3, step: 1 }));
  assert.equal(timeline.step, 1);
  assert.equal(timeline.number, 3);
});

test("an answer leaves a visitor in place who has gone on meanwhile", () => {
  const timeline = new Timeline();
  timeline.take(answer());
  timeline.go(3);
  timeline.tell();
  timeline.go(4);
  timeline.take(answer({ number: 1, step: 3 }));
  assert.equal(timeline.step, 4);
  timeline.tell();
  timeline.take(answer({ number: 2, step: 4 }));
  assert.equal(timeline.step, 4);
});

test("another branch or another model counts whenever it comes", () => {
  for (const other of [{ branch: 1 }, { model: "llama" }]) {
    const timeline = new Timeline();
    timeline.take(answer());
    timeline.tell();
    timeline.go(4);
    timeline.take(answer({ ...other, step: 5 }));
    assert.equal(timeline.step, 5);
    assert(!timeline.moved);
  }
});

test("a choice that somebody else counted further is counted on from there", () => {
  const timeline = new Timeline();
  timeline.take(answer({ number: 7 }));
  assert.equal(timeline.number, 7);
});

test("there is no step before the first and none behind the last, also when the text gets shorter", () => {
  const timeline = new Timeline();
  timeline.take(answer());
  timeline.go(99);
  assert.equal(timeline.step, 5);
  timeline.go(-1);
  assert.equal(timeline.step, 0);
  timeline.go(5);
  timeline.take(answer({ steps: Array(3) }));
  assert.deepEqual([timeline.step, timeline.last], [2, 2]);
});

test("arrows lead a step on and back, Home and End to the ends, other keys nowhere", () => {
  const timeline = new Timeline();
  timeline.take(answer());
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "Home", "End", "a"].map((key) => timeline.stepAfter(key)),
    [1, 3, 0, 5, null],
  );
});
