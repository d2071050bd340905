// What the picture knows: a part of one layer, head by head as they come, and how to read weights out of it.

import type { AttentionArrays, AttentionHeads, AttentionPart } from "../shared/generated/messages.ts";
import { HALF_PERCENTS, middle, type Share, shareOf } from "../shared/half_percents.ts";
import type { Shaped } from "../shared/packet.ts";
import type { Focus, Side } from "./choice.ts";
import { NO_FOCUS } from "./choice.ts";
import { headColour } from "./head_choice.ts";
import type { Range } from "./ranges.ts";
import type { Reading } from "./reading.ts";

export const FAINTEST = 0.01; // links of less weight are not drawn
const FAINTEST_SAID = 0.0005; // a token of which nothing larger is here looks at nothing on the screen
const CHIPS = 64; // up to this many tokens a side every token is written out
const MOST_LINES = 4000;

/** What stands for "cannot look", and for 100 %, among weights as they are (pages/shared/components/packing.py). */
const EXACT = { masked: -1, full: 1 };

/** A weight between two tokens. */
export interface Link {
  head: number;
  query: number;
  key: number;
  weight: number;
}

/** What a token looks at most. */
export interface Strongest {
  /** Keys whose weights cannot be told apart from the largest; but for weights in half percents there is one. */
  keys: number[];
  share: Share;
}

/** The weights of one head; what it carries of a long text only where there is such. */
interface HeadWeights {
  cells: Uint8Array | Float32Array;
  masked: number;
  full: number;
  /** The whole text in small. */
  map: { values: Uint8Array; rows: number; columns: number } | null;
  links: { query: Uint16Array; key: Uint16Array; weight: Float32Array } | null;
  /** All weights of the part, added up. */
  total: number;
  /** The mean weight that the other tokens give the first one; null if there is none on the screen. */
  onFirst: number | null;
}

export class AttentionModel {
  readonly reading: Reading;
  readonly part: AttentionPart;
  readonly byHead = new Map<number, HeadWeights>();
  /** True if every token is written out and every pair has a cell of its own. */
  readonly detailed: boolean;
  readonly cellRows: number;
  readonly cellColumns: number;
  /** Heads that are drawn. */
  chosen: number[] = [];
  /** By head and theme, the matrix as a canvas. */
  readonly painted = new Map<string, HTMLCanvasElement>();
  /** By head and key, the weights of the kept token, which a pooled matrix does not tell. */
  private row: { query: number; weights: Float32Array } | null = null;
  private closedRuns: [row: number, start: number, end: number][] | null = null;
  /** True if the weights of cells are known to half percents only. */
  private roughly = false;

  constructor(reading: Reading, part: AttentionPart) {
    this.reading = reading;
    this.part = part;
    this.cellRows = Math.ceil(this.count("query") / part.block);
    this.cellColumns = Math.ceil(this.count("key") / part.block);
    this.detailed = part.block === 1 && Math.max(this.cellRows, this.cellColumns) <= CHIPS;
  }

  /** Take heads that have come; their arrays stay where they lie in the packet. */
  add({ heads, linkCounts, totals, weightsOnFirst }: AttentionHeads, arrays: AttentionArrays): void {
    const { cells, maps } = arrays;
    if (!cells) throw new Error("Heads came without their weights.");
    this.roughly = cells instanceof Uint8Array;
    let link = 0;
    heads.forEach((head, place) => {
      const links: Range = [link, link + linkCounts[place]];
      link = links[1];
      this.byHead.set(head, {
        ...(this.roughly ? HALF_PERCENTS : EXACT),
        cells: slice(cells, place),
        map: maps ? { values: slice(maps, place), rows: maps.shape[1], columns: maps.shape[2] } : null,
        links: linksOf(arrays, links),
        total: totals[place],
        onFirst: weightsOnFirst[place],
      });
    });
  }

  /** Take the weights of the kept token over the keys shown, of all heads. */
  addRow(query: number, { row }: AttentionArrays): void {
    if (row) this.row = { query, weights: row };
  }

  get queryCount(): number {
    return this.part.queryCount;
  }

  get keyCount(): number {
    return this.part.keyCount;
  }

  get block(): number {
    return this.part.block;
  }

  /** True if all heads of the layer are here. */
  get complete(): boolean {
    return this.byHead.size === this.part.headCount;
  }

  /** True if the whole text is shown. */
  get whole(): boolean {
    return this.count("query") === this.queryCount && this.count("key") === this.keyCount;
  }

