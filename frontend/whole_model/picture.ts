// What a packet holds of the picture: rows, links, how much each block adds, what is inside the blocks.

import type {
  TokenChip,
  WholeModelHeader,
  WholeModelLitRow,
  WholeModelRow,
  WholeModelSequence,
} from "../shared/generated/messages.ts";
import type { Shaped } from "../shared/packet.ts";
import type { Column, LayerColumn } from "./layout.ts";

export type Numbers = Shaped<Uint16Array> | Shaped<Float32Array>;
export type Arrays = Readonly<Record<string, Numbers>>;
export type LitRow = WholeModelLitRow;
export type SequenceName = LitRow["sequence"];
export type InsideBlock = WholeModelHeader["insides"][number];

/** What is inside a block, as it came, and its numbers by name. */
export interface Inside {
  block: InsideBlock | null;
  numbers: Arrays;
}

/** A row looks at a row, with this share of its attention, the mean of all heads. */
export interface Link {
  query: number;
  key: number;
  weight: number;
}

/** A token that may come out, with its probability. */
export type Ending = [token: TokenChip, share: number];

const MASKED = -1;
const ENDINGS = 8;

/** Numbers of a name that are floats; they are there, or the packet is not what Python declares. */
export function floats(numbers: Arrays, name: string): Shaped<Float32Array> {
  const found = numbers[name];
  if (!(found instanceof Float32Array)) throw new Error(`The packet holds no numbers called ${name}.`);
  return found;
}

/** A weight from 0 to 1, or null where the mask closes it. */
export function weightOf(stored: number): number | null {
  return stored === MASKED ? null : stored;
}

/** True for the same row of the picture, or for none twice. */
export function sameRow(one: LitRow | null, other: LitRow | null): boolean {
  return one?.sequence === other?.sequence && one?.row === other?.row;
}

export class Picture {
  readonly header: WholeModelHeader;
  readonly arrays: Arrays;

  constructor(header: WholeModelHeader, arrays: Arrays) {
    this.header = header;
    this.arrays = arrays;
  }

  sequence(name: SequenceName): WholeModelSequence {
    const found = this.header.sequences[name];
    if (!found) throw new Error(`The picture is sent no sequence "${name}".`);
    return found;
  }

  row({ sequence, row }: LitRow): WholeModelRow {
    return this.sequence(sequence).rows[row];
  }

  /** The sequence whose rows a block looks at. */
  looksAt(column: LayerColumn): SequenceName {
    return column.stack === "cross" ? "source" : column.sequence;
  }

  /** The links of an attention block that are drawn, weakest first. */
  links(column: LayerColumn): Link[] {
    const numbers = floats(this.arrays, `links.${column.id}`);
    const count = numbers.shape[1];
    return Array.from({ length: count }, (_, place) => ({
      query: numbers[place],
      key: numbers[count + place],
      weight: numbers[2 * count + place],
    }));
  }

  /** What a row looks at most, or null. */
  strongestLink(column: LayerColumn, row: number): Link | null {
    return this.links(column).findLast(({ query }) => query === row) ?? null;
  }

  /** How much a block adds to each row, relative to its stream, -1 where that is not known; null if nothing is. */
  added(column: Column): Float32Array | null {
    if (column.layer === undefined) return null;
    const numbers = this.arrays[`adds.${column.kind === "attention" ? column.stack : `network.${column.stack}`}`];
    if (!(numbers instanceof Float32Array)) return null;
    const stream = column.stack === "cross" ? "decoder" : column.stack;
    const place = this.header.stacks.find(({ stack }) => stack === stream)?.layers.indexOf(column.layer) ?? -1;
    const rows = numbers.shape[1];
    return place < 0 ? null : numbers.subarray(place * rows, (place + 1) * rows);
  }

  /** The mean of what a block adds over its rows, or null. */
  meanAdded(column: Column): number | null {
    const known = this.added(column)?.filter((share) => share >= 0);
    return known?.length ? known.reduce((sum, share) => sum + share, 0) / known.length : null;
  }

  /** True if it is known how much any block adds. */
  get knowsAdded(): boolean {
    return Object.keys(this.arrays).some((name) => name.startsWith("adds."));
  }

  /** What comes out at a row, likeliest first. */
  candidates(row: number): Ending[] {
    const { output } = this.header;
    if (output.kind !== "tokens") return [];
    const shares = floats(this.arrays, "candidates");
    const most = shares.shape[1];
    return output.rows[row].map((token, place): Ending => [token, shares[row * most + place]]);
  }

  /** What comes out, at the row pointed at or else at the chosen token. */
  endings(pointedAt: LitRow | null): Ending[] {
    const { output, endings } = this.header;
    if (output.kind !== "tokens") return [];
    if (pointedAt?.sequence === output.sequence) return this.candidates(pointedAt.row).slice(0, ENDINGS);
    return endings?.tokens.slice(0, ENDINGS) ?? [];
  }

  /** What came for a block: with the last answer, or with a picture that was saved. */
  inside(block: string): Inside {
    const { detail, insides } = this.header;
    if (detail?.block === block) return { block: detail, numbers: this.behind("d.") };
    const place = insides.findIndex((inside) => inside.block === block);
    return place < 0 ? { block: null, numbers: {} } : { block: insides[place], numbers: this.behind(`${place}.`) };
  }

  private behind(prefix: string): Arrays {
    const own = Object.entries(this.arrays).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, numbers]) => [name.slice(prefix.length), numbers]));
  }
}
