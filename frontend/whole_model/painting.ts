// What each kind of column looks like, in strokes of a pen. A lit row stands out, the rest steps back.

import type { Shaped } from "../shared/packet.ts";
import { type Colours, percentile, SignedColours } from "./colours.ts";
import { type Column, isLayer, type LayerColumn, type Layout } from "./layout.ts";
import type { Pen, Stroke } from "./pens.ts";
import { floats, type Link, type LitRow, type Picture, sameRow } from "./picture.ts";

/** How large a share is drawn: areas grow with it; what is larger than the stream itself is drawn no larger. */
export const sizeOf = (share: number): number => Math.sqrt(Math.min(Math.max(share, 0), 1));

export class Painter {
  readonly colours: Colours;
  readonly signed: SignedColours;
  /** What is painted: the same rows and links in every answer, but another row may be the chosen one. */
  picture: Picture;
  private readonly layout: Layout;

  constructor(picture: Picture, layout: Layout, colours: Colours) {
    this.picture = picture;
    this.layout = layout;
    this.colours = colours;
    this.signed = new SignedColours(colours);
  }

  /** Everything of a column that is no text. */
  column(pen: Pen, column: Column, lit: LitRow | null): void {
    if (isLayer(column)) this.ground(pen, column);
    if (column.kind !== "output") this.streams(pen, column, lit);
    if (column.kind === "embedding") this.firstVectors(pen, column, lit);
    if (column.kind === "vectors") this.lastVectors(pen, column, lit);
    if (column.kind === "output") this.output(pen, column, lit);
    if (!isLayer(column)) return;
    if (column.kind === "attention") this.attention(pen, column, lit);
    else this.network(pen, column, lit);
  }

  private ground(pen: Pen, column: LayerColumn): void {
    const [top, bottom] = this.layout.reach(column);
    const gap = this.layout.gap(column);
    const style =
      column.kind === "attention"
        ? { colour: this.colours[column.stack], alpha: 0.09 }
        : { colour: this.colours.quiet, alpha: 0.07 };
    const width = column.width - gap.left - gap.right;
    pen.rectangle(column.x + gap.left, top - 4, width, bottom - top + 8, { ...style, radius: 3 });
  }

  private streams(pen: Pen, column: Column, lit: LitRow | null): void {
    const { layout, colours } = this;
    const { sequence } = column;
    const start = column.kind === "tokens" ? column.x + column.width - 6 : column.x;
    const chosen = lit?.sequence === sequence ? lit.row : this.picture.header.chosenRow;
    for (let row = 0; row < layout.zone(sequence).count; row++) {
      // Behind what comes out only the line goes on that the last block shows.
      const end = column.kind === "answers" && row !== chosen ? column.x + 9 : column.x + column.width;
      const y = layout.y(sequence, row);
      const style = sameRow(lit, { sequence, row })
        ? { colour: colours.text, width: 2.4 }
        : { colour: colours.quiet, width: 1, alpha: lit ? 0.18 : 0.42 };
      pen.line(start, y, end, y, style);
    }
    const rail = layout.railIn(column);
    if (rail) this.rails(pen, rail, lit);
  }

  /** What the encoder gave runs on above the decoder, up to the last layer that looks at it. */
  private rails(pen: Pen, [from, to]: readonly [number, number], lit: LitRow | null): void {
    const { layout } = this;
    for (let row = 0; row < layout.zone("source").count; row++) {
      const own = sameRow(lit, { sequence: "source", row });
      const y = layout.y("source", row);
      const alpha = own ? 1 : lit ? 0.2 : 0.5;
      pen.line(from, y, to, y, { colour: this.colours.cross, width: own ? 2.4 : 1, alpha });
    }
  }

  private firstVectors(pen: Pen, column: Column, lit: LitRow | null): void {
    const name = `first.${column.stack}`;
    if (name in this.picture.arrays) this.strips(pen, column, floats(this.picture.arrays, name), 6, lit);
  }

  private lastVectors(pen: Pen, column: Column, lit: LitRow | null): void {
    this.strips(pen, column, floats(this.picture.arrays, "last"), 8, lit);
  }

