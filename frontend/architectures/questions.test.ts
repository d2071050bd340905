import assert from "node:assert/strict";
import { test } from "node:test";
import { questionsFor, sentencesOf } from "./questions.ts";

const words = (...stacks: string[]) => questionsFor(new Set(stacks)).map((question) => question.words);

test("questions are asked where the stacks they are about are there", () => {
  assert.deepEqual(words("encoder", "decoder", "cross"), [
    "Why can an encoder fill a blank, and a decoder not?",
    "Why is a decoder's matrix a triangle?",
    "What does a decoder see when it has an encoder?",
    "What does each cost?",
  ]);
  assert.deepEqual(words("encoder"), ["What does each cost?"]);
  assert.deepEqual(words(), []);
});

test("a question is answered by the sentences of its differences, in its own order", () => {
  const [question] = questionsFor(new Set(["encoder", "decoder"]));
  const difference = (name: string, sentence: string) => ({ name, values: [], sentence });
  const differences = [
    difference("Attention that goes forward", "Only 12 % goes forward."),
    difference("Memory", "Nothing to do with it."),
    difference("Fills a blank", "One fills it."),
  ];
  assert.deepEqual(sentencesOf(question, differences), ["One fills it.", "Only 12\u00a0% goes forward."]);
});
