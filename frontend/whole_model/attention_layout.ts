// Where everything lies in an open attention block: queries, keys and values as strips, the matrix, the mixed values.

import type { InsideAttention, TokenChip } from "../shared/generated/messages.ts";
import { HEAD, type LayerColumn, type Layout } from "./layout.ts";
import { type Arrays, floats, type Picture, type SequenceName, weightOf } from "./picture.ts";

/** Tokens of an open attention block, a row each. */
export interface TokenRows {
  sequence: SequenceName;
  positions: number[];
  tokens: TokenChip[];
  /** True where the rows are those of the picture; a pooled sequence has too few there. */
  own: boolean;
  height: number;
  /** Middle of a row. */
  y: (place: number) => number;
}

/** Rows of the panel: in line with the picture's own if each token has one there, else rows of its own. */
export function rowsOf(
  picture: Picture,
  layout: Layout,
  column: LayerColumn,
  which: { of: "query" | "key"; positions: number[]; tokens: TokenChip[] },
): TokenRows {
  const { positions, tokens } = which;
  const sequence = which.of === "key" ? picture.looksAt(column) : column.sequence;
  const own = !picture.sequence(sequence).pooled;
  const height = own ? layout.row : Math.max(15, Math.min(22, Math.floor(400 / positions.length)));
  const y = (place: number) => (own ? layout.y(sequence, positions[place]) : HEAD + 20 + (place + 0.5) * height);
  return { sequence, positions, tokens, own, height, y };
}

export class AttentionLayout {
  readonly queries: TokenRows;
  readonly keys: TokenRows;
  readonly width: number;
  readonly height: number;
  /** True if the model hands out queries, keys and values. */
  readonly hasVectors: boolean;
  /** Right edge of the names of rows, and how many letters they may have. */
  readonly names: { right: number; letters: number };
  /** Left edges. */
  readonly left: { key: number; query: number; matrix: number; value: number; mixed: number };
  /** Width of a strip, and of a cell of the matrix. */
  readonly strip: number;
  readonly cell: number;
  private readonly weights: Float32Array;

  constructor(
    picture: Picture,
    layout: Layout,
    column: LayerColumn,
    { inside, numbers, width }: { inside: InsideAttention; numbers: Arrays; width: number },
  ) {
    const { queryPositions, queryTokens, keyPositions, keyTokens } = inside;
    const asking = { of: "query", positions: queryPositions, tokens: queryTokens } as const;
    this.queries = rowsOf(picture, layout, column, asking);
    this.keys = rowsOf(picture, layout, column, { of: "key", positions: keyPositions, tokens: keyTokens });
    this.weights = floats(numbers, "weights");
    this.width = width;
    this.hasVectors = "query" in numbers;
    this.strip = this.hasVectors ? Math.max(44, Math.min(84, width * 0.12)) : 0;
    this.names = width < 520 ? { right: 56, letters: 6 } : { right: 84, letters: 10 };
    const key = this.names.right + 10;
    const matrix = this.hasVectors ? key + 2 * (this.strip + 10) + 6 : key;
    const room = width - matrix - 16 - (this.hasVectors ? 2 * (this.strip + 14) : 0);
    const count = keyPositions.length;
    this.cell = Math.max(3, Math.min(this.queries.height, room / count));
    const value = matrix + this.cell * count + 14;
    this.left = { key, query: key + this.strip + 10, matrix, value, mixed: value + this.strip + 14 };
    const [lastQuery, lastKey] = [this.queries, this.keys].map((rows) => rows.y(rows.positions.length - 1));
    this.height = Math.max(Math.max(lastQuery, lastKey) + 64, layout.height - 8);
  }

  /** How much a query looks at a key, or null where the mask closes it. */
  weight(query: number, key: number): number | null {
    return weightOf(this.weights[query * this.keys.positions.length + key]);
  }

  /** From where to where the mask closes a row of the matrix. */
  closed(query: number): [from: number, to: number][] {
    const runs: [from: number, to: number][] = [];
    for (let key = 0; key < this.keys.positions.length; key++) {
      if (this.weight(query, key) !== null) continue;
      const last = runs[runs.length - 1];
      if (last?.[1] === key) last[1] = key + 1;
      else runs.push([key, key + 1]);
    }
    return runs;
  }

  /** The query and key at a place, -1 where there is none. */
  at(x: number, y: number): { query: number; key: number } {
    const { queries, keys } = this;
    const query = queries.positions.findIndex((_, place) => Math.abs(y - queries.y(place)) <= queries.height / 2);
    const key = Math.floor((x - this.left.matrix) / this.cell);
    return { query, key: key >= 0 && key < keys.positions.length ? key : -1 };
  }
}
