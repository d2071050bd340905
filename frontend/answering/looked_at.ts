// What an answer, or one token of it, looked at in the passages that were read.

import { AttentionRows } from "../shared/attention_rows.ts";
import type { AnsweringHeader, RankedPassage, TokenChip } from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import type { Shaped } from "../shared/packet.ts";

/** The arrays of a packet: weights0, weights1 ... of the passages that were read. */
export type AnsweringArrays = Record<string, Shaped<Float32Array>>;

/** A passage that was read for the answer. */
export interface ReadPassage {
  tokens: readonly TokenChip[];
  /** Where the tokens stood in the prompt. */
  positions: readonly number[];
  weights: AttentionRows;
}

/** The tokens and weights of a passage; null of one that was not read, or where the answer has no (0) tokens. */
export function readPassage(passage: RankedPassage, answered: number, arrays: AnsweringArrays): ReadPassage | null {
  const { read, tokens, positions } = passage;
  if (!answered || read === null || !tokens || !positions) return null;
  const expected = { rows: answered, columns: tokens.length };
  return { tokens, positions, weights: new AttentionRows(arrays[`weights${read}`], expected) };
}

/** The shares of attention that the tokens of a passage got from an answer token, or from the mean of all (null). */
export function sharesOf({ tokens, weights }: ReadPassage, answerToken: number | null): number[] {
  return tokens.map((_, place) => (answerToken === null ? weights.mean(place) : weights.weight(answerToken, place)));
}

/** What an answer token, or the mean of all (null), looked at, in a sentence; `shares` are by passage read. */
export function attentionInWords(
  { answer, first, written }: Pick<AnsweringHeader, "answer" | "first" | "written">,
  read: readonly ReadPassage[],
  shares: readonly number[][],
  answerToken: number | null,
): string {
  const looker =
    answerToken === null
      ? `In the mean of the answer's ${answer.length} tokens`
      : `While “${answer[answerToken].t}” was written`;
  const all = shares.flat();
  const most = Math.max(...all);
  const token = read.flatMap(({ tokens }) => tokens)[all.indexOf(most)];
  const own = percent(ofToken(written, answerToken));
  const left = percent(ofToken(first, answerToken));
  return (
    `${looker}, ${percent(sum(all))} of the attention went to the passages, most of it to “${token.t}” ` +
    `(${percent(most)}); ${own} went to the answer's own words. ` +
    `The first token, which got ${left} before, is left out.`
  );
}

function ofToken(numbers: readonly number[], token: number | null): number {
  return token === null ? sum(numbers) / numbers.length : numbers[token];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
