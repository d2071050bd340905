// What a packet says of the models that are compared, and what follows from all of them together.

import type { ComparedStack, ComparisonHeader, EmptyPane, ReadyPane } from "../shared/generated/messages.ts";
import type { Shaped } from "../shared/packet.ts";
import { cosineOf, type Numbers } from "./depth_curves.ts";

/** The arrays of a packet: "p0.encoder.masks", "p1.cosine" ... as pages/shared/components/architectures.py says. */
export type ComparisonArrays = Record<string, Shaped<Uint8Array> | Shaped<Float32Array>>;
export type Pane = EmptyPane | ReadyPane;
/** Two words whose vectors are compared. */
export type WordPair = readonly [first: string, second: string];

/** True of a pane with something to show. */
export function isReady(pane: Pane): pane is ReadyPane {
  return "family" in pane;
}

/** The place of the layer that lies this far up a stack, from 0 to 1. */
export function layerPlace({ layers }: Pick<ComparedStack, "layers">, depth: number): number {
  return Math.round(depth * (layers.length - 1));
}

export class Compared {
  readonly header: ComparisonHeader;
  readonly panes: readonly Pane[];
  /** The panes with something to show, and where they stand. */
  readonly ready: readonly { pane: ReadyPane; place: number }[];
  /** The ends of the scales that all panes share. */
  readonly mostBits: number;
  readonly lowestCosine: number;
  readonly mostParameters: number;
  private readonly arrays: ComparisonArrays;

  constructor(header: ComparisonHeader, arrays: ComparisonArrays) {
    this.header = header;
    this.arrays = arrays;
    this.panes = header.panes;
    this.ready = this.panes.flatMap((pane, place) => (isReady(pane) ? [{ pane, place }] : []));
    const bits = this.ready.flatMap(({ pane, place }) =>
      pane.stacks.flatMap((stack) => [...this.ofStack(place, stack, "entropy")]),
    );
    this.mostBits = Math.max(1, Math.ceil(Math.max(0, ...bits)));
    const lowest = this.ready.map(({ place }) => {
      let least = 0;
      for (const byte of this.ofPane(place, "cosine") ?? []) least = Math.min(least, cosineOf(byte));
      return Math.floor(10 * least) / 10;
    });
    this.lowestCosine = Math.min(0, ...lowest);
    this.mostParameters = Math.max(1, ...this.ready.map(({ pane }) => parametersOf(pane)));
  }

  /** The numbers of a stack of a pane. */
  ofStack(place: number, { stack }: Pick<ComparedStack, "stack">, what: string): Numbers {
    return this.named(`p${place}.${stack}.${what}`);
  }

  /** The numbers of a pane; undefined where it has none of this kind. */
  ofPane(place: number, what: "cosine" | "across"): Numbers | undefined {
    const name = `p${place}.${what}`;
    return name in this.arrays ? this.arrays[name] : undefined;
  }

  /** The numbers of this name. */
  named(name: string): Numbers {
    return this.arrays[name];
  }

  /** What each pane has come to, in a word. */
  states(): ("ready" | "failed" | "waiting")[] {
    return this.panes.map((pane) => (isReady(pane) ? "ready" : pane.error ? "failed" : "waiting"));
  }

  /** The stacks that any pane has. */
  stacks(): Set<string> {
    return new Set(this.ready.flatMap(({ pane }) => pane.stacks.map(({ stack }) => stack)));
  }

  /** Every word of the texts, each spelling once, in order. */
  words(): string[] {
    return [...new Set(this.ready.flatMap(({ pane }) => pane.words.map(({ text }) => text)))];
  }

  /** Two words to compare: those asked for if they are there, otherwise the usual ones; null without words. */
  pair(asked: readonly string[] | null | undefined): WordPair | null {
    const words = this.words();
    if (asked?.length === 2 && asked.every((word) => words.includes(word))) return [asked[0], asked[1]];
    return this.usualPair();
  }

  /**
   * A word that two texts share, with another of the first; the words that the example asks about; a word that stands
   * twice; else the text's second word and its last.
   */
  private usualPair(): WordPair | null {
    const words = textsOf(this.ready.find(({ pane }) => pane.words.length)?.pane);
    const second = this.ready.find(({ pane }) => pane.across !== null)?.pane;
    if (second) {
      const others = textsOf(second).map((word) => word.toLowerCase());
      const both = words.filter((word) => others.includes(word.toLowerCase()));
      const [longest] = both.sort((one, other) => other.length - one.length);
      if (longest) return [longest, words.find((word) => word !== longest) ?? longest];
    }
    const twice = words.find((word, place) => words.indexOf(word) !== place);
    const asked = this.header.pair;
    if (twice && asked?.[0] === twice) return [twice, twice];
    if (asked?.every((word) => words.includes(word))) return asked;
    if (twice) return [twice, twice];
    return words.length ? [words[Math.min(1, words.length - 1)], words[words.length - 1]] : null;
  }
}

/** Places of two words among a pane's words; of a word chosen twice, its first two. Null if one is missing. */
export function pairIn({ words }: Pick<ReadyPane, "words">, pair: WordPair | null): [number, number] | null {
  if (!pair) return null;
  const [one, other] = pair;
  const first = words.findIndex(({ text }) => text === one);
  const second = words.findIndex(({ text }, place) => text === other && place !== first);
  const usable = first >= 0 && (second >= 0 || one === other);
  return usable ? [first, second >= 0 ? second : first] : null;
}

/** How many parameters a pane's model has. */
export function parametersOf({ parameters }: Pick<ReadyPane, "parameters">): number {
  return parameters.reduce((sum, { count }) => sum + count, 0);
}

function textsOf(pane: ReadyPane | undefined): string[] {
  return pane?.words.map(({ text }) => text) ?? [];
}
