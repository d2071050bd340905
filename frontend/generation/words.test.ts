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
  type Verdict,
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
    "“noir”: 25.0 % by the model, surprise 2.0 bits. " +
      "The model hesitated by 3.0 bits, as between 8 equally likely tokens.",
  );
  assert.equal(
    stepInWords({ ...STEP, probability: 1, surprise: 0, entropy: 0.2, finish: "end" }),
    "“noir”: 100.0 % by the model, surprise 0.0 bits. " +
      "The model hardly hesitated: 0.2 bits. The text ends here: an end token.",
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
    "cuts off 49,112 tokens with 7.1 % of the probability; 40 left",
  );
  assert.equal(
    stageInWords({ name: "temperature", kept: 9, excluded: 0, share: 0 }),
    "moves probability, cuts off nothing",
  );
  assert.equal(choiceInWords(CHOICE, false), "probability × luck: the largest product is written");
  assert.equal(choiceInWords({ ...CHOICE, chosen: null }, true), "a token picked by you");
  assert.equal(choiceInWords({ ...CHOICE, chosen: null }, false), "nothing was drawn here");
  assert.equal(choiceInWords({ ...CHOICE, greedy: true }, false), "takes the likeliest token that is left");
});

const CHAT = { t: "chat", r: "chat", i: 8 };
const RANGE = "2 tokens can be chosen (1.0 bits of entropy).";
const PENALTY = { name: "repetition penalty", kept: 3, excluded: 0, share: 0 };
const told = (change: Partial<Verdict>) =>
  verdict({
    step: STEP,
    choice: CHOICE,
    chosen: STEP,
    changed: false,
    leader: { token: STEP, share: 0.25 },
    ...change,
  });

test("the verdict says what was drawn, and with which probabilities", () => {
  assert.deepEqual(told({}), [STEP, ` was drawn: 25.0 % by the model, 50.0 % after the pipeline. ${RANGE}`]);
  const plain = { ...CHOICE, stages: [] };
  assert.deepEqual(told({ choice: plain }), [
    STEP,
    " was drawn: 25.0 % by the model. 3 tokens can be chosen (1.0 bits of entropy).",
  ]);
});

test("without a draw one token can be chosen, and the likeliest is named after which stage it is so", () => {
  const one = "1 token can be chosen (0.0 bits of entropy).";
  const greedy = { ...CHOICE, greedy: true, entropy: 0, stages: [] };
  assert.deepEqual(told({ choice: greedy }), [STEP, ` was the likeliest token: 25.0 % by the model. ${one}`]);
  const penalised = { ...greedy, stages: [PENALTY] };
  assert.deepEqual(told({ choice: penalised }), [
    STEP,
    ` was the likeliest token by the model (25.0 %) and after the repetition penalty (50.0 %). ${one}`,
  ]);
  assert.deepEqual(told({ choice: penalised, leader: { token: CHAT, share: 0.4 } }), [
    STEP,
    " was the likeliest token after the repetition penalty (50.0 %). By the model alone it has 25.0 %, and ",
    CHAT,
    ` has most (40.0 %). ${one}`,
  ]);
  const idle = { ...greedy, stages: [{ ...PENALTY, idle: true }] };
  assert.deepEqual(told({ choice: idle }), [STEP, ` was the likeliest token: 25.0 % by the model. ${one}`]);
});

test("only what a person picked was picked", () => {
  const picked = { ...STEP, picked: true };
  assert.deepEqual(told({ step: picked, chosen: null }), [
    "You picked ",
    picked,
    ` (25.0 % by the model). By the settings ${RANGE}`,
  ]);
  assert.deepEqual(told({ step: picked, chosen: null, changed: true }), [`With these settings ${RANGE}`]);
  assert.deepEqual(told({ chosen: null, changed: true }), [
    `With these settings ${RANGE} No draw was made at this step, so which one is open.`,
  ]);
});

test("other settings are said to keep the luck only if there is any", () => {
  const same = "With these settings and the same luck";
  assert.deepEqual(told({ changed: true }), [`${same} still `, STEP, `. ${RANGE}`]);
  assert.deepEqual(told({ chosen: CHAT, changed: true }), [`${same}: `, CHAT, " instead of ", STEP, `. ${RANGE}`]);
  const greedy = { ...CHOICE, greedy: true, entropy: 0 };
  assert.deepEqual(told({ choice: greedy, chosen: CHAT, changed: true }).slice(0, 2), ["With these settings: ", CHAT]);
});

test("a candidate is said to people who cannot see its bars", () => {
  const kept = { token: 8, before: 0.25, after: 0.5, excluded: false };
  const cut = { token: 9, before: 0.125, after: 0, excluded: true };
  const greedy = { ...CHOICE, greedy: true, chosen: 7 };
  assert.equal(
    candidateInWords("chat", kept, CHOICE, true),
    "chat: 25.0 % by the model, 50.0 % after the pipeline; written",
  );
  assert.equal(candidateInWords("chien", cut, CHOICE, false), "chien: 12.5 % by the model, cut off");
  assert.equal(candidateInWords("chat", { ...kept, after: 0 }, greedy, false), "chat: 25.0 % by the model, not taken");
  assert.equal(
    candidateInWords("chat", { ...kept, token: 7 }, greedy, true),
    "chat: 25.0 % by the model, taken; written",
  );
  assert.equal(shareAfter(kept, CHOICE), "50.0 %");
  assert.equal(shareAfter(cut, CHOICE), "cut off");
  assert.equal(shareAfter({ ...kept, after: 0 }, greedy), "–");
});

test("a factor has three digits", () => {
  assert.deepEqual([0.126, 9.874, 12.34, 123.4].map(factor), ["0.13", "9.87", "12.3", "123"]);
});
