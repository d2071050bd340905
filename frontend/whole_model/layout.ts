// Where everything lies: columns from the text at the left to what comes out at the right, one row for each token.

import type { WholeModelHeader } from "../shared/generated/messages.ts";
import type { LitRow, SequenceName } from "./picture.ts";

/** Room above the rows, and below them. */
export const HEAD = 92;
export const FOOT = 64;
const ZONE_GAP = 56; // between the rows of two sequences
const LAYER_GAP = 0.1; // of a layer's width
const FIXED = { tokens: 108, embedding: 58, answers: 104, outcome: 236, vectors: 76, sentence: 190 };
const NARROWEST = { few: 40, many: 16.4 };
const MANY_LAYERS = 14;
const WIDEST_LAYER = 116;
const LOWEST_BODY = 330;

export type StackName = "encoder" | "decoder" | "cross";
export type ColumnKind = "tokens" | "embedding" | "attention" | "feed_forward" | "answers" | "vectors" | "output";

export interface Column {
  id: string;
  kind: ColumnKind;
  stack: StackName;
  /** Whose streams pass it. */
  sequence: SequenceName;
  x: number;
  width: number;
  /** The block that opens at it; several columns may belong to one. */
  block?: string;
  layer?: number;
}

export type LayerColumn = Column & { kind: "attention" | "feed_forward"; layer: number; block: string };

export interface Zone {
  top: number;
  bottom: number;
  count: number;
}

/** What moves where a block opens. */
export interface Parting {
  /** Left edge and width of the room that opens; null and 0 for nothing open. */
  left: number | null;
  openWidth: number;
  /** Width of the whole picture. */
  width: number;
  /** By how much what lies at a place moves to the right. */
  shift: (x: number) => number;
}

/** True for a block of a layer. */
export function isLayer(column: Column): column is LayerColumn {
  return column.layer !== undefined;
}

/** True for a column that opens by itself: what comes out at every token belongs to the block at its right. */
export function opens(column: Column): column is Column & { block: string } {
  return column.block !== undefined && column.kind !== "answers" && column.kind !== "vectors";
}

/** Height of rows for a number of them: tall enough to read, low enough for one screen. */
export function rowHeight(rows: number, sequences: number): number {
  return Math.max(15, Math.min(32, Math.floor((sequences > 1 ? 510 : 430) / Math.max(rows, 1))));
}

/** Where a key leads from one of several places in a line, or null for another key. */
export function stepInLine(places: number, from: number, key: string): number | null {
  const steps: Record<string, number | undefined> = { ArrowLeft: -1, ArrowRight: 1, Home: -places, End: places };
  const step = steps[key];
  return step === undefined ? null : Math.max(0, Math.min(places - 1, from + step));
}

export class Layout {
  readonly row: number;
  readonly zones: Partial<Record<SequenceName, Zone>> = {};
  readonly bottom: number;
  readonly height: number;
  readonly columns: Column[] = [];
  /** Width of a layer. */
  readonly unit: number;
  /** Whether what comes out at every token has a column of its own. */
  readonly hasAnswers: boolean;
  readonly width: number;
  /** Where the encoder's last layer ends. */
  private sourceEnd = 0;
  private readonly header: WholeModelHeader;

  constructor(header: WholeModelHeader, room: number) {
    this.header = header;
    const sequences = Object.entries(header.sequences) as [SequenceName, { rows: unknown[] }][];
    const rows = sequences.reduce((sum, [, sequence]) => sum + sequence.rows.length, 0);
    this.row = rowHeight(rows, sequences.length);
    let y = HEAD;
    for (const [name, sequence] of sequences) {
      const count = sequence.rows.length;
      this.zones[name] = { top: y, bottom: y + count * this.row, count };
      y += count * this.row + ZONE_GAP;
    }
    this.bottom = Math.max(y - ZONE_GAP, HEAD + LOWEST_BODY);
    this.height = this.bottom + FOOT;
    const { stacks, output } = header;
    const ends = output.kind === "tokens" ? FIXED.outcome : FIXED.vectors + FIXED.sentence;
    const layersRoom = room - FIXED.tokens - FIXED.embedding - ends;
    // A layer with cross-attention has three blocks where others have two.
    const units = stacks.reduce((sum, { layers, cross }) => sum + layers.length * (cross ? 1.6 : 1), 0);
    const narrowest = units > MANY_LAYERS ? NARROWEST.many : NARROWEST.few;
    // What comes out at every token has a column of its own where there is room for it.
    this.hasAnswers = output.kind === "tokens" && (layersRoom - FIXED.answers) / units >= narrowest;
    const left = layersRoom - (this.hasAnswers ? FIXED.answers : 0);
    this.unit = Math.max(narrowest, Math.min(WIDEST_LAYER, left / units));
    this.width = this.place();
  }

