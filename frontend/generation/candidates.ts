// Which tokens stand in the list of candidates, and what the pipeline makes of each.

import type { Choice, Sampler } from "./sampling.ts";

/** A token of the list. */
export interface Candidate {
  token: number;
  /** Its probability by the model alone. */
  before: number;
  /** Its probability after the pipeline; 1 for the token that is taken without a draw. */
  after: number;
  /** True if a stage cut it off. */
  excluded: boolean;
}

const MOST_LIKELY = 12;

/** The likeliest tokens by the model, the one that the settings choose and the one written, likeliest first. */
export function candidatesOf(sampler: Sampler, choice: Choice, written: number): Candidate[] {
  const { order } = sampler.byModel;
  const others = choice.chosen === null ? [written] : [choice.chosen, written];
  const ranks = others.map((token) => order.indexOf(token));
  const listed = new Set([...Array(Math.min(MOST_LIKELY, order.length)).keys(), ...ranks]);
  return [...listed]
    .sort((one, other) => one - other)
    .map((rank) => ({ token: order[rank], before: sampler.before[rank], ...afterPipeline(choice, order[rank]) }));
}

function afterPipeline(choice: Choice, token: number): Pick<Candidate, "after" | "excluded"> {
  const rank = choice.order.indexOf(token);
  if (choice.greedy) return { after: Number(token === choice.chosen), excluded: rank < 0 };
  const excluded = rank < 0 || rank >= choice.shares.length || Boolean(choice.closed?.[rank]);
  return { after: excluded ? 0 : choice.shares[rank], excluded };
}

/** How many tokens can still be chosen. */
export function choosable(choice: Choice): number {
  return choice.greedy ? 1 : (choice.stages.at(-1)?.kept ?? choice.order.length);
}
