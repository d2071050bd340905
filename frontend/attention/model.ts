// What the picture knows: a part of one layer, head by head as they come, and how to read weights out of it.

import type { AttentionArrays, AttentionHeads, AttentionPart } from "../shared/generated/messages.ts";
import type { Shaped } from "../shared/packet.ts";
import type { Focus, Side } from "./choice.ts";
import { NO_FOCUS } from "./choice.ts";
import { headColour } from "./head_choice.ts";
import type { Range } from "./ranges.ts";
import type { Reading } from "./reading.ts";

export const FAINTEST = 0.01; // links of less weight are not drawn
const CHIPS = 64; // up to this many tokens a side every token is written out
const MOST_LINES = 4000;

interface Steps {
  masked: number;
  full: number;
}

/** By bytes a weight: what stands for "cannot look", and for 100 % (pages/shared/components/packing.py). */
export const STEPS: Record<number, Steps> = { 1: { masked: 255, full: 254 }, 2: { masked: 65_535, full: 65_534 } };

/** A weight between two tokens. */
export interface Link {
  head: number;
  query: number;
  key: number;
  weight: number;
}

/** The weights of one head; what it carries of a long text only where there is such. */
interface HeadWeights extends Steps {
  cells: Uint8Array | Uint16Array;
  /** The whole text in small. */
  map: { values: Uint8Array; rows: number; columns: number } | null;
  links: { query: Uint16Array; key: Uint16Array; weight: Uint16Array } | null;
  /** All weights of the part, added up. */
  total: number;
  /** The mean weight that a token gives the first one. */
  onFirst: number;
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
  /** The weights of the kept token over all keys, which a pooled matrix does not tell. */
  private row: { query: number; links: Link[] } | null = null;
  private closedRuns: [row: number, start: number, end: number][] | null = null;
  /** True if the weights travelled in one byte. */
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
    const steps = STEPS[cells.BYTES_PER_ELEMENT];
    this.roughly = steps.full === STEPS[1].full;
    let link = 0;
    heads.forEach((head, place) => {
      const links: Range = [link, link + linkCounts[place]];
      link = links[1];
      this.byHead.set(head, {
        ...steps,
        cells: slice(cells, place),
        map: maps ? { values: slice(maps, place), rows: maps.shape[1], columns: maps.shape[2] } : null,
        links: linksOf(arrays, links),
        total: totals[place],
        onFirst: weightsOnFirst[place],
      });
    });
  }

  /** Take the weights of the kept token over all keys. */
  addRow(query: number, { rowHead, rowKey, rowWeight }: AttentionArrays): void {
    if (!rowHead || !rowKey || !rowWeight) return;
    const links = Array.from(rowHead, (head, place) => ({
      head,
      query,
      key: rowKey[place],
      weight: rowWeight[place] / STEPS[2].full,
    }));
    this.row = { query, links };
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

  /** Weight of a cell from 0 to 1, or null where nobody may look. */
  cell(head: number, row: number, column: number): number | null {
    const { cells, masked, full } = this.of(head);
    const value = cells[row * this.cellColumns + column];
    return value === masked ? null : value / full;
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
  weight(head: number, query: number, key: number): number | null {
    if (!this.byHead.has(head)) return null;
    const row = Math.floor((query - this.part.rows[0]) / this.block);
    const column = Math.floor((key - this.part.columns[0]) / this.block);
    if (row < 0 || column < 0 || row >= this.cellRows || column >= this.cellColumns) return null;
    return this.cell(head, row, column);
  }

  /** Links to draw, weakest first; those of one token only if it is given. */
  links(heads: readonly number[], { query, key }: Focus = NO_FOCUS, withoutFirst = false): Link[] {
    const here = heads.filter((head) => this.byHead.has(head));
    if (this.block > 1 && query === null && key === null) return this.strongestLinks(here, withoutFirst);
    const found = this.rowFor(query)?.filter((link) => here.includes(link.head) && (key === null || link.key === key));
    const shown = (found ?? this.cellLinks(here, query, key)).filter(
      (link) => !(withoutFirst && link.key === 0) && link.weight >= FAINTEST,
    );
    return shown.sort((one, other) => one.weight - other.weight).slice(-MOST_LINES);
  }

  /** True if the links drawn for a focus carry their own weights and not the largest of a block or a rounded one. */
  exactLinks({ query, key }: Focus): boolean {
    return this.block > 1 ? (query === null && key === null) || this.rowFor(query) !== null : !this.roughly;
  }

  /** True if the weights of a token were sent as they are. */
  exactRow(query: number): boolean {
    return this.row?.query === query;
  }

  /** True if weights are known to whole percents only. */
  get rounded(): boolean {
    return this.roughly;
  }

  private rowFor(query: number | null): Link[] | null {
    return this.block > 1 && this.row && this.row.query === query ? this.row.links : null;
  }

  private strongestLinks(heads: readonly number[], withoutFirst: boolean): Link[] {
    const found: Link[] = [];
    for (const head of heads) {
      const { links } = this.of(head);
      links?.weight.forEach((weight, place) => {
        const key = links.key[place];
        if (!(withoutFirst && key === 0))
          found.push({ head, query: links.query[place], key, weight: weight / STEPS[2].full });
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
          if (weight === null || weight < FAINTEST) continue;
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

  /** The key a query looks at most, by the mean of some heads. */
  strongest(heads: readonly number[], query: number): { key: number; weight: number } | null {
    const means = new Map<number, number>();
    for (const { key, weight } of this.links(heads, { query, key: null }))
      means.set(key, (means.get(key) ?? 0) + weight / heads.length);
    let best: { key: number; weight: number } | null = null;
    for (const [key, weight] of means) if (!best || weight > best.weight) best = { key, weight };
    return best;
  }

  /** Share of the attention shown that some links carry. */
  carried(heads: readonly number[], links: readonly Link[]): number {
    const total = heads.reduce((sum, head) => sum + this.of(head).total, 0);
    return total ? links.reduce((sum, link) => sum + link.weight, 0) / total : 0;
  }

  /** Share of its attention that a token gives the first one, on average. */
  onFirst(heads: readonly number[]): number {
    return heads.reduce((sum, head) => sum + this.of(head).onFirst, 0) / heads.length;
  }
}

/** The numbers of one head among those of several. */
function slice<Numbers extends Uint8Array | Uint16Array>(array: Shaped<Numbers>, place: number): Numbers {
  const size = array.shape[1] * array.shape[2];
  return array.subarray(place * size, (place + 1) * size) as Numbers;
}

function linksOf({ linkQuery, linkKey, linkWeight }: AttentionArrays, [start, end]: Range): HeadWeights["links"] {
  if (!linkQuery || !linkKey || !linkWeight) return null;
  const [query, key, weight] = [linkQuery, linkKey, linkWeight].map((array) => array.subarray(start, end));
  return { query, key, weight };
}
