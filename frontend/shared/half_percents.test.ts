import assert from "node:assert/strict";
import { test } from "node:test";
import { middle, shareOf, written } from "./half_percents.ts";

const said = (byte: number) => {
  const share = shareOf(byte);
  return share && written(share);
};

test("a byte says in which half percent a weight lies, so that its whole percent is right", () => {
  assert.deepEqual([24, 25, 26, 27].map(said), ["about 12 %", "about 13 %", "about 13 %", "about 14 %"]);
  assert.deepEqual([0, 1, 2, 3].map(said), ["under 1 %", "under 1 %", "about 1 %", "about 2 %"]);
  assert.deepEqual([199, 200].map(said), ["about 100 %", "100.0 %"]);
  assert.equal(shareOf(255), null);
});

test("every weight is told as its whole percent", () => {
  for (let weight = 0.01; weight < 1; weight += 0.00137)
    assert.equal(said(Math.floor(200 * weight)), `about ${Math.round(100 * weight)} %`);
});

test("a mean of several that may be two whole percents says both", () => {
  assert.equal(written({ low: 0.1225, high: 0.1275 }), "12 to 13 %");
  assert.equal(written({ low: 0.12, high: 0.125 }), "about 12 %");
  assert.equal(written({ low: 0.125, high: 0.13 }), "about 13 %");
});

test("a share that is known is told to a tenth of a percent", () => {
  assert.equal(written({ low: 0.1234, high: 0.1234 }), "12.3 %");
  assert.equal(middle({ low: 0.1, high: 0.2 }).toFixed(2), "0.15");
});
