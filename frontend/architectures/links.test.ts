import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ComparisonHeader, ReadyPane } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { isSame, linksOf, litBy, litCells, type Sequence, sequencesOf, type Target } from "./links.ts";

const headerOf = (name: string) =>
  unpack<ComparisonHeader, object>(
    new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/architectures-${name}.packet`)),
  ).header;
const { panes } = headerOf("three-panes");
const token = (pane: number, sequence: Sequence, position: number): Target => ({ pane, sequence, position });

/** The tokens of all panes that light up. */
function lit(pointed: Target[], among = panes): string[] {
  const isLit = litBy(among, pointed);
  return among.flatMap((pane, place) =>
    (["source", "target"] as const).flatMap((sequence) =>
      ("family" in pane ? pane[sequence] : []).flatMap(({ t }, position) =>
        isLit(token(place, sequence, position)) ? [`${place} ${t}`] : [],
      ),
    ),
  );
}

test("a token lights what stands for the same characters in every pane, with the word written for it", () => {
  assert.deepEqual(lit([token(1, "source", 1)]), ["0 cat", "1 cat", "2 cat", "2 chat"]);
});

test("a written word lights with the word it was written for", () => {
  assert.deepEqual(lit([token(2, "target", 1)]), ["0 the", "1 the", "2 the", "2 le"]);
});

test("a token that stands for no characters lights alone", () => {
  assert.deepEqual(linksOf(panes, token(2, "target", 0)), []);
  assert.deepEqual(lit([token(2, "target", 0)]), ["2 [START]"]);
});

test("a piece of text lights the tokens that cover it, nothing lights nothing", () => {
  assert.deepEqual(lit([{ links: [4] }]), ["0 sat", "1 sat", "2 sat"]);
  assert.deepEqual(lit([{ links: [1] }]), []);
  assert.deepEqual(lit([]), []);
  assert(litBy(panes, [token(0, "source", 2)])({ links: [4] }));
});

test("both tokens of a cell light", () => {
  assert.deepEqual(lit([token(0, "source", 0), token(0, "source", 2)]).slice(0, 2), ["0 the", "0 sat"]);
});

test("a word lights in another text that has it, and panes with nothing to show stay dark", () => {
  const others = headerOf("two-texts").panes;
  assert.deepEqual(lit([token(0, "source", 1)], others), ["0 cat", "1 Cat"]);
  assert.deepEqual(lit([token(3, "source", 0)], others), []);
});

test("an encoder-decoder's matrices look from the target and, in cross-attention, at the source", () => {
  const sequences = (family: ReadyPane["family"], stack: "encoder" | "decoder" | "cross") =>
    sequencesOf({ family }, { stack });
  assert.deepEqual(sequences("encoder-decoder", "encoder"), ["source", "source"]);
  assert.deepEqual(sequences("encoder-decoder", "decoder"), ["target", "target"]);
  assert.deepEqual(sequences("encoder-decoder", "cross"), ["target", "source"]);
  assert.deepEqual(sequences("decoder", "decoder"), ["source", "source"]);
});

test("a matrix lights the rows and columns of the lit tokens, in blocks where a cell stands for several", () => {
  const pane = panes[2] as ReadyPane;
  const isLit = litBy(panes, [token(1, "source", 1)]);
  const cells = (stack: "decoder" | "cross", block: number) => {
    const { rows, columns } = litCells(pane, 2, { stack, block }, isLit);
    return [[...rows], [...columns]];
  };
  assert.deepEqual(cells("cross", 1), [[2], [1]]);
  assert.deepEqual(cells("decoder", 1), [[2], [2]]);
  assert.deepEqual(cells("cross", 2), [[1], [0]]);
});

test("a second click on the same thing is recognised", () => {
  assert(isSame(token(0, "source", 1), token(0, "source", 1)));
  assert(!isSame(token(0, "source", 1), token(1, "source", 1)));
  assert(!isSame(null, { links: [1] }));
});
