// @ts-nocheck: not typed yet
// Where everything lies: columns from the text at the left to what comes out at the right, one row for each token.

export const HEAD = 92;
export const FOOT = 64;
export const ZONE_GAP = 56;
export const LAYER_GAP = 0.1;
export const FIXED = { tokens: 108, embedding: 58, answers: 104, outcome: 236, vectors: 76, sentence: 190 };
export const NARROWEST = { few: 40, many: 16.4 };
export const MANY_LAYERS = 14;
export const WIDEST_LAYER = 116;
export const LOWEST_BODY = 330;

/** Sizes of rows for a number of them: tall enough to read, low enough for one screen. */
export function rowHeight(rows, sequences) {
  return Math.max(15, Math.min(32, Math.floor((sequences > 1 ? 510 : 430) / Math.max(rows, 1))));
}

export class Layout {
  constructor(header, room) {
    this.header = header;
    this.zones = {};
    const sequences = Object.keys(header.sequences);
    const rows = sequences.reduce((sum, name) => sum + header.sequences[name].rows.length, 0);
    this.row = rowHeight(rows, sequences.length);
    let y = HEAD;
    for (const name of sequences) {
      const count = header.sequences[name].rows.length;
      this.zones[name] = { top: y, bottom: y + count * this.row, count };
      y += count * this.row + ZONE_GAP;
    }
    this.bottom = Math.max(y - ZONE_GAP, HEAD + LOWEST_BODY);
    this.height = this.bottom + FOOT;
    this.columns = [];
    this.place(room);
  }

  /** Middle of a row. */
  y(sequence, row) {
    return this.zones[sequence].top + (row + 0.5) * this.row;
  }

  /** The row at a height, or null. */
  rowAt(y) {
    for (const [sequence, { top, bottom }] of Object.entries(this.zones)) {
      if (y >= top && y < bottom) return { sequence, row: Math.floor((y - top) / this.row) };
    }
    return null;
  }

  place(room) {
    const { stacks, output } = this.header;
    const ends = output.kind === "tokens" ? FIXED.outcome : FIXED.vectors + FIXED.sentence;
    const begin = FIXED.tokens + FIXED.embedding;
    // A layer with cross-attention has three blocks where others have two.
    const units = stacks.reduce((sum, { layers, cross }) => sum + layers.length * (cross ? 1.6 : 1), 0);
    const narrowest = units > MANY_LAYERS ? NARROWEST.many : NARROWEST.few;
    // What comes out at every token has a column of its own where there is room for it.
    this.hasAnswers = output.kind === "tokens" && (room - begin - ends - FIXED.answers) / units >= narrowest;
    const unit = Math.max(
      narrowest,
      Math.min(WIDEST_LAYER, (room - begin - ends - (this.hasAnswers ? FIXED.answers : 0)) / units),
    );
    this.unit = unit;
    let x = 0;
    const add = (column, width) => {
      this.columns.push({ ...column, x, width });
      x += width;
    };
    for (const stack of stacks) {
      const { sequence } = stack;
      // The decoder's own text begins below the encoder's layers, so that its layers follow on theirs.
      x = Math.max(0, x - begin);
      add({ id: `${stack.stack}.tokens`, kind: "tokens", stack: stack.stack, sequence }, FIXED.tokens);
      add(
        {
          id: `${stack.stack}.embedding`,
          kind: "embedding",
          stack: stack.stack,
          sequence,
          block: `${stack.stack}.embedding`,
        },
        FIXED.embedding,
      );
      for (const layer of stack.layers) {
        const of = { stack: stack.stack, sequence, layer };
        add(
          {
            ...of,
            id: `${stack.stack}.${layer}.attention`,
            kind: "attention",
            block: `${stack.stack}.${layer}.attention`,
          },
          0.62 * unit,
        );
        if (stack.cross?.includes(layer)) {
          add(
            {
              ...of,
              stack: "cross",
              id: `cross.${layer}.attention`,
              kind: "attention",
              block: `cross.${layer}.attention`,
            },
            0.6 * unit,
          );
        }
        add(
          {
            ...of,
            id: `${stack.stack}.${layer}.feed_forward`,
            kind: "feed_forward",
            block: `${stack.stack}.${layer}.feed_forward`,
          },
          0.38 * unit,
        );
      }
      if (sequence === "source") this.sourceEnd = x;
    }
    const { sequence } = output;
    const stack = stacks.at(-1).stack;
    this.outputStart = x;
    if (this.hasAnswers) add({ id: "answers", kind: "answers", stack, sequence, block: "output" }, FIXED.answers);
    if (output.kind !== "tokens")
      add({ id: "vectors", kind: "vectors", stack, sequence, block: "output" }, FIXED.vectors);
    add(
      { id: "output", kind: "output", stack, sequence, block: "output" },
      output.kind === "tokens" ? FIXED.outcome : FIXED.sentence,
    );
    this.width = x;
  }

  column(id) {
    return this.columns.find((column) => column.id === id);
  }

  /** First and last column of a stack's layers. */
  layersOf(stack) {
    const own = this.columns.filter(
      (column) =>
        column.layer !== undefined && (column.stack === stack || (stack === "decoder" && column.stack === "cross")),
    );
    return [own[0], own.at(-1)];
  }

  /** From where to where a block reaches down: cross-attention from the encoder's rows to the decoder's. */
  reach(column) {
    const { top, bottom } = this.zones[column.sequence];
    return column.stack === "cross" ? [this.zones.source.top, bottom] : [top, bottom];
  }
}
