import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { SamplingSettings } from "../shared/generated/messages.ts";
import { entropyOf, Sampler, type Stage } from "./sampling.ts";

// What the library's logits processors compute (tests/sampling_reference.py).
interface Reference {
  name: string;
  logits: number[];
  context: number[];
  luck: number[];
  cases: {
    settings: SamplingSettings;
    stages: Stage[];
    shares: number[];
    cut: number[];
    entropy: number;
    chosen: number;
  }[];
}

const references: Reference[] = JSON.parse(readFileSync(`${import.meta.dirname}/../recorded/sampling.json`, "utf8"));
const OFF: SamplingSettings = { temperature: 1, topK: 0, topP: 1, minP: 0, typicalP: 1, penalty: 1 };

const near = (one: number, other: number) => Math.abs(one - other) < 1e-5;

for (const { name, logits, context, luck, cases } of references) {
  test(`the pipeline does what the library does: ${name}`, () => {
    const sampler = new Sampler(Float32Array.from(logits), context, Float32Array.from(luck));
    assert(cases.length > 20);
    for (const { settings, stages, shares, cut, entropy, chosen } of cases) {
      const where = `${name}, ${JSON.stringify(settings)}`;
      const choice = sampler.choose(settings);
      const counted = ({ name, kept, excluded }: Stage) => ({ name, kept, excluded });
      assert.deepEqual(choice.stages.map(counted), stages.map(counted), where);
      for (const [place, stage] of choice.stages.entries()) assert(near(stage.share, stages[place].share), where);
      const excluded: number[] = [];
      for (const [rank, token] of choice.order.entries()) {
        const share = choice.shares[rank] ?? 0;
        assert(near(share, shares[token]), `${where}: token ${token} has ${share}, not ${shares[token]}`);
        if (rank >= choice.shares.length || choice.closed?.[rank]) excluded.push(token);
      }
      assert.deepEqual(
        excluded.toSorted((one, other) => one - other),
        cut,
        where,
      );
      assert(Math.abs(choice.entropy - entropy) < 1e-4, `${where}: ${choice.entropy} bits, not ${entropy}`);
      assert.equal(choice.chosen, chosen, where);
    }
  });
}

test("the order of the scores under a penalty is kept, and no more than a few of them", () => {
  const sampler = new Sampler(Float32Array.of(2, 1, -1), [0, 2], new Float32Array());
  const penalised = sampler.ranked(4);
  assert.deepEqual([...penalised.scores], [0.5, 1, -4]);
  assert.deepEqual([...penalised.order], [1, 0, 2]);
  assert.equal(sampler.ranked(4), penalised);
  for (const penalty of [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]) sampler.ranked(penalty);
  assert.notEqual(sampler.ranked(4), penalised);
  assert.deepEqual(sampler.ranked(4), penalised);
  assert.deepEqual([...sampler.ranked(1).scores], [2, 1, -1]);
});

test("without luck nobody knows what a draw would give, but the likeliest token is known", () => {
  const sampler = new Sampler(Float32Array.of(0, 3, 1), [], new Float32Array());
  assert.equal(sampler.luck, null);
  assert.equal(sampler.choose(OFF).chosen, null);
  assert.equal(sampler.choose({ ...OFF, temperature: 0 }).chosen, 1);
});

test("entropy is measured in bits, and what is impossible adds nothing", () => {
  assert.equal(entropyOf(Float64Array.of(0.25, 0.25, 0.25, 0.25)), 2);
  assert.equal(entropyOf(Float64Array.of(0.5, 0.25, 0.25, 0)), 1.5);
  assert.equal(entropyOf(Float64Array.of(1)), 0);
});

test("what the model's files ask for comes first, and stays out of the model's own probabilities", () => {
  const logits = Float32Array.of(3, 2, 1, 0);
  const own = { names: ["no repeat ngram", "min length"], scores: Float32Array.of(-Infinity, 2, 1, 0) };
  const sampler = new Sampler(logits, [], new Float32Array(), own);
  assert.deepEqual([...sampler.byModel.order], [0, 1, 2, 3]);
  assert(near(sampler.before[0], Math.exp(3) / (Math.exp(3) + Math.exp(2) + Math.exp(1) + 1)));
  const choice = sampler.choose({ ...OFF, topK: 2 });
  assert.deepEqual(
    choice.stages.map(({ name, kept, excluded }) => ({ name, kept, excluded })),
    [
      { name: "no repeat ngram, min length", kept: 3, excluded: 1 },
      { name: "top-k", kept: 2, excluded: 1 },
    ],
  );
  assert(near(choice.stages[0].share, sampler.before[0]));
  assert(near(choice.shares[0], Math.exp(2) / (Math.exp(2) + Math.exp(1))));
  assert.equal(sampler.choose({ ...OFF, temperature: 0 }).chosen, 1);
  const idle = [own.scores, logits].map(
    (scores) => new Sampler(logits, [], new Float32Array(), { ...own, scores }).choose(OFF).stages[0].idle,
  );
  assert.deepEqual(idle, [false, true]);
});