  /** The positions shown. */
  range(side: Side): Range {
    return side === "query" ? this.part.rows : this.part.columns;
  }

  /** How many positions are shown. */
  count(side: Side): number {
    const [start, end] = this.range(side);
    return end - start;
  }

  /** The page's name of the tokens of a side, so that pictures can be linked. */
  sequence(side: Side): string {
    return side === "query" ? this.part.querySequence : this.part.keySequence;
  }

  /** Of how many tokens one is named beside the lines. */
  rulerStep(side: Side): number {
    return this.detailed ? 1 : this.part.rulerSteps[side === "query" ? 0 : 1];
  }

  token(side: Side, position: number) {
    return this.reading.token(this.sequence(side), position);
  }

  colourName(head: number): string {
    return headColour(head, this.part.headCount, this.chosen);
  }

  /** What is known of a head that is here. */
  of(head: number): HeadWeights {
    const found = this.byHead.get(head);
    if (!found) throw new Error(`Head ${head} has not come.`);
    return found;
  }

  /** Weight of a cell from 0 to 1, or null where nobody may look; of a half percent the middle. */
  cell(head: number, row: number, column: number): number | null {
    const share = this.cellShare(head, row, column);
    return share && middle(share);
  }

  private cellShare(head: number, row: number, column: number): Share | null {
    const { cells, masked } = this.of(head);
    const value = cells[row * this.cellColumns + column];
    if (this.roughly) return shareOf(value);
    return value === masked ? null : { low: value, high: value };
  }

  /** Runs of cells of a row that nobody may look at; the mask is the same for all heads. */
  get closed(): readonly [row: number, start: number, end: number][] {
    if (this.closedRuns) return this.closedRuns;
    const [head] = this.byHead.keys();
    this.closedRuns = [];
    for (let row = 0; row < this.cellRows; row++)
      for (let column = 0, start = -1; column <= this.cellColumns; column++) {
        const shut = column < this.cellColumns && this.cell(head, row, column) === null;
        if (shut && start < 0) start = column;
        else if (!shut && start >= 0) {
          this.closedRuns.push([row, start, column]);
          start = -1;
        }
      }
    return this.closedRuns;
  }

  /** Weight of the cell that a pair lies in, null where it may not look or is not on the screen. */
  weight(head: number, query: number, key: number): Share | null {
    if (!this.byHead.has(head)) return null;
    const row = Math.floor((query - this.part.rows[0]) / this.block);
    const column = Math.floor((key - this.part.columns[0]) / this.block);
    if (row < 0 || column < 0 || row >= this.cellRows || column >= this.cellColumns) return null;
    return this.cellShare(head, row, column);
  }

  /** Weight between two tokens, the mean of some heads; null where it may not look, or cells are pooled. */
  mean(heads: readonly number[], query: number, key: number): Share | null {
    let [low, high] = [0, 0];
    for (const head of heads) {
      const share = this.exactRow(query)
        ? this.inRow(head, key)
        : this.block > 1
          ? null
          : this.weight(head, query, key);
      if (share === null) return null;
      low += share.low;
      high += share.high;
    }
    return { low: low / heads.length, high: high / heads.length };
  }

  private inRow(head: number, key: number): Share | null {
    const [start, end] = this.part.columns;
    if (!this.row || key < start || key >= end) return null;
    const weight = this.row.weights[head * (end - start) + key - start];
    return { low: weight, high: weight };
  }

  /** Links to draw, weakest first; those of one token only if it is given. */
  links(heads: readonly number[], { query, key }: Focus = NO_FOCUS, withoutFirst = false): Link[] {
    const here = heads.filter((head) => this.byHead.has(head));
    if (this.block > 1 && query === null && key === null) return this.strongestLinks(here, withoutFirst);
    const found = query !== null && this.exactRow(query) ? this.rowLinks(here, query, key) : null;
    const shown = (found ?? this.cellLinks(here, query, key)).filter(
      (link) => !(withoutFirst && link.key === 0) && link.weight >= FAINTEST,
    );
    return shown.sort((one, other) => one.weight - other.weight).slice(-MOST_LINES);
  }

  /** True if the links drawn for a focus carry their own weights and not the largest of a block or a rounded one. */
  exactLinks({ query, key }: Focus): boolean {
    if (this.block === 1) return !this.roughly;
    return query === null ? key === null : this.exactRow(query);
  }

  /** True if the weights of a token were sent as they are, though cells are pooled. */
  exactRow(query: number): boolean {
    return this.block > 1 && this.row?.query === query;
  }

