// From logits to choice over the whole vocabulary, as the library's logits processors do it.

import type { SamplingSettings } from "../shared/generated/messages.ts";

/**
 * What a stage of the pipeline did: how many tokens it left, how many it cut off, and their probability until then;
 * idle if it changed no score.
 */
export interface Stage {
  name: string;
  kept: number;
  excluded: number;
  share: number;
  idle?: boolean;
}

/** Tokens by rank, from the highest score to the lowest. */
export interface Ranked {
  /** Of every token, after the repetition penalty. */
  scores: Float32Array;
  /** Token numbers by rank, without those that the model's own stages take out. */
  order: Uint32Array;
}

/** What the model's files ask for, whatever the settings: names of the stages, every token's score after them. */
export interface OwnStages {
  names: readonly string[];
  scores: Float32Array;
}

/** What settings make of a step. */
export interface Choice {
  /** True at temperature 0: the likeliest token is taken and nothing is cut off. */
  greedy: boolean;
  /** Token numbers by rank. */
  order: Uint32Array;
  /** Probabilities by rank; ranks behind its end are cut off. */
  shares: Float64Array;
  /** By rank, 1 for those among `shares` that are cut off all the same; null if none is. */
  closed: Uint8Array | null;
  stages: Stage[];
  /** The token that is written; null if nobody knows the luck that would decide. */
  chosen: number | null;
  /** How undecided it still is, in bits. */
  entropy: number;
}

const MOST_ORDERS = 6; // kept for as many repetition penalties

/** One step's logits, and what any settings make of them. */
export class Sampler {
  /** By token, the factor that its probability is multiplied with in this step; null if a person picked the token. */
  readonly luck: Float32Array | null;
  /** How many tokens the model knows. */
  readonly vocabulary: number;
  /** Tokens by the model's logits alone. */
  readonly byModel: Ranked;
  /** Probabilities by the model alone, by rank among those. */
  readonly before: Float64Array;
  private readonly scores: Float32Array;
  private readonly own: Stage[];
  private readonly context: Set<number>;
  private readonly orders = new Map<number, Ranked>();

  /**
   * @param logits The model's score of every token.
   * @param context The tokens so far, which the repetition penalty is for.
   * @param luck By token; empty if there was no draw.
   * @param own What the model's files ask for; null if nothing.
   */
  constructor(logits: Float32Array, context: Iterable<number>, luck: Float32Array, own: OwnStages | null = null) {
    this.scores = own?.scores ?? logits;
    this.context = new Set(context);
    this.luck = luck.length ? luck : null;
    this.byModel = rankedBy(logits);
    this.vocabulary = logits.length;
    this.before = distribution(this.byModel, 1, this.byModel.order.length);
    this.own = own ? [this.ownStage(own, logits)] : [];
  }

  /** All that the model's files ask for as one stage. */
  private ownStage({ names, scores }: OwnStages, logits: Float32Array): Stage {
    const out = [...this.byModel.order.keys()].filter((rank) => scores[this.byModel.order[rank]] === -Infinity);
    const share = out.reduce((sum, rank) => sum + this.before[rank], 0);
    const idle = scores.every((score, token) => score === logits[token]);
    const kept = scores.reduce((count, score) => count + Number(score !== -Infinity), 0);
    return { name: names.join(", "), kept, excluded: out.length, share, idle };
  }

  /** All tokens in order under a repetition penalty; the last few orders are kept. */
  ranked(penalty: number): Ranked {
    const known = this.orders.get(penalty);
    if (known) return known;
    if (this.orders.size > MOST_ORDERS) this.orders.clear();
    const made = rankedBy(penalty === 1 ? this.scores : this.penalised(penalty));
    this.orders.set(penalty, made);
    return made;
  }

  /** Run the pipeline. */
  choose(settings: SamplingSettings): Choice {
    const ranked = this.ranked(settings.penalty);
    const greedy = settings.temperature === 0;
    const stages: Stage[] = [...this.own];
    const count = ranked.order.length;
    if (settings.penalty !== 1) {
      const idle = [...this.context].every((token) => ranked.scores[token] === this.scores[token]);
      stages.push({ name: "repetition penalty", kept: count, excluded: 0, share: 0, idle });
    }
    if (greedy) {
      const shares = distribution(ranked, 1, count);
      return { greedy, order: ranked.order, shares, closed: null, stages, chosen: likeliest(ranked), entropy: 0 };
    }
    if (settings.temperature !== 1) stages.push({ name: "temperature", kept: count, excluded: 0, share: 0 });
    const { shares, closed } = cutOff(ranked, settings, stages);
    const chosen = this.luck && drawn(ranked.order, shares, this.luck);
    return { greedy, order: ranked.order, shares, closed, stages, chosen, entropy: entropyOf(shares) };
  }

  private penalised(penalty: number): Float32Array {
    const scores = this.scores.slice();
    for (const token of this.context)
      scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
    return scores;
  }
}

