import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_FOCUS } from "./choice.ts";
import { modelOf } from "./recorded.ts";
import { extentOf, labelOf, remarksOn, spokenOf, titleOf, tooltipLines } from "./words.ts";

const short = modelOf("attention-short");
const long = modelOf("attention-long");
const part = modelOf("attention-part");

test("the title names layer, heads and how many tokens look", () => {
  assert.equal(titleOf(short), "Decoder layer 0, head 0: 3 looking tokens, 3 looked at");
  const two = modelOf("attention-short");
  two.chosen = [0, 1];
  assert.equal(titleOf(two), "Decoder layer 0, heads 0, 1: 3 looking tokens, 3 looked at");
  const cross = modelOf("attention-cross");
  assert.equal(titleOf(cross), "Cross-attention layer 0, head 0: 2 looking tokens, 3 looked at");
});

test("a cell names both tokens and the weight of its head or of all", () => {
  assert.deepEqual(tooltipLines(short, [0, 1], { query: 2, key: 1 }), [
    "“blue” [2] → “green” [1]",
    "Head 0: 30.0 %",
    "Head 1: 20.0 %",
    "Mean of 2 heads: 25.0 %",
  ]);
  assert.deepEqual(tooltipLines(short, [0, 1], { query: 1, key: 2, head: 1 }).slice(1), ["Head 1: cannot look"]);
});

test("a cell of a long text names its block, and that its weight is the largest of it", () => {
  assert.deepEqual(tooltipLines(long, [0], { query: 80, key: 168, head: 0 }), [
    "“w80” [80] to [81] → “w168” [168] to [169]",
    "Head 0: cannot look",
  ]);
  assert.deepEqual(tooltipLines(long, [0], { query: 80, key: 80 })[1], "Head 0: about 75 %, the most in 2 × 2 tokens");
});

test("a line that is drawn with its own weight names its two tokens", () => {
  const line = { query: 81, key: 80, head: 0, weight: 0.75 };
  assert.deepEqual(tooltipLines(long, [0], line), ["“w81” [81] → “w80” [80]", "Head 0: 75.0 %"]);
});

test("a token names what it looks at most, by the mean of several heads", () => {
  assert.deepEqual(tooltipLines(short, [0], { query: 1, key: null }), [
    "“green” [1] looks",
    "most at “green” [1]: 75.0 %",
  ]);
  assert.deepEqual(tooltipLines(short, [0, 1], { query: 2, key: null }), [
    "“blue” [2] looks",
    "most at “blue” [2]: 45.0 %, the mean of 2 heads",
  ]);
  assert.deepEqual(tooltipLines(short, [0], { query: null, key: 1 }), ["“green” [1] is looked at"]);
});

test("a kept token of a long text is told exactly, another one roughly", () => {
  assert.equal(tooltipLines(long, [0], { query: 151, key: null })[1], "most at “w150” [150]: 75.0 %");
  // Which of the two tokens looks so at which of two is not known there, and of several heads no mean.
  assert.deepEqual(tooltipLines(long, [0], { query: 81, key: null }), [
    "“w80” [80] to [81] look",
    "most at “w78” [78] to [79]: about 75 %, the most in 2 × 2 tokens",
  ]);
  assert.equal(
    tooltipLines(long, [0, 1], { query: 81, key: null })[1],
    "most at “w80” [80] to [81]: 100.0 %, the most in 2 × 2 tokens of 2 heads",
  );
});

test("a screen reader hears a token's strongest link, if it is on the screen", () => {
  assert.equal(spokenOf(short, [0], 1), "“green” [1] looks most at “green” [1], 75.0 %");
  assert.equal(spokenOf(part, [0], 139), "“w139” [139] looks at nothing on the screen");
});

test("labels are short, and numbered where tokens are dense", () => {
  assert.equal(labelOf(short, "query", 1), "green");
  assert.equal(labelOf(part, "key", 117), "w117");
  assert.equal(labelOf(long, "key", 118), "118");
});

test("of a text that is not written out a mean is told in whole percents, as far as it is known", () => {
  const medium = modelOf("attention-medium");
  assert.deepEqual(tooltipLines(medium, [0, 1], { query: 9, key: null }), [
    "“w9” [9] looks",
    "most at “w9” [9]: about 50 %, the mean of 2 heads",
  ]);
  assert.deepEqual(tooltipLines(medium, [0, 1], { query: 9, key: 8 }).slice(1), [
    "Head 0: about 75 %",
    "Head 1: under 1 %",
    "Mean of 2 heads: about 38 %",
  ]);
});

test("a short text says what is too faint, a long one what is left out", () => {
  assert.deepEqual(remarksOn(short, [0], NO_FOCUS, [], false), [
    "Links under 1.0 % are too faint to draw. Hover a token, a line or a cell; click one to keep it.",
  ]);
  const links = long.links([0]);
  assert.deepEqual(remarksOn(long, [0], NO_FOCUS, links, false), [
    "Lines: the 300 strongest of 14,535 links; they carry 94.4 % of the attention shown.",
    "Matrix: an overview in which each cell shows the largest weight of 2 × 2 tokens. " +
      "Drag over a part of it to see every pair.",
  ]);
  assert.equal(remarksOn(long, [0], { query: 151, key: null }, links, false).length, 1);
});

test("how much goes to the first token is said where it is left out", () => {
  assert.equal(
    remarksOn(short, [0, 1], NO_FOCUS, [], true).at(-1),
    // means over the two tokens after it: (0.25 + 0.6) / 2 and (0.5 + 0) / 2
    "Left out: lines to the first token, which the others give 33.8 % of their attention on average.",
  );
  assert.equal(remarksOn(part, [0], NO_FOCUS, [], true).length, 1); // the first token is not on the screen
});

test("which part of the text is shown", () => {
  assert.equal(extentOf(short), "all 3 tokens");
  assert.equal(extentOf(part), "100–139 look at 80–119");
});
