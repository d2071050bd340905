import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttentionAnswer } from "../shared/generated/messages.ts";
import { Choices, keptAfter, NO_FOCUS } from "./choice.ts";

const answer = (number: number, heads: number[]): AttentionAnswer => ({
  stack: "decoder",
  layer: 2,
  heads,
  query: 4,
  key: null,
  rows: [0, 9],
  columns: [0, 9],
  withoutFirst: false,
  part: "a part",
  number,
});

test("a click keeps a token, and a second click on it lets it go", () => {
  const kept = keptAfter(NO_FOCUS, { query: 3, key: null });
  assert.deepEqual(kept, { query: 3, key: null });
  assert.deepEqual(keptAfter(kept, { query: 5, key: null }), { query: 5, key: null });
  assert.deepEqual(keptAfter(kept, { query: 3, key: null }), NO_FOCUS);
});

test("a click on a cell keeps both tokens, and a click on the looking one alone lets both go", () => {
  const kept = keptAfter({ query: 3, key: null }, { query: 3, key: 1 });
  assert.deepEqual(kept, { query: 3, key: 1 });
  assert.deepEqual(keptAfter(kept, { query: 3, key: 1 }), NO_FOCUS);
  assert.deepEqual(keptAfter(kept, { query: 3, key: 2 }), { query: 3, key: 2 });
  assert.deepEqual(keptAfter(kept, { query: 3, key: null }), NO_FOCUS);
});

test("a click on a token looked at leaves the one that looks, and alone it can be let go", () => {
  assert.deepEqual(keptAfter({ query: 3, key: 1 }, { query: null, key: 1 }), { query: 3, key: 1 });
  assert.deepEqual(keptAfter({ query: 3, key: null }, { query: null, key: 2 }), { query: 3, key: 2 });
  assert.deepEqual(keptAfter({ query: null, key: 2 }, { query: null, key: 2 }), NO_FOCUS);
});

test("the first answer says where the visitor looks", () => {
  const choices = new Choices();
  choices.take(answer(0, [1]), true);
  assert.deepEqual([choices.place.layer, choices.place.heads, choices.kept.query], [2, [1], 4]);
  assert(choices.known);
});

test("an answer to an older choice changes nothing, and the last one rules", () => {
  const choices = new Choices();
  choices.take(answer(0, [1]), true);
  choices.place.heads = [7];
  choices.number = 2;
  choices.take(answer(1, [2]), false);
  assert.deepEqual([choices.place.heads, choices.known], [[7], false]);
  choices.take(answer(2, [3]), false);
  assert.deepEqual([choices.place.heads, choices.known], [[3], true]);
});

test("another text rules whatever was chosen, and the count goes on", () => {
  const choices = new Choices();
  choices.take(answer(0, [1]), true);
  choices.number = 5;
  choices.take(answer(4, [2]), true);
  assert.deepEqual([choices.place.heads, choices.number, choices.known], [[2], 5, false]);
});

test("a view that is mounted anew counts on from what the server knows", () => {
  const choices = new Choices();
  choices.take(answer(9, [1]), true);
  assert.equal(choices.number, 9);
});
