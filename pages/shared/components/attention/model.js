// What the picture knows: the packet that came last, what the visitor chose, and how to read weights out of it.

const MASKED = 65535;
const FULL = 65534;
const CHIPS = 64; // up to this many tokens a side every token is written out
const FAINTEST = 0.01;
const MOST_LINES = 4000;

class AttentionModel {
  constructor(packet) {
    const { header, arrays } = unpack(packet);
    Object.assign(this, header);
    this.arrays = arrays;
    [, this.cellRows, this.cellColumns] = arrays.cells.shape;
    this.detailed = this.block === 1 && this.rowCount <= CHIPS && this.columnCount <= CHIPS;
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
    return this.tokens[this.querySequence][position];
  }

  keyToken(position) {
    return this.tokens[this.keySequence][position];
  }

  /** Name of the token at a position, or of the block of tokens it lies in where tokens are pooled. */
  name(side, position) {
    const token = side === "query" ? this.queryToken(position) : this.keyToken(position);
    return token ? tokenName(token, position) : `token [${position}]`;
  }

  colourName(head) {
    return `head-${this.headCount <= 12 ? head : this.heads.indexOf(head)}`;
  }

  place(head) {
    return this.heads.indexOf(head);
  }

  /** Weight of a cell from 0 to 1, or null where nobody may look. */
  cell(head, row, column) {
    const value = this.arrays.cells[(this.place(head) * this.cellRows + row) * this.cellColumns + column];
    return value === MASKED ? null : value / FULL;
  }

  /** Weight of a pair of positions (or of the cell they lie in), null where it may not look or is not on the screen. */
  weight(head, query, key) {
    if (this.place(head) < 0) return null;
    if (this.block > 1 && query === this.query && this.arrays.exact) {
      const value = this.arrays.exact[this.place(head) * this.columnCount + key - this.columns[0]];
      return value === MASKED ? null : value / FULL;
    }
    const row = Math.floor((query - this.rows[0]) / this.block);
    const column = Math.floor((key - this.columns[0]) / this.block);
    if (row < 0 || column < 0 || row >= this.cellRows || column >= this.cellColumns) return null;
    return this.cell(head, row, column);
  }

  /** True if the weight of a pair is that of this very pair and not the largest of a block. */
  exact(query) {
    return this.block === 1 || (query === this.query && Boolean(this.arrays.exact));
  }

  /** Links to draw: [head, query, key, weight], weakest first; those of one token only if it is given. */
  links(heads, { query = null, key = null, withoutFirst = false } = {}) {
    const found = [];
    const first = withoutFirst ? 0 : -1;
    if (query === null && key === null && this.block > 1) {
      const { linkHead, linkQuery, linkKey, linkWeight } = this.arrays;
      for (let place = 0; place < linkHead.length; place++) {
        const head = this.heads[linkHead[place]];
        if (heads.includes(head) && linkKey[place] !== first)
          found.push([head, linkQuery[place], linkKey[place], linkWeight[place] / FULL]);
      }
      return found.reverse();
    }
    const fine = query !== null && this.exact(query) ? 1 : this.block;
    for (const head of heads) {
      if (this.place(head) < 0) continue;
      for (let row = query ?? this.rows[0]; row < (query === null ? this.rows[1] : query + 1); row += query === null ? this.block : 1)
        for (let column = key ?? this.columns[0]; column < (key === null ? this.columns[1] : key + 1); column += key === null ? fine : 1) {
          const weight = this.weight(head, row, column);
          if (weight !== null && weight >= FAINTEST && column !== first) found.push([head, row, column, weight]);
        }
    }
    found.sort((one, other) => one[3] - other[3]);
    return found.slice(-MOST_LINES);
  }

  /** The key a query looks at most, over some heads: [key, weight] or null. */
  strongest(heads, query) {
    const all = this.links(heads, { query });
    return all.length ? [all.at(-1)[2], all.at(-1)[3]] : null;
  }
}