  private strips(pen: Pen, column: Column, numbers: Shaped<Float32Array>, edge: number, lit: LitRow | null): void {
    const { sequence } = column;
    const [rows, count] = numbers.shape;
    const [x, width] = [column.x + edge, column.width - 2 * edge];
    const cell = width / count;
    const high = Math.max(3, Math.min(0.62 * this.layout.row, 16));
    const largest = percentile(numbers, 0.97);
    for (let row = 0; row < rows; row++) {
      const alpha = lit && !sameRow(lit, { sequence, row }) ? 0.35 : 1;
      const top = this.layout.y(sequence, row) - high / 2;
      pen.rectangle(x - 1, top - 1, width + 2, high + 2, { colour: this.colours.background });
      for (let place = 0; place < count; place++) {
        const colour = this.signed.css(numbers[row * count + place] / largest);
        pen.rectangle(x + place * cell, top, cell + 0.3, high, { colour, alpha });
      }
    }
  }

  private attention(pen: Pen, column: LayerColumn, lit: LitRow | null): void {
    const { layout, colours, picture } = this;
    const { sequence } = column;
    const from = picture.looksAt(column);
    const gap = layout.gap(column);
    const [x1, x2] = [column.x + gap.left, column.x + column.width - gap.right];
    for (const link of picture.links(column)) {
      const style = this.linkStyle(column, link, x2 - x1 < 22 ? 0.75 : 1, lit);
      pen.curve(x1, layout.y(from, link.key), x2, layout.y(sequence, link.query), style);
    }
    const most = Math.min(0.36 * layout.row, 0.3 * column.width, 7);
    picture.added(column)?.forEach((share, row) => {
      if (share < 0) return;
      const own = !lit || sameRow(lit, { sequence, row });
      const radius = Math.max(most * sizeOf(share), 0.6);
      const style = { colour: colours[column.stack], alpha: own ? 1 : 0.25 };
      pen.circle(x2 - most * 0.6, layout.y(sequence, row), radius, style);
    });
  }

  /** The stronger the wider; with a row lit, its links stand out, and those that look at it a little less. */
  private linkStyle(column: LayerColumn, { query, key, weight }: Link, wide: number, lit: LitRow | null): Stroke {
    const from = this.picture.looksAt(column);
    // Where heads rest says little and would hide the rest.
    const rests = this.picture.row({ sequence: from, row: key }).rests && query !== key;
    let alpha = Math.min(1, rests ? 0.05 + 0.2 * weight : 0.1 + 2 * weight);
    if (sameRow(lit, { sequence: column.sequence, row: query })) alpha = Math.min(1, (rests ? 0.1 : 0.35) + weight);
    else if (sameRow(lit, { sequence: from, row: key })) alpha = Math.min(0.8, 0.15 + weight);
    else if (lit) alpha *= 0.12;
    const width = (rests ? 0.7 + weight : 0.8 + 3.2 * weight) * wide;
    return { colour: this.colours[column.stack], width, alpha };
  }

  private network(pen: Pen, column: LayerColumn, lit: LitRow | null): void {
    const { layout, colours } = this;
    const { sequence } = column;
    const added = this.picture.added(column);
    const gap = layout.gap(column);
    const [x1, x2] = [column.x + gap.left + 1, column.x + column.width - gap.right - 1];
    for (let row = 0; row < layout.zone(sequence).count; row++) {
      const share = added?.[row] ?? -1;
      const half = share >= 0 ? Math.max(0.42 * layout.row * sizeOf(share), 0.8) : 0.15 * layout.row;
      const alpha = !lit || sameRow(lit, { sequence, row }) ? 0.6 : 0.18;
      pen.lens(x1, x2, layout.y(sequence, row), half, { colour: colours.quiet, alpha });
    }
  }

  private output(pen: Pen, column: Column, lit: LitRow | null): void {
    const { layout, picture } = this;
    const { sequence } = column;
    const colour = this.colours[column.stack];
    const [end, middle] = [column.x + 26, layout.outcomeMiddle];
    if (picture.header.output.kind === "tokens") {
      const chosen = lit?.sequence === sequence ? lit.row : picture.header.chosenRow;
      pen.curve(column.x, layout.y(sequence, chosen), end, middle, { colour, width: 2.2 });
      return;
    }
    for (let row = 0; row < layout.zone(sequence).count; row++)
      pen.curve(column.x, layout.y(sequence, row), end, middle, { colour, width: 1.2, alpha: 0.6 });
  }
}
