import assert from "node:assert/strict";
import { test } from "node:test";
import {
  currentView,
  headsWanted,
  publish,
  publishToken,
  subscribe,
  takeHeadsWanted,
  type View,
  wantHeadsOff,
} from "./page.ts";

const part = () => ({ isConnected: true });

test("what one part publishes reaches every other part and not itself", () => {
  const [one, other, third] = [part(), part(), part()];
  const seen: [string, number | null][] = [];
  subscribe(one, "token", ({ position }) => seen.push(["one", position]));
  subscribe(other, "token", ({ position }) => seen.push(["other", position]));
  subscribe(third, "token", ({ position }) => seen.push(["third", position]));
  publishToken(one, "source", 4);
  assert.deepEqual(seen, [
    ["other", 4],
    ["third", 4],
  ]);
});

test("a part that subscribes again is called once", () => {
  const [one, other] = [part(), part()];
  const seen: string[] = [];
  subscribe(one, "token", () => seen.push("before"));
  subscribe(one, "token", () => seen.push("now"));
  publishToken(other, null, null);
  assert.deepEqual(seen, ["now"]);
});

test("a part that has left the page is not called, and not called when it is back either", () => {
  const [one, other] = [part(), part()];
  let calls = 0;
  subscribe(one, "token", () => {
    calls += 1;
  });
  one.isConnected = false;
  publishToken(other, "source", 0);
  one.isConnected = true;
  publishToken(other, "source", 0);
  assert.equal(calls, 0);
});

test("where the page looks is known to whoever comes later", () => {
  const view: View = { stack: "decoder", layer: 3, heads: [1, 2] };
  publish("view", part(), view);
  assert.equal(currentView(), view);
});

test("heads that somebody wants off wait until they are taken, and only while that somebody is on the page", () => {
  const [grid, follower] = [part(), part()];
  let notices = 0;
  subscribe(follower, "wanted", () => {
    notices += 1;
  });
  wantHeadsOff(grid, "decoder", [[0, 1]]);
  assert.equal(notices, 1);
  assert.deepEqual(headsWanted()?.off, [[0, 1]]);
  assert.deepEqual(takeHeadsWanted()?.stack, "decoder");
  assert.equal(headsWanted(), null);
  wantHeadsOff(grid, "decoder", []);
  grid.isConnected = false;
  assert.equal(takeHeadsWanted(), null);
});
