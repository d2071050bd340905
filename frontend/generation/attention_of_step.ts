// What the model looks at while it writes a token, as numbers and words.

import { AttentionRows } from "../shared/attention_rows.ts";
import type { GenerationArrays, GenerationHeader, HeadChoice, TokenChip } from "../shared/generated/messages.ts";
import { counted, percent } from "../shared/numbers.ts";
import type { Sentence } from "./words.ts";

export type Stack = HeadChoice["stack"];
/** A layer and its head, or -1 for the mean of its heads. */
export type Looking = NonNullable<GenerationHeader["looking"][Stack]>;

/** Stands for the mean of a layer's heads. */
export const MEAN = -1;

const MUCH_FOR_THE_FIRST = 0.2;
const SPEAKABLE = 0.0005; // what is less is written as "< 0.1 %", and nobody looks there
const ALIKE = 1e-6; // between weights that differ by less, nobody can choose
const MOST_NAMED = 3; // of tokens that get the same

type TextHeader = Pick<GenerationHeader, "prompt" | "promptHidden" | "source" | "steps">;
type AttentionArrays = Pick<GenerationArrays, `${Stack}Attention`>;

/** Tokens that can be looked at, and how much of the attention each gets. */
export interface Attended {
  tokens: readonly TokenChip[];
  shares: number[];
  /** By place, the shares of earlier tokens, which are not drawn. */
  earlier: number[];
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
  const first = decoder ? header.promptHidden : 0;
  const rows = weights ? new AttentionRows(weights) : null;
  const share = (place: number) => rows?.weight(row, place) ?? 0;
  return {
    tokens,
    shares: tokens.map((_, place) => share(first + place)),
    earlier: Array.from({ length: first }, (_, place) => share(place)),
  };
}

/** What every stack looks at while a step is written, and which source token looks in the encoder. */
export interface AttendedStep {
  found: [Stack, Attended][];
  position: number;
}

/**
 * The attention of several stacks; in the encoder, that of the token which cross-attention looks at most.
 *
 * @param pointedAt A source token whose attention in the encoder is wanted instead; null for none.
 */
export function attendedStep(
  header: TextHeader,
  arrays: AttentionArrays,
  stacks: Iterable<Stack>,
  step: number,
  pointedAt: number | null,
): AttendedStep {
  let position = pointedAt ?? 0;
  const found: [Stack, Attended][] = [];
  for (const stack of stacks) {
    const all = attended(header, arrays, stack, step, position);
    if (stack === "cross") position = pointedAt ?? strongestPlace(all);
    found.push([stack, all]);
  }
  return { found, position };
}

/** The stacks of a text in the order in which they are shown: cross-attention says which token the encoder shows. */
export function stacksOf({ layers }: Pick<GenerationHeader, "layers">): Stack[] {
  return (["cross", "decoder", "encoder"] as const).filter((stack) => layers[stack]);
}

/** True of tokens with a letter or a digit in them that are not special; ⟨E2 82⟩ are bytes that are no character. */
function isWord(token: TokenChip): boolean {
  return !token.x && /[\p{L}\p{N}]/u.test(token.t.replace(/⟨[^⟩]*⟩/g, ""));
}

/** The most looked-at word, by its place; null if there is no word, only punctuation and special tokens. */
export function strongestWord({ tokens, shares }: Attended): number | null {
  let best: number | null = null;
  for (const [place, token] of tokens.entries())
    if (isWord(token) && (best === null || shares[place] > shares[best])) best = place;
  return best;
}

/** The place that gets most, of whatever kind; the first of equals. */
export function strongestPlace({ shares }: Attended): number {
  return shares.indexOf(Math.max(...shares));
}

