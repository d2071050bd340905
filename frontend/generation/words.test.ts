import assert from "node:assert/strict";
import { test } from "node:test";
import type { WrittenToken } from "../shared/generated/messages.ts";
import type { Choice } from "./sampling.ts";
import {
  candidateInWords,
  choiceInWords,
  factor,
  shareAfter,
  stageInWords,
  stepInLines,
  stepInWords,
  verdict,
} from "./words.ts";

const STEP: WrittenToken = {
  t: "noir",
  r: "▁noir",
  i: 7,
  probability: 0.25,
  surprise: 2,
  entropy: 3,
  seconds: 0.0124,
  finish: "",
  picked: false,
};
const CHOICE: Choice = {
  greedy: false,
  order: Uint32Array.of(7, 8, 9),
  shares: Float64Array.of(0.5, 0.5),
  closed: null,
  stages: [{ name: "top-k", kept: 2, excluded: 1, share: 0.125 }],
  chosen: 7,
  entropy: 1,
};

test("a step is said with its surprise and how much the model hesitated", () => {
  assert.equal(
    stepInWords(STEP),
    "“noir”: 25.0 %, surprise 2.0 bits. The model hesitated by 3.0 bits, as between 8 equally likely tokens.",
  );
  assert.equal(
    stepInWords({ ...STEP, probability: 1, surprise: 0, entropy: 0.2, finish: "end" }),
    "“noir”: 100.0 %, surprise 0.0 bits. The model hardly hesitated: 0.2 bits. The text ends here: an end token.",
  );
  assert.match(stepInWords({ ...STEP, finish: "length" }), / The length asked for is reached\.$/);
  assert.match(stepInWords({ ...STEP, finish: "limit" }), / The model can read no further\.$/);
  assert.deepEqual(stepInLines(STEP), ["surprise 2.0 bits; the model hesitated by 3.0 bits", "12 ms"]);
});

test("a stage that had nothing to do says so", () => {
  assert.equal(
    stageInWords({ name: "no repeat n gram", kept: 9, excluded: 0, share: 0, idle: true }),
    "changes nothing at this step",
  );
});

test("a stage says what it cut off", () => {
  assert.equal(
    stageInWords({ name: "top-k", kept: 40, excluded: 49112, share: 0.071 }),
    "cuts off 49,112, 7.1 % of the probability; 40 left",
  );
  assert.equal(
    stageInWords({ name: "temperature", kept: 9, excluded: 0, share: 0 }),
    "moves probability, cuts off nothing",
  );
  assert.equal(choiceInWords(CHOICE), "probability × luck: the largest product is written");
  assert.equal(choiceInWords({ ...CHOICE, chosen: null }), "a token picked by you");
  assert.equal(choiceInWords({ ...CHOICE, greedy: true }), "takes the likeliest token");
});

test("the verdict says what was written, by whom, and what other settings would have written", () => {
  const chat = { t: "chat", r: "chat", i: 8 };
  const range = "2 tokens can be chosen (1.0 bits).";
  assert.deepEqual(verdict(STEP, CHOICE, STEP, false), [STEP, ` was drawn: 25.0 % by the model. ${range}`]);
  const greedy = { ...CHOICE, greedy: true, entropy: 0 };
  assert.deepEqual(verdict(STEP, greedy, STEP, false), [
    STEP,
    " was the likeliest token: 25.0 % by the model. 1 token can be chosen (0.0 bits).",
  ]);
  const picked = { ...STEP, picked: true };
  assert.deepEqual(verdict(picked, CHOICE, null, false), ["You picked ", picked, ` (25.0 % by the model). ${range}`]);
  assert.deepEqual(verdict(picked, CHOICE, null, true), [`With these settings ${range}`]);
  assert.deepEqual(verdict(STEP, CHOICE, STEP, true), [
    "With these settings and the same luck still ",
    STEP,
    `. ${range}`,
  ]);
  assert.deepEqual(verdict(STEP, CHOICE, chat, true), [
    "With these settings and the same luck: ",
    chat,
    " instead of ",
    STEP,
    `. ${range}`,
  ]);
});

test("a candidate is said to people who cannot see its bars", () => {
  const kept = { token: 8, before: 0.25, after: 0.5, excluded: false };
  const cut = { token: 9, before: 0.125, after: 0, excluded: true };
  assert.equal(candidateInWords("chat", kept, true), "chat: 25.0 % by the model, 50.0 % after the pipeline; written");
  assert.equal(candidateInWords("chien", cut, false), "chien: 12.5 % by the model, excluded after the pipeline");
  assert.equal(shareAfter(kept, CHOICE), "50.0 %");
  assert.equal(shareAfter(cut, CHOICE), "cut off");
  assert.equal(shareAfter({ ...kept, after: 0 }, { ...CHOICE, greedy: true }), "–");
});

test("a factor has three digits", () => {
  assert.deepEqual([0.126, 9.874, 12.34, 123.4].map(factor), ["0.13", "9.87", "12.3", "123"]);
});
