// Attention of some tokens, one row each, as it travels: the weights of the trace (pages/shared/components/packing.py).

import type { Shaped } from "./packet.ts";

const LEAST = 1e-9; // what counts as the strongest weight where nothing is looked at

/** Attention weights from 0 to 1: one row a token that looks, one column a token looked at. */
export class AttentionRows {
  readonly rows: number;
  readonly columns: number;
  /** The strongest weight of all, more than 0. */
  readonly strongest: number;
  private readonly weights: Shaped<Float32Array>;

  /** Takes weights as they travelled; `expected` says how many tokens look and are looked at, where that is known. */
  constructor(weights: Shaped<Float32Array>, expected?: { rows: number; columns: number }) {
    [this.rows, this.columns] = weights.shape;
    if (expected && (this.rows !== expected.rows || this.columns !== expected.columns)) {
      throw new RangeError(
        `Expected the attention of ${expected.rows} tokens to ${expected.columns}, got that of ${this.rows} to ` +
          `${this.columns}: a text and its evidence are of two moments.`,
      );
    }
    this.weights = weights;
    this.strongest = weights.reduce((most, weight) => Math.max(most, weight), LEAST); // too many to be arguments
  }

  weight(row: number, column: number): number {
    return this.weights[row * this.columns + column];
  }

  /** The mean weight that a column gets from all rows. */
  mean(column: number): number {
    let sum = 0;
    for (let row = 0; row < this.rows; row++) sum += this.weights[row * this.columns + column];
    return sum / this.rows;
  }
}
