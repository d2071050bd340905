// One reading of a text with masks: which mask is looked at, what stands where, and what is said of it.

import type { FilledMask, MaskReading, MasksHeader, TokenChip } from "../shared/generated/messages.ts";
import { decimal } from "../shared/numbers.ts";

/** The mask that is looked at: still the one before, if this reading has it, else the one that it fills first. */
export function maskIn({ fillings, filled }: MaskReading, before: number | null): number {
  return before !== null && fillings.some(({ position }) => position === before) ? before : filled[0];
}

/** A token of the text as it stands after the reading. */
export interface Standing {
  token: TokenChip;
  position: number;
  /** What kind of place it is: a mask that was filled, a mask that stays open, or a word of the text. */
  kind: "filled" | "open" | "word";
}

/** The text with the likeliest candidates in the masks that were filled. */
export function textAfter(reading: MaskReading): Standing[] {
  const masks = new Map(reading.fillings.map((mask) => [mask.position, mask]));
  return reading.tokens.map((token, position) => {
    const mask = masks.get(position);
    if (!mask) return { token, position, kind: "word" };
    if (!reading.filled.includes(position)) return { token, position, kind: "open" };
    return { token: mask.candidates[0], position, kind: "filled" };
  });
}

/** What the button of a reading says: its number and the word that it puts in place. */
export function readingInWords({ fillings, filled }: MaskReading, place: number): string {
  const mask = fillings.find(({ position }) => position === filled[0]);
  return `Reading ${place + 1}: fills “${mask?.candidates[0].t ?? ""}”`;
}

/** What a mask is called in every reading: its number among the masks of the text as it was written. */
export function maskName({ passes }: Pick<MasksHeader, "passes">, position: number): string {
  return `Mask ${1 + passes[0].fillings.findIndex((mask) => mask.position === position)}`;
}

/** How undecided the model is about a mask, and whether the mask waits for the next reading. */
export function maskInWords({ entropy, position }: FilledMask, { filled }: MaskReading): string {
  const waits = filled.includes(position) ? "" : ", stays open for the next reading";
  return `${decimal(entropy, 1)} bits undecided${waits}`;
}
