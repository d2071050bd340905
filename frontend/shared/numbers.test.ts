import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fourDigits, percent, thousands, twoDigits } from "./numbers.ts";

const table = JSON.parse(readFileSync(`${import.meta.dirname}/../../tests/number_formats.json`, "utf8"));

test("numbers are written as Python writes them", () => {
  for (const [share, written] of table.percent) assert.equal(percent(share), written);
  for (const [count, written] of table.thousands) assert.equal(thousands(count), written);
  for (const [number, written] of table.four_digits) assert.equal(fourDigits(number), written);
  for (const [number, written] of table.two_digits) assert.equal(twoDigits(number), written);
});
