import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurn, settled } from "./timing.ts";

test("what is sent at one moment goes one after another, what is urgent first", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const done: string[] = [];
  inTurn(() => done.push("first"));
  inTurn(() => done.push("second"));
  inTurn(() => done.push("urgent"), { urgent: true });
  assert.deepEqual(done, ["first"]);
  context.mock.timers.tick(60);
  assert.deepEqual(done, ["first", "urgent"]);
  context.mock.timers.tick(60);
  assert.deepEqual(done, ["first", "urgent", "second"]);
  context.mock.timers.tick(60);
  inTurn(() => done.push("later"));
  assert.deepEqual(done.at(-1), "later");
  context.mock.timers.tick(60);
});

test("a task that fails does not stop those behind it", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const done: string[] = [];
  assert.throws(() =>
    inTurn(() => {
      throw new Error("gone");
    }),
  );
  inTurn(() => done.push("behind"));
  context.mock.timers.tick(60);
  assert.deepEqual(done, ["behind"]);
  context.mock.timers.tick(60);
});

test("what has settled is called once, with what came last", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const seen: number[] = [];
  const tell = settled(80, (number: number) => seen.push(number));
  tell(1);
  context.mock.timers.tick(79);
  tell(2);
  context.mock.timers.tick(79);
  assert.deepEqual(seen, []);
  context.mock.timers.tick(1);
  assert.deepEqual(seen, [2]);
});
