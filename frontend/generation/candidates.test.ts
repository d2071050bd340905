import assert from "node:assert/strict";
import { test } from "node:test";
import type { SamplingSettings } from "../shared/generated/messages.ts";
import { candidatesOf, choosable } from "./candidates.ts";
import { Sampler } from "./sampling.ts";

const OFF: SamplingSettings = { temperature: 1, topK: 0, topP: 1, minP: 0, typicalP: 1, penalty: 1 };
const [HALF, QUARTER, EIGHTH] = [Math.log(4), Math.log(2), 0]; // and once more an eighth

const close = (one: number, other: number) => assert(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

test("the likeliest tokens come first, whatever stage cut them off", () => {
  const sampler = new Sampler(Float32Array.of(EIGHTH, HALF, EIGHTH, QUARTER), [], Float32Array.of(1, 1, 1, 1));
  const choice = sampler.choose({ ...OFF, topK: 2 });
  const found = candidatesOf(sampler, choice, 3);
  assert.deepEqual(
    found.slice(0, 2).map(({ token }) => token),
    [1, 3],
  );
  assert.deepEqual(
    found.map(({ excluded }) => excluded),
    [false, false, true, true],
  );
  close(found[0].before, 0.5);
  close(found[0].after, 2 / 3);
  close(found[1].after, 1 / 3);
  assert.equal(found[2].after, 0);
  assert.equal(choosable(choice), 2);
});

test("a token far down is listed where it was written or would be chosen, and nothing twice", () => {
  const logits = Float32Array.from({ length: 40 }, (_, token) => -token / 4);
  const luck = new Float32Array(40).fill(1);
  luck[25] = 1e6;
  const sampler = new Sampler(logits, [], luck);
  const tokens = (written: number) => candidatesOf(sampler, sampler.choose(OFF), written).map(({ token }) => token);
  const first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  assert.deepEqual(tokens(30), [...first, 25, 30]);
  assert.deepEqual(tokens(2), [...first, 25]);
});

test("what is taken without a draw has everything, and nothing is cut off", () => {
  const sampler = new Sampler(Float32Array.of(1, 2, 0), [], new Float32Array());
  const choice = sampler.choose({ ...OFF, temperature: 0, topK: 1 });
  const found = candidatesOf(sampler, choice, 0);
  assert.deepEqual(
    found.map(({ token, after, excluded }) => [token, after, excluded]),
    [
      [1, 1, false],
      [0, 0, false],
      [2, 0, false],
    ],
  );
  assert.equal(choosable(choice), 1);
});

test("a probability too small for any number is not taken for one that was cut off", () => {
  const sampler = new Sampler(Float32Array.of(0, -100), [], Float32Array.of(1, 1));
  const [, least] = candidatesOf(sampler, sampler.choose({ ...OFF, temperature: 0.05 }), 0);
  assert.deepEqual([least.after, least.excluded], [0, false]);
});

test("the typical stage can cut off the likeliest token", () => {
  // Surprises of 1, 2, 3, 3 bits, on average 1.75: the nearest is the quarter.
  const sampler = new Sampler(Float32Array.of(EIGHTH, HALF, EIGHTH, QUARTER), [], Float32Array.of(1, 1, 1, 1));
  const choice = sampler.choose({ ...OFF, typicalP: 0.2 });
  const found = candidatesOf(sampler, choice, 3);
  assert.deepEqual(found.map(({ token, excluded }) => [token, excluded]).slice(0, 2), [
    [1, true],
    [3, false],
  ]);
  close(found[1].after, 1);
  assert.equal(choosable(choice), 1);
});
