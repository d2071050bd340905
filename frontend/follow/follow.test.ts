import assert from "node:assert/strict";
import { beforeEach, type TestContext, test } from "node:test";
import type { FollowAgain, FollowData } from "../shared/generated/messages.ts";
import { headsWanted, publish, subscribe, takeHeadsWanted, wantHeadsOff } from "../shared/page.ts";
import { Follower } from "./follow.ts";

const TURN = 60; // milliseconds between what two parts send

const headView = { isConnected: true };
const grid = { isConnected: true };
const place: FollowData["drawn"] = {
  stack: "decoder",
  layer: 0,
  heads: [1],
  query: null,
  key: null,
  rows: [0, 9],
  columns: [0, 9],
  withoutFirst: false,
};

/** A part of the page that has drawn a place, and what it sends; it leaves the page with the test. */
function follower(context: TestContext, change: Partial<FollowData> = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const root = { isConnected: true };
  const sent: FollowAgain[] = [];
  const made = new Follower(root);
  const load = (again: Partial<FollowData> = {}) =>
    made.load({ fields: ["layer", "heads"], drawn: place, wait: 0, off: null, ...change, ...again }, (said) =>
      sent.push(said),
    );
  load();
  context.after(() => {
    root.isConnected = false;
    context.mock.timers.tick(TURN); // the turn of the next test's part
  });
  const after = (milliseconds: number) => {
    context.mock.timers.tick(milliseconds);
    return sent.length;
  };
  return { root, sent, load, after };
}

const look = (change: object, answered = true) => publish("view", headView, { ...place, answered, ...change });

beforeEach(() => {
  takeHeadsWanted();
  look({});
});

test("a part is drawn again once the visitor has chosen, and not before", (context) => {
  const { after, sent } = follower(context);
  look({ layer: 1 }, false);
  assert.equal(after(5000), 0); // the head view has no answer yet
  look({ layer: 1 });
  assert.equal(after(400), 0);
  look({ layer: 2 });
  assert.equal(after(400), 0);
  assert.equal(after(200), 1);
  assert.deepEqual(sent, [{}]);
});

test("a choice that the part does not depend on does not draw it again", (context) => {
  const { after } = follower(context);
  look({ query: 4, rows: [2, 8] });
  assert.equal(after(20_000), 0);
});

test("whoever is back where it was drawn is not drawn again", (context) => {
  const { after } = follower(context);
  look({ heads: [2] });
  after(300);
  look({});
  assert.equal(after(20_000), 0);
});

test("a part that was drawn elsewhere meanwhile asks again", (context) => {
  const { after, load } = follower(context);
  look({ layer: 3 });
  assert.equal(after(600), 1);
  load({ drawn: { ...place, layer: 3 } });
  assert.equal(after(20_000), 1);
});

test("a place that was asked for is not asked for again when it is told again", (context) => {
  const { after } = follower(context);
  look({ layer: 3 });
  assert.equal(after(600), 1);
  look({ layer: 3 });
  assert.equal(after(5000), 1);
});

test("a request that was forgotten is made once more", (context) => {
  const { after } = follower(context);
  look({ layer: 3 });
  assert.equal(after(600), 1);
  assert.equal(after(7000), 1);
  assert.equal(after(1100), 2);
});

test("while something is worked out, the part asks after the time it was told", (context) => {
  const { after, load } = follower(context, { wait: 1500 });
  assert.equal(after(1400), 0);
  assert.equal(after(200), 1);
  load({ wait: 0 });
  assert.equal(after(20_000), 1);
});

test("heads to be switched off are told by the part that answers for them, once", (context) => {
  const { after, sent } = follower(context, { off: { decoder: [] } });
  wantHeadsOff(grid, "decoder", [[0, 1]]);
  wantHeadsOff(grid, "decoder", [
    [0, 1],
    [1, 2],
  ]);
  assert.equal(after(600), 1);
  const pairs = [
    [0, 1],
    [1, 2],
  ];
  assert.deepEqual(sent, [{ off: ["decoder", pairs] }]);
  assert.equal(headsWanted(), null);
});

test("other parts leave such a wish alone", (context) => {
  const { after } = follower(context);
  wantHeadsOff(grid, "decoder", [[0, 1]]);
  assert.equal(after(20_000), 0);
  assert.deepEqual(headsWanted()?.off, [[0, 1]]);
});

test("a part that answers for the heads that are off says which, unless others are wanted", (context) => {
  const heard: unknown[] = [];
  subscribe(grid, "off", ({ off }) => heard.push(off));
  const { load } = follower(context, { off: { decoder: [[0, 1]] } });
  assert.deepEqual(heard, [{ decoder: [[0, 1]] }]);
  wantHeadsOff(grid, "decoder", []);
  load({ off: { decoder: [[0, 1]] } });
  assert.equal(heard.length, 1);
});

test("a part that has left the page asks for nothing", (context) => {
  const { after, root } = follower(context);
  look({ layer: 3 });
  root.isConnected = false;
  assert.equal(after(20_000), 0);
});
