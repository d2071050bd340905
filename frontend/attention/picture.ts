// The picture on the screen as SVG, and from that as PNG.

import { escaped } from "../shared/saving.ts";
import type { Focus } from "./choice.ts";
import type { LinesLayout } from "./lines_layout.ts";
import { labelOf, titleOf } from "./words.ts";

const [TOP, LEFT, WIDTH] = [64, 150, 300]; // of the lines, in pixels

/** What is drawn: lines as they lie, and the matrices as a picture. */
export interface Drawn {
  lines: LinesLayout;
  heads: readonly number[];
  focus: Focus;
  withoutFirst: boolean;
  matrix: { href: string; width: number; height: number };
  /** A colour of the theme by its name. */
  colour(name: string): string;
}

/** Lines and matrices as one SVG of their own, in the colours of the theme. */
export function svgOf(drawn: Drawn): string {
  const { lines, matrix, colour } = drawn;
  const beside = LEFT + WIDTH + 150;
  const width = beside + matrix.width + 16;
  const height = Math.max(TOP + lines.height, 44 + matrix.height) + 24;
  const parts = [
    text(16, 26, titleOf(lines.model), { fill: colour("text"), size: 15 }),
    ...labels(drawn),
    ...paths(drawn),
    `<image x="${beside}" y="44" width="${matrix.width}" height="${matrix.height}" href="${matrix.href}"/>`,
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    'font-family="Source Code Pro, monospace">' +
    `<rect width="100%" height="100%" fill="${colour("background")}"/>${parts.join("")}</svg>`
  );
}

function text(
  x: number,
  y: number,
  value: string,
  { fill, size = 13, anchor = "start" }: { fill: string; size?: number; anchor?: "start" | "end" },
): string {
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`;
  return `<text ${place} fill="${fill}" font-size="${size}">${escaped(value)}</text>`;
}

function labels({ lines, focus, colour }: Drawn): string[] {
  const { model } = lines;
  return (["query", "key"] as const).flatMap((side) => {
    const [start, end] = model.range(side);
    const made = [];
    for (let position = start; position < end; position += model.rulerStep(side)) {
      const dim = focus.query !== null && side === "query" && focus.query !== position;
      const x = side === "query" ? LEFT - 10 : LEFT + WIDTH + 10;
      const anchor = side === "query" ? "end" : "start";
      const fill = colour(dim ? "quiet" : side);
      made.push(text(x, TOP + lines.y(side, position) + 4, labelOf(model, side, position), { anchor, fill }));
    }
    return made;
  });
}

function paths({ lines, heads, focus, withoutFirst, colour }: Drawn): string[] {
  const [near, far, end] = [LEFT + WIDTH * 0.45, LEFT + WIDTH * 0.55, LEFT + WIDTH];
  return lines.model.links(heads, focus, withoutFirst).map(({ head, query, key, weight }) => {
    const lane = TOP + lines.lane(heads, head);
    const from = (lane + lines.y("query", query)).toFixed(1);
    const to = (lane + lines.y("key", key)).toFixed(1);
    const opacity = Math.min(1, 0.04 + 0.96 * weight).toFixed(3);
    return (
      `<path d="M${LEFT} ${from}C${near} ${from} ${far} ${to} ${end} ${to}" fill="none" ` +
      `stroke="${colour(lines.model.colourName(head))}" stroke-width="${(1 + 3.5 * weight).toFixed(2)}" ` +
      `stroke-opacity="${opacity}" stroke-linecap="round"/>`
    );
  });
}
