import assert from "node:assert/strict";
import { test } from "node:test";
import { LinesLayout } from "./lines_layout.ts";
import { modelOf } from "./recorded.ts";

const short = new LinesLayout(modelOf("attention-short"));
const cross = new LinesLayout(modelOf("attention-cross"));
const part = new LinesLayout(modelOf("attention-part"));
const long = new LinesLayout(modelOf("attention-long"));

test("each token has 17 to 30 pixels, and a text that is not written out 640 for all", () => {
  assert.deepEqual([short.height, part.height, long.height], [90, 760, 640]);
  assert.equal(short.row("query"), 30);
});

test("tokens lie one below another, the shorter side spread over the same height", () => {
  assert.deepEqual(
    [0, 1, 2].map((position) => short.y("query", position)),
    [15, 45, 75],
  );
  assert.deepEqual(
    [0, 1].map((position) => cross.y("query", position)),
    [22.5, 67.5],
  );
  assert.equal(part.y("key", 80), 9.5);
});

test("a height belongs to a token, and what is outside to the first or last", () => {
  assert.deepEqual(
    [-0.2, 0.1, 0.5, 0.99, 1.3].map((share) => short.positionAt("key", share)),
    [0, 0, 1, 2, 2],
  );
  assert.equal(part.positionAt("query", 0), 100);
});

test("lines of several heads lie side by side around the middle of a token", () => {
  assert.equal(short.lane([3], 3), 0);
  assert.deepEqual(
    [0, 4, 9].map((head) => short.lane([0, 4, 9], head)),
    [-4, 0, 4],
  );
  assert.equal(long.lane([0, 1], 0), 0);
});

test("the pointer is on the nearest line, the stronger of two, or on none", () => {
  const link = (query: number, key: number, weight: number, head = 0) => ({ head, query, key, weight });
  const links = [link(0, 0, 0.5), link(2, 2, 0.4), link(0, 2, 0.2)];
  assert.equal(short.nearest(links, [0], 0.5, 15), links[0]);
  assert.equal(short.nearest(links, [0], 0.5, 70), links[1]);
  assert.equal(short.nearest(links, [0], 0.5, 45), links[2]); // half way from the first to the third
  assert.equal(short.nearest(links, [0], 0.25, 33), null); // that line is at 24.4 there: 15 + 60 * 0.156
  assert.equal(short.nearest(links, [0], 0.25, 22), links[2]);
  const twins = [link(1, 1, 0.1), link(1, 1, 0.9)];
  assert.equal(short.nearest(twins, [0], 0.5, 47), twins[1]);
});
