// @ts-nocheck: not typed yet
// Where each block of a model lies in the map: text comes in at the top, layers follow downwards, what comes out is last.

export const EDGE = 4;
export const STREAM = 14;
export const GUTTER = 16;
export const SMALLEST_HEAD = 2;

/** Sizes of the small map and of the large one. */
export function sizesOf(large) {
  return large
    ? { room: 420, most: 34, least: 8, end: 34, gap: 14, text: 12 }
    : { room: 230, most: 20, least: 4, end: 20, gap: 9, text: 11 };
}

/** Parameters of each layer of a stack, written out. */
export function layersOf(stack) {
  return stack.layers.flatMap(([count, attention, cross, forward, norm, other]) =>
    Array.from({ length: count }, () => ({ attention, cross, forward, norm, other })),
  );
}

/** Every block as a box, and lines between them. */
export function layOut(model, width) {
  const sizes = sizesOf(model.large);
  const boxes = [];
  const lines = [];
  const columns = model.stacks.length;
  const each = (width - 2 * EDGE - (columns - 1) * GUTTER) / columns;
  const deepest = Math.max(...model.stacks.map((stack) => layersOf(stack).length));
  const row = Math.max(sizes.least, Math.min(sizes.most, Math.floor(sizes.room / deepest)));
  const between = row < 8 ? 1 : row < 14 ? 2 : 4;
  boxes.push({ kind: "embedding", x: EDGE, y: 0, width: width - 2 * EDGE, height: sizes.end });
  const top = sizes.end + sizes.gap;
  const bottom = top + deepest * row;
  model.stacks.forEach((stack, column) => {
    const left = EDGE + column * (each + GUTTER);
    const end = top + layersOf(stack).length * row;
    lines.push({
      kind: "stream",
      stack: stack.stack,
      from: [left + 3, sizes.end],
      to: [left + 3, end + (column === columns - 1 ? bottom - end + sizes.gap : 0)],
    });
    layersOf(stack).forEach((layer, place) => {
      boxes.push(...rowOf(stack, layer, place, left + STREAM, top + place * row, each - STREAM, row - between));
    });
  });
  if (columns > 1) {
    const gate = EDGE + each + GUTTER / 2;
    const end = top + layersOf(model.stacks[0]).length * row;
    const cross = boxes.filter((box) => box.kind === "cross");
    lines.push({
      kind: "cross",
      path: [
        [EDGE + 3, end],
        [EDGE + 3, end + sizes.gap / 2],
        [gate, end + sizes.gap / 2],
        [gate, cross[0] ? cross[0].y + cross[0].height / 2 : end],
      ],
    });
    const begin = EDGE + each + GUTTER;
    for (const { y, height } of cross)
      lines.push({
        kind: "cross",
        path: [
          [gate, y + height / 2],
          [begin, y + height / 2],
        ],
      });
  }
  const last = EDGE + (columns - 1) * (each + GUTTER);
  boxes.push({ kind: "head", x: last, y: bottom + sizes.gap - between, width: each, height: sizes.end });
  return { boxes, lines, width, height: bottom + sizes.gap - between + sizes.end + 1, row, sizes };
}

/** The blocks of one layer: attention, cross-attention where there is one, feed-forward, side by side. */
export function rowOf(stack, layer, place, x, y, width, height) {
  const parts = [];
  if (stack.heads)
    parts.push({
      kind: "attention",
      stack: stack.stack,
      heads: stack.heads,
      shared: stack.shared,
      count: layer.attention,
    });
  if (stack.crossHeads)
    parts.push({
      kind: "cross",
      stack: "cross",
      heads: stack.crossHeads,
      shared: stack.crossHeads,
      count: layer.cross,
    });
  parts.push({ kind: "forward", stack: stack.stack, count: layer.forward });
  const space = 3;
  const whole = parts.reduce((sum, part) => sum + part.count, 0);
  // The parts of a layer are as wide as they have parameters, but heads must stay wide enough to be seen.
  const least = parts.length > 2 ? 0.3 : 0.38;
  const shares = parts.map(({ count }) => Math.max(least, whole ? count / whole : 1 / parts.length));
  const sum = shares.reduce((total, share) => total + share, 0);
  let left = x;
  return parts.map((part, number) => {
    const own = (width - space * (parts.length - 1)) * (shares[number] / sum);
    const box = { ...part, layer: place, x: left, y, width: own, height };
    left += own + space;
    return box;
  });
}

/** The cells of the heads within an attention block, groups that share keys and values apart; none where they are too small. */
export function cellsOf(box) {
  if (!box.heads) return [];
  const groups = Math.max(1, box.shared);
  const apart = box.shared < box.heads ? 2 : 0;
  const size = (box.width - apart * (groups - 1)) / box.heads;
  if (size < SMALLEST_HEAD) return [];
  return Array.from({ length: box.heads }, (_, head) => ({
    head,
    x: box.x + head * size + apart * Math.floor((head * groups) / box.heads),
    y: box.y,
    width: size,
    height: box.height,
  }));
}