  private rowLinks(heads: readonly number[], query: number, key: number | null): Link[] {
    const found: Link[] = [];
    const [start, end] = this.part.columns;
    for (const head of heads)
      for (let place = key ?? start; place < (key === null ? end : key + 1); place++) {
        const share = this.inRow(head, place);
        if (share) found.push({ head, query, key: place, weight: share.low });
      }
    return found;
  }

  private strongestLinks(heads: readonly number[], withoutFirst: boolean): Link[] {
    const found: Link[] = [];
    for (const head of heads) {
      const { links } = this.of(head);
      links?.weight.forEach((weight, place) => {
        const key = links.key[place];
        if (!(withoutFirst && key === 0)) found.push({ head, query: links.query[place], key, weight });
      });
    }
    return found.sort((one, other) => one.weight - other.weight).slice(-this.part.mostLinks);
  }

  private cellLinks(heads: readonly number[], query: number | null, key: number | null): Link[] {
    const { rows, columns } = this.part;
    const found: Link[] = [];
    const [firstRow, lastRow] = this.span(query, rows, this.cellRows);
    const [firstColumn, lastColumn] = this.span(key, columns, this.cellColumns);
    for (const head of heads)
      for (let row = firstRow; row < lastRow; row++)
        for (let column = firstColumn; column < lastColumn; column++) {
          const weight = this.cell(head, row, column);
          if (weight === null || weight < FAINTEST) continue; // too many to be sorted
          const [from, to] = [query ?? rows[0] + row * this.block, key ?? columns[0] + column * this.block];
          found.push({ head, query: from, key: to, weight });
        }
    return found;
  }

  /** The cells of a side that a position lies in: one, none, or all if there is no position. */
  private span(position: number | null, [start, end]: Range, cells: number): Range {
    if (position === null) return [0, cells];
    if (position < start || position >= end) return [0, 0];
    const cell = Math.floor((position - start) / this.block);
    return [cell, cell + 1];
  }

  /** The key on the screen that a query looks at most, by the mean of some heads; null where cells are pooled. */
  strongest(heads: readonly number[], query: number): Strongest | null {
    const [start, end] = this.part.columns;
    const means: [key: number, share: Share][] = [];
    let best: Share | null = null;
    for (let key = start; key < end; key++) {
      const share = this.mean(heads, query, key);
      if (!share) continue;
      means.push([key, share]);
      if (!best || share.low > best.low) best = share;
    }
    if (!best || best.low < FAINTEST_SAID) return null;
    const share = best;
    return { keys: means.filter(([, other]) => other === share || other.high > share.low).map(([key]) => key), share };
  }

  /** The cell of a query's row that holds the largest weight of any of some heads, by its first key. */
  largestCell(heads: readonly number[], query: number): { key: number; share: Share } | null {
    const [start, end] = this.part.columns;
    let best: { key: number; share: Share } | null = null;
    for (const head of heads)
      for (let key = start; key < end; key += this.block) {
        const share = this.weight(head, query, key);
        if (share && (!best || share.low > best.share.low)) best = { key, share };
      }
    return best && best.share.low >= FAINTEST_SAID ? best : null;
  }

  /** Share of the attention shown that some links carry. */
  carried(heads: readonly number[], links: readonly Link[]): number {
    const total = heads.reduce((sum, head) => sum + this.of(head).total, 0);
    return total ? links.reduce((sum, link) => sum + link.weight, 0) / total : 0;
  }

  /** Share of its attention that another token gives the first one, on average; null if there is no other. */
  onFirst(heads: readonly number[]): number | null {
    let sum = 0;
    for (const head of heads) {
      const { onFirst } = this.of(head);
      if (onFirst === null) return null;
      sum += onFirst;
    }
    return sum / heads.length;
  }
}

/** The numbers of one head among those of several. */
function slice<Numbers extends Uint8Array | Float32Array>(array: Shaped<Numbers>, place: number): Numbers {
  const size = array.shape[1] * array.shape[2];
  return array.subarray(place * size, (place + 1) * size) as Numbers;
}

function linksOf({ linkQuery, linkKey, linkWeight }: AttentionArrays, [start, end]: Range): HeadWeights["links"] {
  if (!linkQuery || !linkKey || !linkWeight) return null;
  const [query, key] = [linkQuery, linkKey].map((array) => array.subarray(start, end));
  return { query, key, weight: linkWeight.subarray(start, end) };
}
