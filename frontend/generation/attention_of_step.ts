// What the model looks at while it writes a token, as numbers and words.

import { AttentionRows } from "../shared/attention_rows.ts";
import type { GenerationArrays, GenerationHeader, HeadChoice, TokenChip } from "../shared/generated/messages.ts";
import { percent, thousands } from "../shared/numbers.ts";
import type { Sentence } from "./words.ts";

export type Stack = HeadChoice["stack"];

const MUCH_FOR_THE_FIRST = 0.2;

type TextHeader = Pick<GenerationHeader, "prompt" | "promptHidden" | "source" | "steps">;
type AttentionArrays = Pick<GenerationArrays, `${Stack}Attention`>;

/** Tokens that can be looked at, and how much of the attention each gets. */
export interface Attended {
  tokens: readonly TokenChip[];
  shares: number[];
  /** Share of earlier tokens, which are not drawn. */
  hidden: number;
}

/**
 * The attention of one stack.
 *
 * @param step The step that is written: what the decoder and its cross-attention look at.
 * @param position The source token that looks: for the encoder alone.
 */
export function attended(
  header: TextHeader,
  arrays: AttentionArrays,
  stack: Stack,
  step: number,
  position: number,
): Attended {
  const weights = arrays[`${stack}Attention`];
  const row = stack === "encoder" ? position : step;
  const decoder = stack === "decoder";
  const tokens = decoder ? [...header.prompt, ...header.steps.slice(0, step)] : header.source;
  if (!weights) return { tokens, shares: tokens.map(() => 0), hidden: 0 };
  const rows = new AttentionRows(weights);
  const first = decoder ? header.promptHidden : 0;
  let hidden = 0;
  for (let place = 0; place < first; place += 1) hidden += rows.weight(row, place);
  return { tokens, shares: tokens.map((_, place) => rows.weight(row, first + place)), hidden };
}

/** The most looked-at word, by its place; null if there is no word, only punctuation and special tokens. */
export function strongestWord({ tokens, shares }: Attended): number | null {
  let best: number | null = null;
  for (const [place, token] of tokens.entries()) {
    const isWord = !token.x && /[\p{L}\p{N}]/u.test(token.t);
    if (isWord && (best === null || shares[place] > shares[best])) best = place;
  }
  return best;
}

/** The place that gets most, of whatever kind; the first of equals. */
export function strongestPlace({ shares }: Attended): number {
  return shares.indexOf(Math.max(...shares));
}

/** What is said below a stack's tokens. */
export function noteOf(stack: Stack, { tokens, shares, hidden }: Attended, position: number, earlier: number): string {
  if (stack === "cross")
    return "Which source token the step looks at. Hover a source token to see what it looks at itself.";
  if (stack === "encoder") return `What “${tokens[position].t}” looks at in the source.`;
  const first =
    shares[0] > MUCH_FOR_THE_FIRST
      ? `${percent(shares[0])} goes to the first token, where heads put what they have no use for.`
      : "";
  const rest = earlier ? ` ${percent(hidden)} goes to ${thousands(earlier)} earlier tokens that are not drawn.` : "";
  return first + rest;
}

/** What the step looks at most: in the source, and in its own text. */
export function lookedAtInWords(step: TokenChip, found: readonly (readonly [Stack, Attended])[]): Sentence {
  const said: Sentence = ["While writing ", step, " it looks"];
  for (const [stack, all] of found) {
    const place = strongestWord(all);
    if (place === null || stack === "encoder") continue;
    const other = said.length > 3;
    said.push(other ? " and, in its own text," : stack === "cross" ? " in the source" : "");
    said.push(" at ", all.tokens[place], ` (${percent(all.shares[place])})`);
  }
  return [...said, "."];
}
