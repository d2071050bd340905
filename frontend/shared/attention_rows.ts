// Attention of some tokens, one row each, as it travels: in steps of 1/65,534 (pages/shared/components/packing.py).

import type { Shaped } from "./packet.ts";

const STEPS = 65_534;

/** Attention weights from 0 to 1: one row a token that looks, one column a token looked at. */
export class AttentionRows {
  readonly rows: number;
  readonly columns: number;
  /** The strongest weight of all, more than 0. */
  readonly strongest: number;
  private readonly steps: Shaped<Uint16Array>;

  /** Takes the weights as they travelled; `expected`: how many tokens look and are looked at, where that is known. */
  constructor(steps: Shaped<Uint16Array>, expected?: { rows: number; columns: number }) {
    [this.rows, this.columns] = steps.shape;
    if (expected && (this.rows !== expected.rows || this.columns !== expected.columns)) {
      throw new RangeError(
        `Expected the attention of ${expected.rows} tokens to ${expected.columns}, got that of ${this.rows} to ` +
          `${this.columns}: a text and its evidence are of two moments.`,
      );
    }
    this.steps = steps;
    this.strongest = steps.reduce((most, weight) => Math.max(most, weight), 1) / STEPS; // too many to be arguments
  }

  weight(row: number, column: number): number {
    return this.steps[row * this.columns + column] / STEPS;
  }

  /** The mean weight that a column gets from all rows. */
  mean(column: number): number {
    let sum = 0;
    for (let row = 0; row < this.rows; row++) sum += this.steps[row * this.columns + column];
    return sum / this.rows / STEPS;
  }
}
