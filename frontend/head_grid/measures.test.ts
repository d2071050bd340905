import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeadGridArrays, HeadGridHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { recordedPacket } from "../shared/recorded.ts";
import { aboutHead, evidenceOf, measured, nameOf, remarksOn, shortOf, writtenOf } from "./measures.ts";
import { cellsOf } from "./places.ts";

const { header } = unpack<HeadGridHeader, HeadGridArrays>(recordedPacket("head-grid"));
const [before, first, spread] = cellsOf(header.layers, header.heads);
const measure = (id: string) => {
  const found = header.measures.find((one) => one.id === id);
  assert(found);
  return found;
};
const mode = { measure: "", sorted: false, off: false };

test("values stand by layer and head, with their units", () => {
  assert.equal(measured(measure("previous-token"), first), 0.2);
  assert.deepEqual(
    ["previous-token", "entropy", "distance"].map((id) => writtenOf(measure(id), spread)),
    ["29.0 %", "1.9 bits", "1.5 tokens"],
  );
  assert.equal(writtenOf({ ...measure("distance"), values: [[14.6]] }, before), "15 tokens");
  const silent = { ...measure("entropy"), values: [[null]] };
  assert.equal(writtenOf({ ...silent, queries: [0] }, before), "not triggered by this text");
  assert.equal(writtenOf({ ...silent, queries: [2] }, before), "too few queries to tell (2, at least 5)");
});

test("a value comes with over how many queries it is, and with what a random network has", () => {
  assert.equal(evidenceOf(measure("previous-token"), 0), "over 5 queries; random network 29.0 %");
  assert.equal(evidenceOf(measure("entropy"), 1), "over 5 queries; random network 1.9 bits");
  assert(!header.measures.some(({ id }) => id === "duplicate-token")); // two queries tell of it
});

test("small cells hold percents without a sign and one digit of others", () => {
  assert.deepEqual([shortOf(measure("broad"), 0.361), shortOf(measure("entropy"), 1.5283)], ["36", "1.5"]);
});

test("of a head its role is told, and of roles those it plays or that are shown", () => {
  assert.equal(nameOf(first), "Layer 0, head 1");
  assert.deepEqual(aboutHead(header, before, "", false), [
    "previous token",
    "Previous token: 100.0 % (over 5 queries; random network 29.0 %)",
    "First token: 20.0 % (over 5 queries; random network 29.0 %)",
    "Entropy: 0.0 bits (over 5 queries; random network 1.9 bits)",
    "Distance: 1.0 tokens (over 5 queries; random network 1.5 tokens)",
  ]);
  assert(aboutHead(header, before, "broad", false).includes("Broad: 0.0 % (over 5 queries; random network 100.0 %)"));
  assert.equal(aboutHead(header, before, "", true).at(-1), "switched off");
});

test("a head that was not measured yet has nothing told of it", () => {
  const { header: early } = unpack<HeadGridHeader, HeadGridArrays>(recordedPacket("head-grid-unmeasured"));
  assert.deepEqual(aboutHead(early, first, "", false), []);
});

test("the grid says what it shows and what a click does", () => {
  assert.deepEqual(remarksOn(header, mode, 6), [
    "Each picture is one head: rows look, columns are looked at. " +
      "Hover for what it does; click to open it, Shift-click to add it.",
  ]);
  const sorted = remarksOn(header, { measure: "entropy", sorted: true, off: true }, 6, measure("entropy"));
  assert.match(sorted[0], /^Entropy: How spread/);
  assert.equal(
    sorted[1],
    "Means over 5 queries. A head of a random network of this shape has 1.9 bits on average on the same tokens: " +
      "its attention is even.",
  );
  assert.equal(sorted[2], "Largest first, all 6 heads: scroll for more. 3·1 is layer 3, head 1.");
  assert.match(sorted[3], /^A click switches a head off/);
});

test("pictures that were drawn from some rows say so", () => {
  assert.equal(
    remarksOn({ ...header, rowsRead: 256, rows: 1024 }, mode, 6).at(-1),
    "Small matrices are drawn from 256 of 1,024 looking tokens, evenly spread.",
  );
});

test("a head that training guided is said to be, in its cell and below the grid", () => {
  const guided = [{ layer: 0, head: 1, taught: "look from a pronoun to its noun" }];
  const told = { ...header, guided };
  assert(aboutHead(told, first, "", false).includes("training guided it to look from a pronoun to its noun"));
  assert(!aboutHead(told, before, "", false).some((line) => line.startsWith("training")));
  assert(
    remarksOn(told, mode, 3).includes(
      "Training guided layer 0, head 1 to look from a pronoun to its noun; the others were left to themselves.",
    ),
  );
});
