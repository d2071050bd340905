// The tokens of one text.

import type { AttentionArrays, Reading as ReadingMessage, TokenChip } from "../shared/generated/messages.ts";

export class Reading {
  readonly id: string;
  /** True for a picture without a server behind it, which offers no layers and no zoom. */
  readonly standalone: boolean;
  /** By sequence, every chip that occurs, once. */
  private readonly chips: Record<string, TokenChip[]>;
  /** By sequence, which of the chips stands at each position. */
  private readonly places: Record<string, Uint16Array | undefined>;

  constructor({ id, tokens = {}, standalone = false }: ReadingMessage, arrays: AttentionArrays) {
    this.id = id;
    this.standalone = standalone;
    this.chips = tokens;
    this.places = { source: arrays.sourceTokens, target: arrays.targetTokens };
  }

  token(sequence: string, position: number): TokenChip {
    const place = this.places[sequence]?.[position];
    if (place === undefined) throw new Error(`There is no token ${position} of ${sequence}.`);
    return this.chips[sequence][place];
  }
}
