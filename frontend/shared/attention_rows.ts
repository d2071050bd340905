// Attention of some tokens, one row each, as it travels: in single precision, or in steps of 1/65,534
// (pages/shared/components/packing.py).

import type { Shaped } from "./packet.ts";

const STEPS = 65_534;

/** Attention weights from 0 to 1: one row a token that looks, one column a token looked at. */
export class AttentionRows {
  readonly rows: number;
  readonly columns: number;
  /** The strongest weight of all, more than 0. */
  readonly strongest: number;
  private readonly weights: Shaped<Uint16Array> | Shaped<Float32Array>;
  /** What stands for a weight of 1. */
  private readonly whole: number;

  constructor(weights: Shaped<Uint16Array> | Shaped<Float32Array>) {
    [this.rows, this.columns] = weights.shape;
    this.weights = weights;
    this.whole = weights instanceof Float32Array ? 1 : STEPS;
    let most = this.whole / STEPS;
    for (const weight of weights) most = Math.max(most, weight);
    this.strongest = most / this.whole;
  }

  weight(row: number, column: number): number {
    return this.weights[row * this.columns + column] / this.whole;
  }

  /** The mean weight that a column gets from all rows. */
  mean(column: number): number {
    let sum = 0;
    for (let row = 0; row < this.rows; row++) sum += this.weights[row * this.columns + column];
    return sum / this.rows / this.whole;
  }
}
