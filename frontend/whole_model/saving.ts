// The picture as an SVG, drawn by the same strokes as on the page.

import { percent } from "../shared/numbers.ts";
import { HEAD, type Layout } from "./layout.ts";
import type { Painter } from "./painting.ts";
import { type Pen, SvgPen } from "./pens.ts";
import type { Ending, LitRow, Picture } from "./picture.ts";
import { shortened, stackInWords } from "./words.ts";

/** Every column, chip and label once more, with a pen that writes SVG. */
export function pictureAsSvg(picture: Picture, layout: Layout, painter: Painter, lit: LitRow | null): string {
  const { colours } = painter;
  const { header } = picture;
  const pen = new SvgPen();
  for (const column of layout.columns) painter.column(pen, column, lit);
  labels(pen, picture, layout, painter);
  tokens(pen, picture, layout, painter);
  endings(pen, layout, painter, picture.endings(null));
  const words = `${header.model}: ${shortened(header.text, 90)}`;
  pen.text(8, layout.height - 8, words, { colour: colours.quiet, size: 11 });
  return pen.file(layout.width, layout.height, colours.background);
}

/** Names of stacks, numbers of layers, and bars of how much each block adds. */
function labels(pen: Pen, picture: Picture, layout: Layout, { colours }: Painter): void {
  for (const { stack, layers } of picture.header.stacks) {
    const [first, last] = layout.layersOf(stack);
    const style = { colour: colours[stack], size: 14, weight: 600, anchor: "middle" } as const;
    pen.text((first.x + last.x + last.width) / 2, 16, stackInWords(stack, layers.length), style);
  }
  for (const column of layout.columns) {
    const style = { colour: colours.quiet, size: 11, anchor: "middle" } as const;
    if (layout.isNumbered(column)) pen.text(column.x + layout.unit / 2, HEAD - 48, String(column.layer), style);
    const share = picture.meanAdded(column);
    if (share === null) continue;
    const high = Math.max(1.5, 34 * Math.min(share, 1));
    const colour = column.kind === "attention" ? colours[column.stack] : colours.quiet;
    pen.rectangle(column.x + 2, layout.bottom + 48 - high, column.width - 4, high, { colour, alpha: 0.8 });
  }
}

/** Tokens that go in, and the likeliest to come out at each row. */
function tokens(pen: Pen, picture: Picture, layout: Layout, { colours }: Painter): void {
  const size = Math.max(9, Math.min(13, layout.row - 5));
  for (const { stack, sequence } of picture.header.stacks) {
    const { x, width } = layout.column(`${stack}.tokens`);
    picture.sequence(sequence).rows.forEach((token, row) => {
      const words = token.count > 1 ? `${token.t} +${token.count - 1}` : token.t;
      const style = { colour: token.x ? colours.quiet : colours.text, size, anchor: "end", mono: true } as const;
      pen.text(x + width - 12, layout.y(sequence, row), shortened(words, 13), style);
    });
  }
  if (!layout.hasAnswers) return;
  const { x, sequence } = layout.column("answers");
  picture.sequence(sequence).rows.forEach((_, row) => {
    const [[token]] = picture.candidates(row);
    pen.text(x + 10, layout.y(sequence, row), shortened(token.t, 12), { colour: colours.text, size, mono: true });
  });
}

function endings(pen: Pen, layout: Layout, { colours }: Painter, shown: Ending[]): void {
  const { x, width, stack } = layout.column("output");
  shown.forEach(([token, share], place) => {
    const y = layout.outcomeMiddle + (place - (shown.length - 1) / 2) * 24;
    pen.rectangle(x + 34, y - 9, 76 * share, 18, { colour: colours[stack], alpha: 0.25, radius: 3 });
    pen.text(x + 38, y, shortened(token.t, 12), { colour: colours.text, size: 13, mono: true });
    pen.text(x + width - 8, y, percent(share), { colour: colours.text, size: 12, anchor: "end" });
  });
}