  /** Lay out the columns; gives where the last one ends. */
  private place(): number {
    let x = 0;
    const add = (column: Omit<Column, "x" | "width">, width: number) => {
      this.columns.push({ ...column, x, width });
      x += width;
    };
    const { stacks, output } = this.header;
    for (const { stack, sequence, layers, cross } of stacks) {
      // The decoder's own text begins below the encoder's layers, so that its layers follow on theirs.
      x = Math.max(0, x - FIXED.tokens - FIXED.embedding);
      add({ id: `${stack}.tokens`, kind: "tokens", stack, sequence }, FIXED.tokens);
      const embedding = `${stack}.embedding`;
      add({ id: embedding, kind: "embedding", stack, sequence, block: embedding }, FIXED.embedding);
      for (const layer of layers) {
        const block = (of: StackName, kind: "attention" | "feed_forward", width: number) => {
          const id = `${of}.${layer}.${kind}`;
          add({ id, kind, stack: of, sequence, layer, block: id }, width * this.unit);
        };
        block(stack, "attention", 0.62);
        if (cross?.includes(layer)) block("cross", "attention", 0.6);
        block(stack, "feed_forward", 0.38);
      }
      if (sequence === "source") this.sourceEnd = x;
    }
    const of = { stack: stacks[stacks.length - 1].stack, sequence: output.sequence, block: "output" };
    if (this.hasAnswers) add({ ...of, id: "answers", kind: "answers" }, FIXED.answers);
    if (output.kind !== "tokens") add({ ...of, id: "vectors", kind: "vectors" }, FIXED.vectors);
    add({ ...of, id: "output", kind: "output" }, output.kind === "tokens" ? FIXED.outcome : FIXED.sentence);
    return x;
  }

  zone(sequence: SequenceName): Zone {
    const zone = this.zones[sequence];
    if (!zone) throw new Error(`The picture has no ${sequence}.`);
    return zone;
  }

  /** Middle of a row. */
  y(sequence: SequenceName, row: number): number {
    return this.zone(sequence).top + (row + 0.5) * this.row;
  }

  /** The row at a height, or null. */
  rowAt(y: number): LitRow | null {
    for (const [sequence, { top, bottom }] of Object.entries(this.zones) as [SequenceName, Zone][]) {
      if (y >= top && y < bottom) return { sequence, row: Math.floor((y - top) / this.row) };
    }
    return null;
  }

  /** The column and row at a place, or null: cross-attention is met at the rows of both sequences. */
  at(x: number, y: number): { column: Column; place: LitRow } | null {
    const place = this.rowAt(y);
    if (!place) return null;
    const column = this.columns.find(
      (one) => x >= one.x && x < one.x + one.width && (one.sequence === place.sequence || one.stack === "cross"),
    );
    return column ? { column, place } : null;
  }

  column(id: string): Column {
    const column = this.columns.find((one) => one.id === id);
    if (!column) throw new Error(`The picture has no column ${id}.`);
    return column;
  }

  /** The first column of a block. */
  blockColumn(block: string): Column {
    const column = this.columns.find((one) => one.block === block);
    if (!column) throw new Error(`The picture has no block ${block}.`);
    return column;
  }

  /** First and last column of a stack's layers. */
  layersOf(stack: StackName): [first: LayerColumn, last: LayerColumn] {
    const own = this.columns
      .filter(isLayer)
      .filter((column) => column.stack === stack || (stack === "decoder" && column.stack === "cross"));
    return [own[0], own[own.length - 1]];
  }

  /** From where to where a block reaches down: cross-attention from the encoder's rows to the decoder's. */
  reach(column: Column): [top: number, bottom: number] {
    const { top, bottom } = this.zone(column.sequence);
    return column.stack === "cross" ? [this.zone("source").top, bottom] : [top, bottom];
  }

  /** Where a block's button begins and ends: the output's reaches down to the end of the picture. */
  buttonReach(column: Column): [top: number, bottom: number] {
    return column.kind === "output" ? [this.zone(column.sequence).top, this.bottom] : this.reach(column);
  }

  /** Space between layers, and a hair between the blocks of one. */
  gap(column: Column): { left: number; right: number } {
    const step = Math.min(LAYER_GAP * this.unit, 6);
    return {
      left: column.kind === "attention" && column.stack !== "cross" ? step / 2 : 0.5,
      right: column.kind === "feed_forward" ? step / 2 : 0.5,
    };
  }

  /** Whether a column carries the number of its layer: every fifth does where there is no room for all. */
  isNumbered(column: Column): column is LayerColumn {
    if (!isLayer(column) || column.kind !== "attention" || column.stack === "cross") return false;
    return this.unit >= 16 || column.layer % 5 === 0;
  }

  /** Height at which the last block is reached. */
  get outcomeMiddle(): number {
    const { top, bottom } = this.zone(this.header.output.sequence);
    return Math.max((top + bottom) / 2, top + 130);
  }

  /** From where to where what the encoder gave runs on above the decoder in a column, or null. */
  railIn(column: Column): [from: number, to: number] | null {
    // Up to the middle of the last layer that looks at it.
    const last = this.columns.findLast(({ stack }) => stack === "cross");
    if (column.sequence !== "target" || !last || column.x > last.x) return null;
    const end = column === last ? column.x + column.width / 2 : column.x + column.width;
    return end <= this.sourceEnd ? null : [Math.max(column.x, this.sourceEnd), end];
  }

  /** Make room for what opens: what lies right of its block moves on. */
  parting(block: string | null, width: number): Parting {
    if (block === null) return { left: null, openWidth: 0, width: this.width, shift: () => 0 };
    const own = this.columns.filter((column) => column.block === block); // an answer's chips belong to its block
    const [first, last] = [own[0], own[own.length - 1]];
    const end = last.x + last.width;
    const openWidth = Math.max(width, end - first.x);
    const more = openWidth - (end - first.x);
    const shift = (x: number) => (x >= end - 0.01 ? more : 0);
    return { left: first.x, openWidth, width: this.width + more, shift };
  }
}
