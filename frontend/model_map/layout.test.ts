import assert from "node:assert/strict";
import { test } from "node:test";
import { type Box, cellsOf, isLayered, type LayerBox, layersOf, layOut } from "./layout.ts";
import { recordedMap } from "./recorded_map.ts";

const WIDTH = 248;
const layered = (boxes: Box[]): LayerBox[] => boxes.filter(isLayered);
const near = (number: number, expected: number) => assert(Math.abs(number - expected) < 1e-9, `${number}`);

test("an encoder: the embedding, six layers of two blocks below each other, the output", () => {
  const { boxes, lines, width, height } = layOut(recordedMap("encoder"), WIDTH);
  assert.deepEqual(
    boxes.map(({ kind }) => kind),
    ["embedding", ...Array(6).fill(["attention", "forward"]).flat(), "head"],
  );
  assert.deepEqual(boxes[0], { kind: "embedding", x: 4, y: 0, width: 240, height: 20 });
  assert.deepEqual(boxes.at(-1), { kind: "head", x: 4, y: 154, width: 240, height: 20 });
  assert.deepEqual([width, height], [248, 175]);
  assert.deepEqual(
    layered(boxes).map(({ layer, y }) => [layer, y]),
    [0, 1, 2, 3, 4, 5].flatMap((layer) => Array(2).fill([layer, 29 + 20 * layer])),
  );
  assert.deepEqual(lines, [
    {
      kind: "stream",
      stack: "encoder",
      path: [
        [7, 20],
        [7, 158],
      ],
    },
  ]);
});

test("the blocks of a layer share its width by their parameters, and attention stays wide enough for its heads", () => {
  const [attention, forward] = layered(layOut(recordedMap("encoder"), WIDTH).boxes);
  assert.deepEqual([attention.parameters, forward.parameters], [591360, 1181568]);
  const own = 1181568 / (591360 + 1181568);
  near(attention.x, 18);
  near(attention.width, (223 * 0.38) / (0.38 + own));
  near(forward.x, attention.x + attention.width + 3);
  near(forward.x + forward.width, 244);
});

test("many layers lie in lower rows", () => {
  const boxes = layered(layOut(recordedMap("decoder"), WIDTH).boxes);
  assert.equal(boxes.length, 60);
  assert.deepEqual([boxes[0].y, boxes[2].y, boxes[0].height], [29, 36, 6]);
});

test("an encoder and a decoder stand side by side, and lines lead into every layer that looks across", () => {
  const { boxes, lines } = layOut(recordedMap("encoder-decoder"), WIDTH);
  const kinds = layered(boxes).map(({ kind, stack, layer }) => `${stack} ${kind} ${layer}`);
  assert.deepEqual(kinds.slice(0, 2), ["encoder attention 0", "encoder forward 0"]);
  assert.deepEqual(kinds.slice(8, 11), ["decoder attention 0", "cross cross 0", "decoder forward 0"]);
  assert.equal(kinds.length, 4 * 2 + 4 * 3);
  assert.deepEqual([layered(boxes)[0].x, layered(boxes)[8].x, boxes.at(-1)?.x], [18, 146, 132]);
  assert.deepEqual(
    lines.map(({ stack, path }) => [stack, path]),
    [
      [
        "encoder",
        [
          [7, 20],
          [7, 109],
        ],
      ],
      [
        "decoder",
        [
          [135, 20],
          [135, 118],
        ],
      ],
      [
        "cross",
        [
          [7, 109],
          [7, 113.5],
          [124, 113.5],
          [124, 37],
        ],
      ],
      ...[37, 57, 77, 97].map((y) => [
        "cross",
        [
          [124, y],
          [132, y],
        ],
      ]),
    ],
  );
});

test("the large map has more room for each layer", () => {
  const { boxes, height } = layOut({ ...recordedMap("encoder"), large: true }, WIDTH);
  assert.deepEqual([layered(boxes)[0].y, layered(boxes)[2].y], [48, 82]);
  assert.equal(height, 48 + 6 * 34 + 14 - 4 + 34 + 1);
});

test("layers that are alike are sent once and written out", () => {
  const [, decoder] = recordedMap("encoder-decoder").stacks;
  const layers = layersOf(decoder);
  assert.equal(layers.length, 4);
  assert.deepEqual(layers[0], { attention: 262400, cross: 262144, forward: 589824, norm: 768, other: 0 });
  assert.deepEqual(layers[3], { attention: 262144, cross: 262144, forward: 589824, norm: 768, other: 0 });
});

const block: LayerBox = {
  ...{ kind: "attention", stack: "decoder", layer: 0, parameters: 1 },
  ...{ heads: 6, shared: 2, x: 10, y: 5, width: 62, height: 8 },
};

test("heads that share keys and values lie together, and groups apart", () => {
  const places = cellsOf(block).map(({ head, x, width }) => [head, x, width]);
  assert.deepEqual(places, [
    [0, 10, 10],
    [1, 20, 10],
    [2, 30, 10],
    [3, 42, 10],
    [4, 52, 10],
    [5, 62, 10],
  ]);
});

test("heads that each have their own keys lie close, and heads too small to see are none", () => {
  assert.deepEqual(
    cellsOf({ ...block, shared: 6, width: 60 }).map(({ x }) => x),
    [10, 20, 30, 40, 50, 60],
  );
  assert.deepEqual(cellsOf({ ...block, shared: 6, width: 11 }), []);
  assert.deepEqual(cellsOf({ ...block, kind: "forward", heads: 0 }), []);
});
