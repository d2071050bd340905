// @ts-nocheck: not typed yet
// What each kind of column looks like, in strokes of a pen. A lit row stands out, the rest steps back.

import { ramp } from "../shared/colours.ts";
import { LAYER_GAP } from "./layout.ts";

/** How large a share from 0 to 1 is drawn: areas grow with it, and what is larger than the stream itself is drawn no larger. */
export const sizeOf = (share) => Math.sqrt(Math.min(Math.max(share, 0), 1));

export class Painter {
  constructor(header, arrays, layout, colours) {
    Object.assign(this, { header, arrays, layout, colours });
    this.signed = {
      above: ramp(colours.background, colours.positive),
      below: ramp(colours.background, colours.negative),
    };
  }

  /** Everything of a column that is no text. */
  column(pen, column, lit) {
    this.ground(pen, column);
    if (column.kind !== "output") this.streams(pen, column, lit);
    this[column.kind]?.(pen, column, lit);
  }

  ground(pen, column) {
    if (column.layer === undefined) return;
    const [top, bottom] = this.layout.reach(column);
    const gap = this.gap(column);
    const style =
      column.kind === "attention"
        ? { colour: this.colours[column.stack], alpha: 0.09 }
        : { colour: this.colours.quiet, alpha: 0.07 };
    pen.rectangle(column.x + gap.left, top - 4, column.width - gap.left - gap.right, bottom - top + 8, {
      ...style,
      radius: 3,
    });
  }

  /** Space between layers, and a hair between the blocks of one. */
  gap(column) {
    const step = Math.min(LAYER_GAP * this.layout.unit, 6);
    return {
      left: column.kind === "attention" && column.stack !== "cross" ? step / 2 : 0.5,
      right: column.kind === "feed_forward" ? step / 2 : 0.5,
    };
  }

  streams(pen, column, lit) {
    const { layout, colours } = this;
    const start = column.kind === "tokens" ? column.x + column.width - 6 : column.x;
    const chosen = lit?.sequence === column.sequence ? lit.row : this.header.chosenRow;
    for (let row = 0; row < layout.zones[column.sequence].count; row++) {
      const own = lit && lit.sequence === column.sequence && lit.row === row;
      // Behind what comes out only the line goes on that the last block shows.
      const end = column.kind === "answers" && row !== chosen ? column.x + 9 : column.x + column.width;
      pen.line(
        start,
        layout.y(column.sequence, row),
        end,
        layout.y(column.sequence, row),
        own ? { colour: colours.text, width: 2.4 } : { colour: colours.quiet, width: 1, alpha: lit ? 0.18 : 0.42 },
      );
    }
    if (column.sequence === "target") this.rails(pen, column, lit);
  }

  /** What the encoder gave runs on above the decoder, up to the last layer that looks at it. */
  rails(pen, column, lit) {
    const { layout, colours, header } = this;
    const last = layout.columns.findLast(({ stack }) => stack === "cross");
    if (!last || column.x > last.x || !header.sequences.source) return;
    const end = column === last ? column.x + column.width / 2 : column.x + column.width;
    if (end <= layout.sourceEnd) return;
    for (let row = 0; row < layout.zones.source.count; row++) {
      const own = lit && lit.sequence === "source" && lit.row === row;
      pen.line(Math.max(column.x, layout.sourceEnd), layout.y("source", row), end, layout.y("source", row), {
        colour: colours.cross,
        width: own ? 2.4 : 1,
        alpha: own ? 1 : lit ? 0.2 : 0.5,
      });
    }
  }

  embedding(pen, column, lit) {
    const numbers = this.arrays[`first.${column.stack}`];
    if (numbers) this.strips(pen, column, numbers, column.x + 6, column.width - 12, lit);
  }

  vectors(pen, column, lit) {
    this.strips(pen, column, this.arrays.last, column.x + 8, column.width - 16, lit);
  }

  strips(pen, column, numbers, x, width, lit) {
    const [rows, count] = numbers.shape;
    const cell = width / count;
    const high = Math.max(3, Math.min(0.62 * this.layout.row, 16));
    const largest = percentile(numbers, 0.97);
    for (let row = 0; row < rows; row++) {
      const dimmed = lit && !(lit.sequence === column.sequence && lit.row === row);
      const top = this.layout.y(column.sequence, row) - high / 2;
      pen.rectangle(x - 1, top - 1, width + 2, high + 2, { colour: this.colours.background });
      for (let place = 0; place < count; place++) {
        pen.rectangle(x + place * cell, top, cell + 0.3, high, {
          colour: this.tint(numbers[row * count + place] / largest),
          alpha: dimmed ? 0.35 : 1,
        });
      }
    }
  }

  /** A signed number from -1 to 1 as a colour. */
  tint(number) {
    return `rgb(${this.tinted(number).join(",")})`;
  }

