import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { counted, decimal, fourDigits, percent, signed, thousands, twoDigits } from "./numbers.ts";

const table = JSON.parse(readFileSync(`${import.meta.dirname}/../../tests/number_formats.json`, "utf8"));

test("numbers are written as Python writes them", () => {
  for (const [share, written] of table.percent) assert.equal(percent(share), written);
  for (const [count, written] of table.thousands) assert.equal(thousands(count), written);
  for (const [number, written] of table.four_digits) assert.equal(fourDigits(number), written);
  for (const [number, written] of table.two_digits) assert.equal(twoDigits(number), written);
  for (const [number, digits, written] of table.decimal) assert.equal(decimal(number, digits), written);
  for (const [number, digits, written] of table.signed) assert.equal(signed(number, digits), written);
  for (const [count, written] of table.counted) assert.equal(counted(count, "token"), written);
});

test("one thing is counted in the singular, all other numbers in the plural", () => {
  assert.deepEqual(
    [0, 1, 1024].map((number) => counted(number, "token")),
    ["0 tokens", "1 token", "1,024 tokens"],
  );
  assert.equal(counted(1, "layer has", "layers have"), "1 layer has");
  assert.equal(counted(2, "layer has", "layers have"), "2 layers have");
});
