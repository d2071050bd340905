// A block of the map, or one head of it, that is pointed at: found by mouse, gone through by keys.

import { type Box, type Cell, cellsOf, isLayered, type Rectangle } from "./layout.ts";

export interface Spot {
  box: Box;
  cell?: Cell;
}

/** Where the arrow keys lead: across and down. */
export const ARROWS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** Every spot of the map: each head where heads can be seen, else each block. */
export function spotsOf(boxes: readonly Box[]): Spot[] {
  return boxes.flatMap((box): Spot[] => {
    const cells = cellsOf(box);
    return cells.length ? cells.map((cell) => ({ box, cell })) : [{ box }];
  });
}

/** What lies at a place, with a little reach above and below; null for nothing. */
export function spotAt(boxes: readonly Box[], x: number, y: number): Spot | null {
  const within = (one: Rectangle, reach: number) =>
    x >= one.x && x <= one.x + one.width && y >= one.y - reach && y <= one.y + one.height + reach;
  const box = boxes.find((one) => within(one, 0)) ?? boxes.find((one) => within(one, 2));
  if (!box) return null;
  return { box, cell: cellsOf(box).find((cell) => x >= cell.x && x < cell.x + cell.width) };
}

/** The next spot in a direction, or the same where there is none. */
export function nextSpot(boxes: readonly Box[], from: Spot, across: number, down: number): Spot {
  const [x, y] = centre(from);
  const ahead = spotsOf(boxes)
    .map((spot) => ({ spot, dx: centre(spot)[0] - x, dy: centre(spot)[1] - y }))
    .filter(({ dx, dy }) => (across ? dx * across > 0.5 && Math.abs(dy) < 2 : dy * down > 0.5));
  if (!ahead.length) return from;
  const far = ({ dx, dy }: { dx: number; dy: number }) => (across ? Math.abs(dx) : 4 * Math.abs(dy) + Math.abs(dx));
  return ahead.reduce((best, one) => (far(one) < far(best) ? one : best)).spot;
}

function centre({ box, cell }: Spot): [x: number, y: number] {
  const { x, width } = cell ?? box;
  return [x + width / 2, box.y + box.height / 2];
}

/** True for the same block, however often it was laid out. */
export function sameBox(one: Box, other: Box): boolean {
  if (one.kind !== other.kind) return false;
  return !isLayered(one) || !isLayered(other) || (one.stack === other.stack && one.layer === other.layer);
}

/** True for the same block and the same head of it. */
export function sameSpot(one: Spot | null, other: Spot | null): boolean {
  if (!one || !other) return one === other;
  return sameBox(one.box, other.box) && one.cell?.head === other.cell?.head;
}
