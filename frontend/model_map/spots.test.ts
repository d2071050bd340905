import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, isLayered, layOut } from "./layout.ts";
import { recordedMap } from "./recorded_map.ts";
import { ARROWS, nextSpot, type Spot, sameSpot, spotAt, spotsOf } from "./spots.ts";

const boxesOf = (name: Parameters<typeof recordedMap>[0]) => layOut(recordedMap(name), 248).boxes;

const named = (spot: Spot | null): string => {
  if (!spot) return "nothing";
  const { box, cell } = spot;
  const layer = isLayered(box) ? ` ${box.stack} ${box.layer}` : "";
  return `${box.kind}${layer}${cell ? ` head ${cell.head}` : ""}`;
};

const walked = (boxes: ReturnType<typeof boxesOf>, from: Spot, ...keys: string[]): string[] => {
  let spot = from;
  return keys.map((key) => {
    spot = nextSpot(boxes, spot, ...ARROWS[key]);
    return named(spot);
  });
};

test("what lies at a place is found with its head, a little beside it too, and nothing elsewhere", () => {
  const boxes = boxesOf("encoder");
  assert.equal(named(spotAt(boxes, 100, 10)), "embedding");
  const [attention] = boxes.filter(({ kind }) => kind === "attention");
  const { x, y, width } = cellsOf(attention)[7];
  assert.equal(named(spotAt(boxes, x + width / 2, y + 5)), "attention encoder 0 head 7");
  assert.equal(named(spotAt(boxes, x + width / 2, y - 1.5)), "attention encoder 0 head 7");
  assert.equal(named(spotAt(boxes, 240, 55)), "forward encoder 1");
  assert.equal(named(spotAt(boxes, 100, 24)), "nothing");
});

test("every head is a spot, and every block without heads", () => {
  assert.equal(spotsOf(boxesOf("encoder")).length, 1 + 6 * (12 + 1) + 1);
  assert.equal(spotsOf(boxesOf("decoder")).length, 1 + 30 * (9 + 1) + 1);
  assert.equal(spotsOf(boxesOf("encoder-decoder")).length, 1 + 4 * (8 + 1) + 4 * (8 + 8 + 1) + 1);
});

test("right goes through the heads into the feed-forward network, down to the layer below", () => {
  const boxes = boxesOf("encoder");
  const eleven = spotsOf(boxes)[11]; // behind the embedding and heads 0 to 9 of the first layer
  assert.equal(named(eleven), "attention encoder 0 head 10");
  assert.deepEqual(walked(boxes, eleven, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"), [
    "attention encoder 0 head 11",
    "forward encoder 0",
    "forward encoder 0", // nothing lies further right
    "forward encoder 1",
  ]);
});

test("up from the first layer is the embedding, down from the last the output", () => {
  const boxes = boxesOf("encoder");
  const spots = spotsOf(boxes);
  assert.deepEqual(walked(boxes, spots[1], "ArrowUp", "ArrowUp"), ["embedding", "embedding"]);
  assert.deepEqual(walked(boxes, spots.at(-2) as Spot, "ArrowDown"), ["head"]);
});

test("up and down go to the layer beside, in the same head", () => {
  const boxes = boxesOf("encoder");
  const from = spotsOf(boxes).find((spot) => named(spot) === "attention encoder 3 head 5") as Spot;
  assert.deepEqual(walked(boxes, from, "ArrowUp", "ArrowDown", "ArrowDown"), [
    "attention encoder 2 head 5",
    "attention encoder 3 head 5",
    "attention encoder 4 head 5",
  ]);
});

test("right from an encoder's layer is the decoder's, through attention, cross-attention, feed-forward", () => {
  const boxes = boxesOf("encoder-decoder");
  const forward = spotsOf(boxes).find((spot) => named(spot) === "forward encoder 2") as Spot;
  const across = walked(boxes, forward, ...Array(17).fill("ArrowRight"));
  assert.equal(across[0], "attention decoder 2 head 0");
  assert.equal(across[8], "cross cross 2 head 0");
  assert.equal(across[16], "forward decoder 2");
});

test("spots are the same however often they are laid out, and heads of one block are not", () => {
  const [one, other] = [boxesOf("encoder"), boxesOf("encoder")].map(spotsOf);
  assert(sameSpot(one[3], other[3]));
  assert(!sameSpot(one[3], one[4]));
  assert(!sameSpot(one[3], one[3 + 13]));
  assert(!sameSpot(one[0], one.at(-1) as Spot));
  assert(!sameSpot(null, one[0]));
  assert(sameSpot(null, null));
});