function rankedBy(scores: Float32Array): Ranked {
  const there = Uint32Array.from(scores.keys()).filter((token) => scores[token] !== -Infinity);
  // Of equal scores the higher number comes first: the library sorts from the lowest score and keeps the end.
  return { scores, order: there.sort((one, other) => scores[other] - scores[one] || other - one) };
}

/** Probabilities of the first tokens of an order, by rank: the softmax of their scores divided by the temperature. */
function distribution({ scores, order }: Ranked, temperature: number, count: number): Float64Array<ArrayBuffer> {
  const shares = new Float64Array(count);
  const highest = scores[order[0]];
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) {
    shares[rank] = Math.exp((scores[order[rank]] - highest) / temperature);
    total += shares[rank];
  }
  for (let rank = 0; rank < count; rank += 1) shares[rank] /= total;
  return shares;
}

/** The stages that cut tokens off, in the library's order; what they did is added to the stages. */
function cutOff(ranked: Ranked, settings: SamplingSettings, stages: Stage[]) {
  let shares = distribution(ranked, settings.temperature, ranked.order.length);
  let closed: Uint8Array | null = null;
  const keep = (name: string, count: number) => {
    const kept = shares.length;
    stages.push({
      name,
      kept: count,
      excluded: kept - count,
      share: sumOf(shares.subarray(count)),
      idle: count === kept,
    });
    if (count < kept) shares = distribution(ranked, settings.temperature, count);
  };
  if (settings.topK > 0) keep("top-k", topK(ranked, settings.topK));
  if (settings.topP < 1) keep("top-p", topP(shares, settings.topP));
  if (settings.minP > 0) keep("min-p", minP(shares, settings.minP));
  if (settings.typicalP < 1) {
    closed = untypical(shares, settings.typicalP);
    const excluded = closed.reduce((sum, one) => sum + one, 0);
    const share = sumOf(shares.filter((_, rank) => closed?.[rank]));
    stages.push({ name: "typical", kept: shares.length - excluded, excluded, share, idle: excluded === 0 });
    shares = shares.map((one, rank) => (closed?.[rank] ? 0 : one / (1 - share)));
  }
  return { shares, closed };
}

// The library computes in single precision. Math.fround does the same where a comparison can be a close one.

/** How many ranks top-k keeps: those that score as much as the last of the k are kept too. */
function topK({ scores, order }: Ranked, most: number): number {
  let count = Math.min(most, order.length);
  while (count < order.length && scores[order[count]] === scores[order[count - 1]]) count += 1;
  return count;
}

/** How many ranks top-p keeps: from the least likely on, those go that together stay within what is left over. */
function topP(shares: Float64Array, mass: number): number {
  const leftOver = Math.fround(1 - mass);
  let tail = 0;
  let count = shares.length;
  for (; count > 1; count -= 1) {
    tail += Math.fround(shares[count - 1]);
    if (Math.fround(tail) > leftOver) break;
  }
  return count;
}

/** How many ranks min-p keeps: those at least so likely as a share of the likeliest one's probability. */
function minP(shares: Float64Array, least: number): number {
  const threshold = Math.fround(Math.fround(least) * Math.fround(shares[0]));
  let count = 1;
  while (count < shares.length && Math.fround(shares[count]) >= threshold) count += 1;
  return count;
}

/** Which ranks the typical stage takes out (Meister et al. 2023): those whose surprise is furthest from the average. */
function untypical(shares: Float64Array, mass: number): Uint8Array {
  const entropy = shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);
  const distance = Float32Array.from(shares, (share) => Math.abs(-Math.log(share) - entropy));
  const near = Uint32Array.from(distance.keys()).sort((one, other) => distance[one] - distance[other]);
  let total = 0;
  let last = 0;
  for (; last < near.length - 1; last += 1) {
    total += Math.fround(shares[near[last]]);
    if (Math.fround(total) >= Math.fround(mass)) break;
  }
  const border = distance[near[last]];
  return Uint8Array.from(distance, (value) => (value > border ? 1 : 0));
}

/** The token with the highest score, the first of them by number. */
function likeliest({ scores, order }: Ranked): number {
  let rank = 0;
  while (rank + 1 < order.length && scores[order[rank + 1]] === scores[order[0]]) rank += 1;
  return order[rank];
}

/** The token whose probability times luck is largest. */
function drawn(order: Uint32Array, shares: Float64Array, luck: Float32Array): number {
  let best = -1;
  let chosen = order[0];
  for (let rank = 0; rank < shares.length; rank += 1) {
    const product = shares[rank] * luck[order[rank]];
    if (product > best) [best, chosen] = [product, order[rank]];
  }
  return chosen;
}

const sumOf = (shares: Float64Array): number => shares.reduce((sum, share) => sum + share, 0);

/** Entropy of a distribution in bits (Shannon 1948). */
export function entropyOf(shares: Float64Array): number {
  let bits = 0;
  for (const share of shares) if (share > 0) bits -= share * Math.log2(share);
  return bits;
}
