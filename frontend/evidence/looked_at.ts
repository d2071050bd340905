// What a written token looked at most, and what is said of it.

import type { AttentionRows } from "../shared/attention_rows.ts";
import type { EvidenceHeader, EvidenceStep, TokenChip } from "../shared/generated/messages.ts";
import { decimal, percent } from "../shared/numbers.ts";

/** True of tokens with a letter or a digit; punctuation and special tokens say nothing about an answer. */
export function isWord(token: TokenChip): boolean {
  return !token.x && /[\p{L}\p{N}]/u.test(token.t);
}

/** The place of the word that a step looked at most; null if it looked at none. */
export function strongestWord(tokens: readonly TokenChip[], weights: AttentionRows, step: number): number | null {
  let best: number | null = null;
  tokens.forEach((token, place) => {
    if (isWord(token) && weights.weight(step, place) > (best === null ? 0 : weights.weight(step, best))) best = place;
  });
  return best;
}

/** How likely a token was, in words. */
export function likelihood({ probability, surprise }: Pick<EvidenceStep, "probability" | "surprise">): string {
  return `${percent(probability)} likely, ${decimal(surprise, 1)} bits of surprise.`;
}

/** How much of a step's attention a token got, in words; where the header asks for it, against its average. */
export function shareInWords(
  { compares }: Pick<EvidenceHeader, "compares">,
  weights: AttentionRows,
  step: number,
  place: number,
): string {
  const share = weights.weight(step, place);
  const mean = weights.mean(place);
  const compared = compares && mean ? `, ${decimal(share / mean, 1)} times that token's average` : "";
  return `${percent(share)} of its attention${compared}`;
}

/** The step that a key leads to; null to let go of the step that is kept, undefined for any other key. */
export function stepOfKey(key: string, step: number, steps: number): number | null | undefined {
  const last = steps - 1;
  if (key === "ArrowLeft") return Math.max(0, step - 1);
  if (key === "ArrowRight") return Math.min(last, step + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" ? null : undefined;
}
