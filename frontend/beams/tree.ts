// Where the nodes of a beam search stand, which text leads to a node, and what is said of it.

import type { BeamsHeader, BeamToken } from "../shared/generated/messages.ts";
import { decimal, percent } from "../shared/numbers.ts";

const COLUMN = 118; // pixels from a token to the next
const LINE = 34; // pixels from a rank to the next
const LEFT = 60; // pixels for the word "start"
/** Pixels for the numbers of the columns. */
export const TOP = 26;
const NODE = { width: 84, middle: 13 }; // pixels

export type Place = [x: number, y: number];

/** The numbers of all nodes of the text that ends with a node. */
export function pathTo(nodes: readonly BeamToken[], number: number): Set<number> {
  const found = new Set<number>();
  for (let node: number | null = number; node !== null; node = nodes[node].parent) found.add(node);
  return found;
}

/** The upper left corner of a node. */
export function placeOf({ depth, rank }: Pick<BeamToken, "depth" | "rank">): Place {
  return [LEFT + (depth - 1) * COLUMN, TOP + rank * LINE];
}

/** Width and height of the whole tree, and how many columns it has. */
export function sizeOf(nodes: readonly BeamToken[]): { width: number; height: number; columns: number } {
  const columns = Math.max(...nodes.map((node) => node.depth));
  const ranks = Math.max(...nodes.map((node) => node.rank)) + 1;
  return { width: columns * COLUMN + 70, height: TOP + ranks * LINE + 8, columns };
}

/** The line from a node's parent to it as the path of an SVG; null if nothing went on from the node. */
export function lineTo(nodes: readonly BeamToken[], node: BeamToken): string | null {
  if (!node.survived && !node.finished) return null;
  const [x, y] = placeOf(node);
  const end = y + NODE.middle;
  const [fromX, fromY] = node.parent === null ? [44, TOP + 16] : behind(nodes[node.parent]);
  const middle = (fromX + x) / 2;
  return `M ${fromX} ${fromY} C ${middle} ${fromY}, ${middle} ${end}, ${x} ${end}`;
}

function behind(node: BeamToken): Place {
  const [x, y] = placeOf(node);
  return [x + NODE.width, y + NODE.middle];
}

const EQUAL = 0.0005; // numbers that differ by less are written alike

/** What is known of a node, line by line. */
export function linesOf(node: BeamToken, { lengthPenalty, changed }: Numbers): string[] {
  const { t, rank, depth, logProbability, added, score, finalScore, fate } = node;
  const other =
    Math.abs(added - logProbability) >= EQUAL
      ? [`adds ${digits(added)} instead, changed by a penalty or the model's files`]
      : [];
  const ended =
    finalScore === null
      ? []
      : [`ends here: ${digits(score)} / ${depth} to the power of ${power(lengthPenalty)} = ${digits(finalScore)}`];
  return [
    `“${t}”, rank ${rank + 1} of its column`,
    `${percent(Math.exp(logProbability))} by the model after its text, log-probability ${digits(logProbability)}`,
    ...other,
    `${changed ? "sum of what its tokens add" : "sum of log-probabilities"}: ${digits(score)}`,
    ...ended,
    fate,
  ];
}

type Numbers = Pick<BeamsHeader, "lengthPenalty" | "changed">;

/** Three digits after the point, with a minus sign that is as wide as a plus. */
export function digits(value: number): string {
  return decimal(value, 3);
}

/** The length penalty as a visitor writes it. */
function power(value: number): string {
  return String(Number(value.toFixed(4))).replace("-", "−");
}
