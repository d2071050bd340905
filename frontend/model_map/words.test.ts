import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelMapHeader } from "../shared/generated/messages.ts";
import { cellsOf, isLayered, layOut } from "./layout.ts";
import { recordedMap } from "./recorded_map.ts";
import { aboutSpot, mapInWords, short, sizeInWords } from "./words.ts";

function about(model: ModelMapHeader, kind: string, layer?: number, head?: number): string[] {
  const box = layOut(model, 248).boxes.find((one) => one.kind === kind && (!isLayered(one) || one.layer === layer));
  assert(box);
  return aboutSpot(model, { box, cell: head === undefined ? undefined : cellsOf(box)[head] });
}

test("counts in three digits with their unit", () => {
  const shown: [number, string][] = [
    [22_744_506, "22.7 M"],
    [134_515_008, "135 M"],
    [7_241_732_096, "7.24 B"],
    [999_500, "1 M"],
    [999_499, "999 k"],
    [1_000, "1 k"],
    [999, "999"],
  ];
  for (const [count, words] of shown) assert.equal(short(count), words);
});

test("a model in a line, and in words for those who cannot see the map", () => {
  assert.equal(sizeInWords(recordedMap("encoder")), "6 layers × 12 heads · 22.7 M parameters");
  assert.equal(sizeInWords(recordedMap("encoder-decoder")), "4 + 4 layers × 8 heads · 9.92 M parameters");
  assert.equal(
    mapInWords(recordedMap("encoder-decoder")),
    "Map of t5-mini-en-fr: encoder of 4 layers with 8 heads each, decoder of 4 layers with 8 heads each, " +
      "joined by cross-attention; 9.92 M parameters. Arrow keys move, Enter goes to what is explored there.",
  );
});

test("a block's name, shape and parameters", () => {
  const encoder = recordedMap("encoder");
  assert.deepEqual(about(encoder, "embedding"), [
    "Embedding",
    "30,522 tokens × 384 numbers, and a learned vector for each of 512 places",
    "11,917,824 parameters",
  ]);
  assert.deepEqual(about(encoder, "attention", 4, 7), [
    "Layer 4, attention, head 7",
    "12 heads, 32 numbers wide",
    "591,360 parameters in all its heads",
  ]);
  assert.deepEqual(about(encoder, "forward", 0), [
    "Layer 0, feed-forward",
    "384 → 1,536 → 384 numbers",
    "1,181,568 parameters",
  ]);
  assert.deepEqual(about(encoder, "head"), [
    "Output",
    "384 numbers → scores for 30,522 tokens",
    "179,130 parameters besides the table of tokens",
  ]);
});

test("heads that share keys and values, and an output head that is the table of tokens", () => {
  const decoder = recordedMap("decoder");
  assert.equal(about(decoder, "attention", 29)[1], "9 heads, 64 numbers wide, 3 of them share keys and values");
  assert.equal(about(decoder, "attention", 29)[2], "884,736 parameters");
  assert.equal(about(decoder, "head")[2], "no parameters of its own: the table of tokens is used again");
  assert.equal(about(decoder, "embedding")[1], "49,152 tokens × 576 numbers");
});

test("an encoder-decoder names the stack of a layer, and cross-attention by itself", () => {
  const model = recordedMap("encoder-decoder");
  assert.equal(about(model, "forward", 1)[0], "Encoder layer 1, feed-forward");
  assert.equal(about(model, "cross", 3, 0)[0], "Layer 3, cross-attention, head 0");
});

test("what a model does not tell is left out", () => {
  const encoder = recordedMap("encoder");
  const [stack] = encoder.stacks;
  const silent: ModelMapHeader = {
    ...{ ...encoder, inner: null, headWidth: null, limit: null, hasHead: false, positions: "learned" },
    stacks: [
      {
        ...stack,
        layers: [
          [1, 8, 0, 8, 0, 0],
          [1, 0, 0, 0, 0, 0],
        ],
      },
    ],
  };
  assert.equal(about(silent, "forward", 0)[1], "each token by itself");
  assert.equal(about(silent, "attention", 0)[1], "12 heads");
  assert.equal(about(silent, "attention", 1)[2], "the same weights as layer 0");
  assert.equal(
    about(silent, "embedding")[1],
    "30,522 tokens × 384 numbers, and a learned vector for each of its places",
  );
  assert.equal(about({ ...silent, positions: "fixed" }, "embedding")[1].split(", and ")[1], "fixed waves for places");
  assert.deepEqual(about(silent, "head"), [
    "Vectors come out",
    "384 numbers for each token; no head turns them into words",
  ]);
});
