import assert from "node:assert/strict";
import { test } from "node:test";
import type { MaskReading } from "../shared/generated/messages.ts";
import { maskIn, maskInWords, maskName, readingInWords, textAfter } from "./reading.ts";

const token = (t: string) => ({ t, r: t, i: 0 });
const mask = (position: number, ...words: string[]) => ({
  position,
  entropy: 2.34,
  candidates: words.map((word) => ({ ...token(word), probability: 0.5 })),
});
const READING: MaskReading = {
  tokens: ["The", "[MASK]", "sat", "[MASK]"].map(token),
  filled: [3],
  fillings: [mask(1, "cat", "dog"), mask(3, "down", "up")],
};

test("the likeliest word stands where a mask was filled; the others stay open", () => {
  assert.deepEqual(
    textAfter(READING).map((one) => [one.token.t, one.position, one.kind]),
    [
      ["The", 0, "word"],
      ["[MASK]", 1, "open"],
      ["sat", 2, "word"],
      ["down", 3, "filled"],
    ],
  );
});

test("the mask that was looked at stays if the reading has it, else the filled one is looked at", () => {
  assert.equal(maskIn(READING, null), 3);
  assert.equal(maskIn(READING, 1), 1);
  assert.equal(maskIn({ ...READING, fillings: [mask(3, "down")] }, 1), 3);
});

test("a reading says which word it puts in place, a mask whether it waits", () => {
  assert.equal(readingInWords(READING, 1), "Reading 2: fills “down”");
  assert.equal(maskInWords(READING.fillings[1], READING), "2.3 bits undecided");
  assert.equal(maskInWords(READING.fillings[0], READING), "2.3 bits undecided, stays open for the next reading");
});

test("a mask keeps its number in every reading", () => {
  const passes = [READING, { ...READING, filled: [1], fillings: [mask(1, "cat")] }];
  assert.deepEqual(
    [1, 3].map((position) => maskName({ passes }, position)),
    ["Mask 1", "Mask 2"],
  );
  const others = [READING, { ...READING, filled: [3], fillings: [mask(3, "down")] }];
  assert.equal(maskName({ passes: others }, others[1].fillings[0].position), "Mask 2");
});
