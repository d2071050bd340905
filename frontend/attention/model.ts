// @ts-nocheck: not typed yet
// What the picture knows: a part of one layer, head by head as they come, and how to read weights out of it.

import { percent } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";

export const CHIPS = 64; // up to this many tokens a side every token is written out
export const FAINTEST = 0.01;
export const MOST_LINES = 4000;
export const MASKS = { 1: [255, 254], 2: [65535, 65534] }; // by bytes a weight: what stands for "cannot look", and for 100 %

export class AttentionModel {
  constructor(reading, part) {
    Object.assign(this, part, { reading, byHead: new Map(), row: null, chosen: [], painted: new Map() });
    this.detailed = this.block === 1 && this.rowCount <= CHIPS && this.columnCount <= CHIPS;
  }

  /** Take heads that have come; their arrays stay where they lie in the packet. */
  add({ heads, linkCounts, totals, weightsOnFirst }, arrays) {
    const [, rows, columns] = arrays.cells.shape;
    Object.assign(this, { cellRows: rows, cellColumns: columns });
    const [masked, full] = MASKS[arrays.cells.BYTES_PER_ELEMENT];
    this.roughly = full === 254;
    let link = 0;
    heads.forEach((head, place) => {
      const slice = (array, size) => array?.subarray(place * size, (place + 1) * size);
      const links = [link, (link += linkCounts[place])];
      this.byHead.set(head, {
        cells: slice(arrays.cells, rows * columns),
        masked,
        full,
        map: arrays.maps && slice(arrays.maps, arrays.maps.shape[1] * arrays.maps.shape[2]),
        mapShape: arrays.maps?.shape.slice(1),
        total: totals[place],
        onFirst: weightsOnFirst[place],
        links:
          arrays.linkQuery && ["linkQuery", "linkKey", "linkWeight"].map((name) => arrays[name].subarray(...links)),
      });
    });
  }

  /** Take the weights of the kept token over all keys, which a pooled matrix does not tell. */
  addRow(query, { rowHead, rowKey, rowWeight }) {
    this.row = { query, links: [] };
    for (let place = 0; place < rowHead.length; place++)
      this.row.links.push([rowHead[place], query, rowKey[place], rowWeight[place] / MASKS[2][1]]);
  }

  get complete() {
    return this.byHead.size === this.headCount;
  }

  get rowCount() {
    return this.rows[1] - this.rows[0];
  }

  get columnCount() {
    return this.columns[1] - this.columns[0];
  }

  get whole() {
    return this.rowCount === this.queryCount && this.columnCount === this.keyCount;
  }

  queryToken(position) {
    return this.reading.token(this.querySequence, position);
  }

  keyToken(position) {
    return this.reading.token(this.keySequence, position);
  }

  /** Name of the token at a position, or of the block of tokens that begins there. */
  name(side, position, { block = false } = {}) {
    const token = side === "query" ? this.queryToken(position) : this.keyToken(position);
    if (!block || this.block === 1) return tokenName(token, position);
    const last = Math.min(position + this.block, side === "query" ? this.queryCount : this.keyCount) - 1;
    return `${tokenName(token, position)} to [${last}]`;
  }

  colourName(head) {
    return `head-${this.headCount <= 12 ? head : Math.max(0, this.chosen.indexOf(head))}`;
  }

  /** Weight of a cell from 0 to 1, or null where nobody may look. */
  cell(head, row, column) {
    const { cells, masked, full } = this.byHead.get(head);
    const value = cells[row * this.cellColumns + column];
    return value === masked ? null : value / full;
  }

  /** Runs of cells of a row that nobody may look at: [row, start, end]; the mask is the same for all heads. */
  get closed() {
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
  weight(head, query, key) {
    if (!this.byHead.has(head)) return null;
    const row = Math.floor((query - this.rows[0]) / this.block);
    const column = Math.floor((key - this.columns[0]) / this.block);
    if (row < 0 || column < 0 || row >= this.cellRows || column >= this.cellColumns) return null;
    return this.cell(head, row, column);
  }

  /** Links to draw: [head, query, key, weight], weakest first; those of one token only if it is given. */
  links(heads, { query = null, key = null, withoutFirst = false } = {}) {
    const first = withoutFirst ? 0 : -1;
    const here = heads.filter((head) => this.byHead.has(head));
    if (this.block > 1 && query === null && key === null) return this.strongestLinks(here, first);
    const found =
      this.block > 1 && this.row?.query === query ? this.rowLinks(here, key) : this.cellLinks(here, query, key);
    const shown = found.filter((link) => link[2] !== first && link[3] >= FAINTEST);
    return shown.sort((one, other) => one[3] - other[3]).slice(-MOST_LINES);
  }

  /** True if the links drawn for a focus carry their own weights and not the largest of a block or a rounded one. */
  exactLinks({ query, key }) {
    return this.block > 1 ? (query === null && key === null) || this.row?.query === query : !this.roughly;
  }

  strongestLinks(heads, first) {
    const found = [];
    for (const head of heads) {
      const [queries, keys, weights] = this.byHead.get(head).links;
      for (let place = 0; place < queries.length; place++)
        if (keys[place] !== first) found.push([head, queries[place], keys[place], weights[place] / MASKS[2][1]]);
    }
    return found.sort((one, other) => one[3] - other[3]).slice(-this.mostLinks);
  }

  rowLinks(heads, key) {
    return this.row.links.filter((link) => heads.includes(link[0]) && (key === null || link[2] === key));
  }

  cellLinks(heads, query, key) {
    const found = [];
    const span = (at, [start, end], count) =>
      at === null
        ? [0, count]
        : at < start || at >= end
          ? [0, 0]
          : [Math.floor((at - start) / this.block), Math.floor((at - start) / this.block) + 1];
    const [firstRow, lastRow] = span(query, this.rows, this.cellRows);
    const [firstColumn, lastColumn] = span(key, this.columns, this.cellColumns);
    for (const head of heads)
      for (let row = firstRow; row < lastRow; row++)
        for (let column = firstColumn; column < lastColumn; column++) {
          const weight = this.cell(head, row, column);
          if (weight >= FAINTEST)
            found.push([
              head,
              query ?? this.rows[0] + row * this.block,
              key ?? this.columns[0] + column * this.block,
              weight,
            ]);
        }
    return found;
  }

  /** The key a query looks at most, by the mean of some heads: [key, weight] or null. */
  strongest(heads, query) {
    const means = new Map();
    for (const [, , key, weight] of this.links(heads, { query }))
      means.set(key, (means.get(key) ?? 0) + weight / heads.length);
    return [...means].reduce((best, one) => (best && best[1] >= one[1] ? best : one), null);
  }

  /** Share of the attention shown that some links carry, and that the first token gets, over some heads. */
  carried(heads, links) {
    const total = heads.reduce((sum, head) => sum + this.byHead.get(head).total, 0);
    return total ? links.reduce((sum, link) => sum + link[3], 0) / total : 0;
  }

  onFirst(heads) {
    return heads.reduce((sum, head) => sum + this.byHead.get(head).onFirst, 0) / heads.length;
  }

  /** A weight in words: whole percents where it travelled in one byte. */
  written(weight) {
    if (!this.roughly || weight === 0) return percent(weight);
    return weight < FAINTEST ? "under 1 %" : `about ${Math.round(100 * weight)} %`;
  }
}