/** What is said below a stack's tokens. */
export function noteOf(stack: Stack, { tokens, shares, earlier }: Attended, position: number): string {
  if (stack === "cross")
    return "Which source token the step looks at. Hover a source token to see what it looks at itself.";
  if (stack === "encoder") return `What “${tokens[position].t}” at position ${position} looks at in the source.`;
  const [first] = [...earlier, ...shares];
  const others = tokens.length + earlier.length > 1;
  const said = [];
  if (others && first > MUCH_FOR_THE_FIRST)
    said.push(`${percent(first)} goes to the first token, where heads often put what they have no other use for.`);
  if (earlier.length)
    said.push(`${percent(sum(earlier))} goes to ${counted(earlier.length, "earlier token")} not drawn.`);
  return said.join(" ");
}

/** What the step looks at most: in the source, and in its own text. */
export function lookedAtInWords(
  step: TokenChip,
  found: readonly (readonly [Stack, Attended])[],
  looking: Partial<Record<Stack, Looking>>,
): Sentence {
  const said: Sentence = ["While writing ", step];
  const stacks = found.filter(([stack]) => stack !== "encoder");
  for (const [number, [stack, all]] of stacks.entries()) {
    const where = stacks.length === 1 ? "" : stack === "cross" ? " in the source" : " in the text so far";
    said.push(number ? "; " : ", ", ...ofStack(all, where, looking[stack] ?? { layer: 0, head: MEAN }));
  }
  return [...said, "."];
}

function ofStack(all: Attended, where: string, { layer, head }: Looking): Sentence {
  const { tokens, shares, earlier } = all;
  const mean = head === MEAN;
  const who = mean ? `the heads of layer ${layer} on average` : `head ${head} of layer ${layer}`;
  const looks = mean ? "look" : "looks";
  const most = Math.max(...shares, ...earlier);
  if (tokens.length === 1 && !earlier.length)
    return [`${who} can look${where} at nothing but `, tokens[0], ` (${percent(shares[0])})`];
  if (most < SPEAKABLE) return [`${who} ${looks}${where} at hardly anything`];
  const top = [...shares.keys()].filter((place) => shares[place] > most - ALIKE);
  const hidden = earlier.filter((share) => share > most - ALIKE).length;
  const named = hidden ? notDrawn(hidden, top.length, earlier.length, most) : namesOf(all, top, most);
  return [`${who} ${looks}${where} `, ...named, ...wordsBeside(all, hidden ? [] : top)];
}

/** The tokens that get most. */
function namesOf(all: Attended, top: readonly number[], most: number): Sentence {
  const which = top.length === all.tokens.length && !all.earlier.length ? "at all" : "most at";
  if (top.length > MOST_NAMED) return [`${which} ${top.length} tokens alike (${percent(most)} each)`];
  const names = top.flatMap((place, number) => [...(number ? [" and "] : []), ...nameOf(all, place)]);
  return ["most at ", ...names, ` (${percent(most)}${top.length > 1 ? " each" : ""})`];
}

function notDrawn(hidden: number, drawn: number, earlier: number, most: number): Sentence {
  const alike = hidden + drawn;
  if (alike > 1) return [`most at ${alike} tokens alike, not all of them drawn (${percent(most)} each)`];
  return [`most at one of the ${counted(earlier, "earlier token")} not drawn (${percent(most)})`];
}

/** The strongest word where what gets most is punctuation, a special token or not drawn. */
function wordsBeside(all: Attended, top: readonly number[]): Sentence {
  if (top.some((place) => isWord(all.tokens[place]))) return [];
  const word = strongestWord(all);
  if (word === null) return [];
  const which = all.earlier.length ? "words drawn" : "words";
  if (all.shares[word] < SPEAKABLE) return [`, and at hardly any of the ${which}`];
  return [`, of the ${which} at `, ...nameOf(all, word), ` (${percent(all.shares[word])})`];
}

/** A token, with its position where the same text stands twice. */
function nameOf({ tokens, earlier }: Attended, place: number): Sentence {
  const twice = tokens.filter(({ t }) => t === tokens[place].t).length > 1;
  return [tokens[place], ...(twice ? [` at position ${earlier.length + place}`] : [])];
}

function sum(shares: readonly number[]): number {
  return shares.reduce((total, one) => total + one, 0);
}
