// How long a label's bar is, and how strongly a word is coloured.

import type { LabelBar, WordChange } from "../shared/generated/messages.ts";

/** Widths of bars in percent of the longest; a score below zero has none. */
export function barWidths(bars: readonly Pick<LabelBar, "length">[]): number[] {
  const longest = Math.max(...bars.map(({ length }) => length), 1e-9);
  return bars.map(({ length }) => (100 * Math.max(0, length)) / longest);
}

/** Whether a word speaks for the winning label, and how much: from 0 to 1, the share of the strongest word. */
export interface WordInfluence {
  side: "for" | "against";
  share: number;
}

/** What each word did for the winning label. */
export function influences(words: readonly Pick<WordChange, "change">[]): WordInfluence[] {
  const strongest = Math.max(...words.map(({ change }) => Math.abs(change)), 1e-9);
  return words.map(({ change }) => ({
    side: change >= 0 ? "for" : "against",
    share: Math.abs(change) / strongest,
  }));
}
