// Where each block of a model lies in the map: text comes in at the top, layers follow, what comes out is last.

import type { ModelMapHeader, ModelMapStack } from "../shared/generated/messages.ts";

const EDGE = 4;
const STREAM = 14; // room at the left of a stack for its residual stream
const GUTTER = 16; // room between two stacks
const SPACE = 3; // between the blocks of a layer
const SMALLEST_HEAD = 2;
const GROUP_GAP = 2; // between heads that share keys and values and the next ones

export type StackName = ModelMapStack["stack"];
export type Point = readonly [x: number, y: number];

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What stands at the beginning and the end of a model. */
export interface EndBox extends Rectangle {
  kind: "embedding" | "head";
}

/** A block of a layer: its parameters, and for attention its heads and those of them that own keys and values. */
export interface LayerBox extends Rectangle {
  kind: "attention" | "cross" | "forward";
  stack: StackName;
  layer: number;
  parameters: number;
  heads: number;
  shared: number;
}

export type Box = EndBox | LayerBox;

export interface Line {
  kind: "stream" | "cross";
  stack: StackName;
  path: Point[];
}

/** One head within an attention block. */
export interface Cell extends Rectangle {
  head: number;
}

/** Parameters of one layer, by block. */
export interface LayerParameters {
  attention: number;
  cross: number;
  forward: number;
  norm: number;
  other: number;
}

export interface Sizes {
  room: number;
  most: number;
  least: number;
  end: number;
  gap: number;
  text: number;
}

export interface Plan {
  boxes: Box[];
  lines: Line[];
  width: number;
  height: number;
  sizes: Sizes;
}

/** True for a block of a layer. */
export function isLayered(box: Box): box is LayerBox {
  return box.kind !== "embedding" && box.kind !== "head";
}

/** The stack in whose column a block stands: cross-attention stands in the decoder's. */
export function columnOf(box: LayerBox): StackName {
  return box.stack === "cross" ? "decoder" : box.stack;
}

/** Sizes of the small map and of the large one. */
export function sizesOf(large: boolean): Sizes {
  return large
    ? { room: 420, most: 34, least: 8, end: 34, gap: 14, text: 12 }
    : { room: 230, most: 20, least: 4, end: 20, gap: 9, text: 11 };
}

/** Parameters of each layer of a stack, written out. */
export function layersOf(stack: ModelMapStack): LayerParameters[] {
  return stack.layers.flatMap(([count, attention, cross, forward, norm, other]) =>
    Array.from({ length: count }, () => ({ attention, cross, forward, norm, other })),
  );
}

/** Every block as a box, and lines between them. */
export function layOut(model: ModelMapHeader, width: number): Plan {
  const sizes = sizesOf(model.large);
  const columns = model.stacks.length;
  const each = (width - 2 * EDGE - (columns - 1) * GUTTER) / columns;
  const deepest = Math.max(...model.stacks.map((stack) => layersOf(stack).length));
  const row = Math.max(sizes.least, Math.min(sizes.most, Math.floor(sizes.room / deepest)));
  const between = row < 8 ? 1 : row < 14 ? 2 : 4;
  const top = sizes.end + sizes.gap;
  const bottom = top + deepest * row;
  const boxes: Box[] = [{ kind: "embedding", x: EDGE, y: 0, width: width - 2 * EDGE, height: sizes.end }];
  const lines: Line[] = [];
  model.stacks.forEach((stack, column) => {
    const left = EDGE + column * (each + GUTTER);
    const layers = layersOf(stack);
    const end = column === columns - 1 ? bottom + sizes.gap : top + layers.length * row;
    lines.push({ kind: "stream", stack: stack.stack, path: straight([left + 3, sizes.end], [left + 3, end]) });
    layers.forEach((layer, place) => {
      const room = { x: left + STREAM, y: top + place * row, width: each - STREAM, height: row - between };
      boxes.push(...blocksOf(stack, layer, place, room));
    });
  });
  if (columns > 1) {
    const end = top + layersOf(model.stacks[0]).length * row;
    lines.push(...crossing(boxes, end, sizes.gap, EDGE + each));
  }
  const last = EDGE + (columns - 1) * (each + GUTTER);
  const endTop = bottom + sizes.gap - between;
  boxes.push({ kind: "head", x: last, y: endTop, width: each, height: sizes.end });
  return { boxes, lines, width, height: endTop + sizes.end + 1, sizes };
}

const straight = (from: Point, to: Point): Point[] => [from, to];

/** From below the encoder's last layer into every layer of the decoder that looks at it. */
function crossing(boxes: readonly Box[], end: number, gap: number, right: number): Line[] {
  const gate = right + GUTTER / 2;
  const middles = boxes.filter(({ kind }) => kind === "cross").map(({ y, height }) => y + height / 2);
  const begin = EDGE + 3;
  const below = end + gap / 2;
  const up: Point[] = [
    [begin, end],
    [begin, below],
    [gate, below],
    [gate, middles[0] ?? end],
  ];
  const across = middles.map((y) => straight([gate, y], [right + GUTTER, y]));
  return [up, ...across].map((path) => ({ kind: "cross", stack: "cross", path }));
}

/** The blocks of one layer: attention, cross-attention where there is one, feed-forward, side by side. */
function blocksOf(stack: ModelMapStack, layer: LayerParameters, place: number, room: Rectangle): LayerBox[] {
  const parts: Pick<LayerBox, "kind" | "stack" | "parameters" | "heads" | "shared">[] = [];
  const { stack: name, heads, shared, crossHeads } = stack;
  if (heads) parts.push({ kind: "attention", stack: name, heads, shared, parameters: layer.attention });
  if (crossHeads) {
    parts.push({ kind: "cross", stack: "cross", heads: crossHeads, shared: crossHeads, parameters: layer.cross });
  }
  parts.push({ kind: "forward", stack: name, heads: 0, shared: 0, parameters: layer.forward });
  const whole = parts.reduce((sum, part) => sum + part.parameters, 0);
  // The parts of a layer are as wide as they have parameters, but heads must stay wide enough to be seen.
  const least = parts.length > 2 ? 0.3 : 0.38;
  const shares = parts.map(({ parameters }) => Math.max(least, whole ? parameters / whole : 1 / parts.length));
  const sum = shares.reduce((total, share) => total + share, 0);
  let left = room.x;
  return parts.map((part, number) => {
    const width = (room.width - SPACE * (parts.length - 1)) * (shares[number] / sum);
    const box = { ...part, layer: place, x: left, y: room.y, width, height: room.height };
    left += width + SPACE;
    return box;
  });
}

/** The cells of an attention block's heads, groups that share keys and values apart; none where they are too small. */
export function cellsOf(box: Box): Cell[] {
  if (!isLayered(box) || !box.heads) return [];
  const { heads } = box;
  const groups = Math.max(1, box.shared);
  const apart = box.shared < heads ? GROUP_GAP : 0;
  const size = (box.width - apart * (groups - 1)) / heads;
  if (size < SMALLEST_HEAD) return [];
  return Array.from({ length: heads }, (_, head) => ({
    head,
    x: box.x + head * size + apart * Math.floor((head * groups) / heads),
    y: box.y,
    width: size,
    height: box.height,
  }));
}
