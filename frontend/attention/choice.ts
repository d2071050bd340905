// What the visitor chose, and which of the server's answers may change it.

import type { AttentionAnswer, AttentionChoice } from "../shared/generated/messages.ts";

export type Side = "query" | "key";

/** The tokens that are singled out: one that looks, one that is looked at. */
export interface Focus {
  query: number | null;
  key: number | null;
}

/** Where the visitor looks, without the tokens singled out. */
export type Place = Omit<AttentionChoice, "query" | "key" | "number" | "holds">;

export const NO_FOCUS: Focus = { query: null, key: null };

/** What is kept after a click: another token, a token looked at beside the one that looks, or nothing again. */
export function keptAfter(kept: Focus, clicked: Focus): Focus {
  if (clicked.query === null && clicked.key !== null) {
    const again = kept.key === clicked.key && kept.query === null;
    return again ? NO_FOCUS : { query: kept.query, key: clicked.key };
  }
  const again = kept.query === clicked.query && (clicked.key === null || kept.key === clicked.key);
  return again ? NO_FOCUS : { ...clicked };
}

/** The visitor's choices, counted, so that an answer to an older one does not undo the last. */
export class Choices {
  place: Place = { stack: "encoder", layer: 0, heads: [], rows: [0, 0], columns: [0, 0], withoutFirst: false };
  kept: Focus = NO_FOCUS;
  /** Of the visitor's last choice. */
  number = 0;
  /** Of the last choice that the server has answered. */
  answered = 0;
  private begun = false;

  /** Take over what the server says, unless a later choice of the visitor is on its way; another text always rules. */
  take(answer: AttentionAnswer, anotherText: boolean): void {
    this.answered = Math.max(this.answered, answer.number);
    if (this.begun && !anotherText && answer.number < this.number) return;
    const { stack, layer, heads, rows, columns, withoutFirst, query, key } = answer;
    this.begun = true;
    this.number = Math.max(this.number, answer.number);
    this.place = { stack, layer, heads, rows, columns, withoutFirst };
    this.kept = { query, key };
  }

  /** True if the server knows the last choice. */
  get known(): boolean {
    return this.answered >= this.number;
  }
}
