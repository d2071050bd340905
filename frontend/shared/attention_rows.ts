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

  constructor(weights: Shaped<Float32Array>) {
    [this.rows, this.columns] = weights.shape;
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
