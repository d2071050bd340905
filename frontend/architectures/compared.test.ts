import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ComparisonHeader, ReadyPane } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { Compared, type ComparisonArrays, layerPlace, pairIn } from "./compared.ts";

const packet = (name: string) => readFileSync(`${import.meta.dirname}/../recorded/architectures-${name}.packet`);
const recorded = (name: string) => unpack<ComparisonHeader, ComparisonArrays>(new Uint8Array(packet(name)));
const comparedOf = ({ header, arrays }: ReturnType<typeof recorded>) => new Compared(header, arrays);
const three = comparedOf(recorded("three-panes"));
const two = comparedOf(recorded("two-texts"));

/** A comparison of one pane that reads these words, of an example that asks about two. */
function ofWords(words: string, pair: [string, string] | null = null): Compared {
  const { header, arrays } = recorded("three-panes");
  const [first] = header.panes as ReadyPane[];
  const pane = { ...first, words: words.split(" ").map((text) => ({ text, links: [] })) };
  return new Compared({ ...header, panes: [pane], pair }, arrays);
}

test("panes are ready, failed or waiting", () => {
  assert.deepEqual(three.states(), ["ready", "ready", "ready"]);
  assert.deepEqual(two.states(), ["ready", "ready", "failed", "waiting"]);
  assert.deepEqual(
    two.ready.map(({ place }) => place),
    [0, 1],
  );
});

test("the panes share the ends of their scales", () => {
  assert.equal(three.mostBits, 2); // the encoder's second layer has 1.33 bits
  assert.equal(three.lowestCosine, -1); // of the first word and the last, before the first layer
  assert.equal(three.mostParameters, 134_515_008);
});

test("of panes with nothing to show the scales have some extent", () => {
  const { header, arrays } = recorded("two-texts");
  const none = new Compared({ ...header, panes: header.panes.slice(2) }, arrays);
  assert.deepEqual([none.mostBits, none.lowestCosine, none.mostParameters], [1, 0, 1]);
  assert.equal(none.pair(null), null);
});

test("arrays are found by pane, stack and kind", () => {
  assert.deepEqual([...three.ofStack(2, { stack: "cross" }, "shares")], [1, 0]);
  assert.deepEqual(two.ofPane(1, "across")?.shape, [3, 3, 3]);
  assert.equal(two.ofPane(0, "across"), undefined);
});

test("depth leads from the first layer to the last of every stack", () => {
  const layers = [0, 1, 2, 3, 4, 5];
  assert.deepEqual(
    [0, 0.4, 0.5, 1].map((depth) => layerPlace({ layers }, depth)),
    [0, 2, 3, 5],
  );
  assert.equal(layerPlace({ layers: [7] }, 0.4), 0);
});

test("words of all texts can be chosen, each spelling once", () => {
  assert.deepEqual(two.words(), ["the", "cat", "sat", "ran", "my", "Cat"]);
});

test("the words asked for are compared if the texts have them", () => {
  assert.deepEqual(three.pair(["sat", "the"]), ["sat", "the"]);
  assert.deepEqual(three.pair(["dog", "the"]), ["cat", "sat"]);
  assert.deepEqual(three.pair(["sat"]), ["cat", "sat"]);
});

test("of two texts the usual pair is the longest word that both have, and another", () => {
  assert.deepEqual(two.pair(null), ["cat", "the"]);
  const { header, arrays } = recorded("two-texts");
  const texts = ["a kitten sat", "A Kitten"].map((text) => text.split(" ").map((word) => ({ text: word, links: [] })));
  const panes = (header.panes.slice(0, 2) as ReadyPane[]).map((pane, place) => ({ ...pane, words: texts[place] }));
  assert.deepEqual(new Compared({ ...header, panes }, arrays).pair(null), ["kitten", "a"]);
});

test("of one text it is what the example asks about, a word that stands twice, or the second and last words", () => {
  assert.deepEqual(ofWords("a cat and it", ["it", "cat"]).pair(null), ["it", "cat"]);
  assert.deepEqual(ofWords("a cat sees a dog", ["it", "cat"]).pair(null), ["a", "a"]);
  assert.deepEqual(ofWords("bank by the bank", ["bank", "the"]).pair(null), ["bank", "bank"]);
  assert.deepEqual(ofWords("a cat sits still").pair(null), ["cat", "still"]);
  assert.deepEqual(ofWords("alone").pair(null), ["alone", "alone"]);
});

test("a word chosen twice is compared with itself further on", () => {
  const words = ["bank", "by", "bank"].map((text) => ({ text, links: [] }));
  assert.deepEqual(pairIn({ words }, ["bank", "bank"]), [0, 2]);
  assert.deepEqual(pairIn({ words }, ["by", "bank"]), [1, 0]);
  assert.deepEqual(pairIn({ words }, ["by", "by"]), [1, 1]);
  assert.equal(pairIn({ words }, ["by", "sea"]), null);
  assert.equal(pairIn({ words }, null), null);
});