  /** The same as red, green and blue from 0 to 255. */
  tinted(number) {
    const table = number < 0 ? this.signed.below : this.signed.above;
    const place = 3 * Math.round(255 * Math.min(Math.abs(number), 1));
    return table.subarray(place, place + 3);
  }

  attention(pen, column, lit) {
    const { layout, colours } = this;
    const links = this.arrays[`links.${column.id}`];
    const colour = colours[column.stack];
    const count = links.shape[1];
    const from = column.stack === "cross" ? "source" : column.sequence;
    const gap = this.gap(column);
    const [x1, x2] = [column.x + gap.left, column.x + column.width - gap.right];
    const narrow = x2 - x1 < 22 ? 0.75 : 1;
    for (let place = 0; place < count; place++) {
      const [query, key, weight] = [links[place], links[count + place], links[2 * count + place] / 65534];
      const into = lit && lit.sequence === column.sequence && lit.row === query;
      const outof = lit && lit.sequence === from && lit.row === key;
      // Where heads rest says little and would hide the rest.
      const rests = this.header.sequences[from].rows[key].z && query !== key;
      const plain = Math.min(1, rests ? 0.05 + 0.2 * weight : 0.1 + 2 * weight);
      const alpha = !lit
        ? plain
        : into
          ? Math.min(1, (rests ? 0.1 : 0.35) + weight)
          : outof
            ? Math.min(0.8, 0.15 + weight)
            : 0.12 * plain;
      pen.curve(x1, layout.y(from, key), x2, layout.y(column.sequence, query), {
        colour,
        width: (rests ? 0.7 + weight : 0.8 + 3.2 * weight) * narrow,
        alpha,
      });
    }
    const shares = this.sharesOf(column);
    if (!shares) return;
    const most = Math.min(0.36 * layout.row, 0.3 * column.width, 7);
    for (let row = 0; row < shares.length; row++) {
      const own = !lit || (lit.sequence === column.sequence && lit.row === row);
      if (shares[row] >= 0)
        pen.circle(x2 - most * 0.6, layout.y(column.sequence, row), Math.max(most * sizeOf(shares[row]), 0.6), {
          colour,
          alpha: own ? 1 : 0.25,
        });
    }
  }

  feed_forward(pen, column, lit) {
    const shares = this.sharesOf(column);
    const gap = this.gap(column);
    const [x1, x2] = [column.x + gap.left + 1, column.x + column.width - gap.right - 1];
    for (let row = 0; row < this.layout.zones[column.sequence].count; row++) {
      const own = !lit || (lit.sequence === column.sequence && lit.row === row);
      const half =
        shares && shares[row] >= 0
          ? Math.max(0.42 * this.layout.row * sizeOf(shares[row]), 0.8)
          : 0.15 * this.layout.row;
      pen.lens(x1, x2, this.layout.y(column.sequence, row), half, {
        colour: this.colours.quiet,
        alpha: own ? 0.6 : 0.18,
      });
    }
  }

  output(pen, column, lit) {
    const { layout, colours } = this;
    const rows = layout.zones[column.sequence].count;
    const chosen = lit && lit.sequence === column.sequence ? lit.row : this.header.chosenRow;
    const middle = this.outcomeMiddle();
    const end = column.x + 26;
    if (this.header.output.kind === "tokens") {
      pen.curve(column.x, layout.y(column.sequence, chosen), end, middle, {
        colour: colours[column.stack],
        width: 2.2,
      });
    } else {
      for (let row = 0; row < rows; row++)
        pen.curve(column.x, layout.y(column.sequence, row), end, middle, {
          colour: colours[column.stack],
          width: 1.2,
          alpha: 0.6,
        });
    }
  }

  /** Height at which the last block is reached. */
  outcomeMiddle() {
    const { top, bottom } = this.layout.zones[this.header.output.sequence];
    return Math.max((top + bottom) / 2, top + 130);
  }

  /** Shares of a block by row, or null where they are not known. */
  sharesOf(column) {
    const all = this.arrays[`adds.${column.kind === "attention" ? column.stack : `network.${column.stack}`}`];
    if (!all) return null;
    const layers = this.header.stacks.find(
      ({ stack }) => stack === (column.stack === "cross" ? "decoder" : column.stack),
    ).layers;
    const rows = all.shape[1];
    const place = layers.indexOf(column.layer);
    return all.subarray(place * rows, (place + 1) * rows);
  }

  /** Mean share of a block over its rows, or null. */
  meanShare(column) {
    const shares = this.sharesOf(column)?.filter((share) => share >= 0);
    return shares?.length ? shares.reduce((sum, share) => sum + share, 0) / shares.length : null;
  }
}

export function percentile(numbers, share) {
  const sizes = Float32Array.from(numbers, Math.abs).sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] || 1;
}
