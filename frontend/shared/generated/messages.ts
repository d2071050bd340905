// Written by `python -m frontend.generate`; change what it is made of instead.

import type { Shaped } from "../packet.ts";

/** What the server has made of the visitor's choice: its number, and the part of a layer that shows it. */
export interface AttentionAnswer {
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  heads: number[];
  query: number | null;
  key: number | null;
  rows: [number, number];
  columns: [number, number];
  withoutFirst: boolean;
  part: string;
  number: number;
}

/** Weights in steps of 1/65,534 or 1/254; links of long texts one after another, head by head. */
export interface AttentionArrays {
  /** token */
  sourceTokens?: Shaped<Uint16Array>;
  /** token */
  targetTokens?: Shaped<Uint16Array>;
  cells?: Shaped<Uint16Array> | Shaped<Uint8Array>;
  /** head row column */
  maps?: Shaped<Uint8Array>;
  /** link */
  linkQuery?: Shaped<Uint16Array>;
  /** link */
  linkKey?: Shaped<Uint16Array>;
  /** link */
  linkWeight?: Shaped<Uint16Array>;
  /** weight */
  rowHead?: Shaped<Uint16Array>;
  /** weight */
  rowKey?: Shaped<Uint16Array>;
  /** weight */
  rowWeight?: Shaped<Uint16Array>;
}

/** What the visitor chose, counted by the browser. */
export interface AttentionChoice {
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  heads: number[];
  query: number | null;
  key: number | null;
  rows: [number, number];
  columns: [number, number];
  withoutFirst: boolean;
  number: number;
  holds: AttentionHolds;
}

/** The header of a packet for the head view. */
export interface AttentionHeader {
  reading: Reading;
  answer: AttentionAnswer;
  part?: AttentionPart;
  heads?: AttentionHeads;
}

/** Heads whose weights a packet carries, in the order of its arrays. */
export interface AttentionHeads {
  heads: number[];
  linkCounts: number[];
  totals: number[];
  weightsOnFirst: number[];
}

/** What the browser has and need not be sent again: a text, and the heads of each part. */
export interface AttentionHolds {
  reading: string;
  heads: Record<string, number[]>;
}

/** A part of a layer: rows and columns of a text, and the shape of the model around it. */
export interface AttentionPart {
  id: string;
  stack: "encoder" | "decoder" | "cross";
  stacks: (["encoder" | "decoder" | "cross", string])[];
  stackName: string;
  colour: "encoder" | "decoder" | "cross";
  layers: number[];
  layer: number;
  headCount: number;
  keyValueHeads: number;
  rows: [number, number];
  columns: [number, number];
  queryCount: number;
  keyCount: number;
  block: number;
  rulerSteps: [number, number];
  querySequence: string;
  keySequence: string;
  possible: number;
  mostLinks: number;
}

/** Where the visitor looks. */
export interface AttentionPlace {
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  heads: number[];
  query: number | null;
  key: number | null;
  rows: [number, number];
  columns: [number, number];
  withoutFirst: boolean;
}

/** What the head view sends back. */
export interface AttentionSends {
  choice: AttentionChoice;
}

/** The part is to be drawn again; with the stack and (layer, head) pairs that the visitor wants switched off. */
export interface FollowAgain {
  off?: [string, [number, number][]];
}

/** What a part of the page has drawn and what of that it depends on; ``told`` makes every message another one. */
export interface FollowData {
  fields: ("stack" | "layer" | "heads" | "query" | "key" | "rows" | "columns" | "withoutFirst")[];
  drawn: AttentionPlace;
  wait: number;
  off: Record<string, [number, number][]> | null;
  told: number;
}

/** What the follower sends back. */
export interface FollowSends {
  again: FollowAgain;
}

/** The largest weight of each block of a head's matrix in steps of 1/254, heads layer by layer. */
export interface HeadGridArrays {
  /** head row column */
  maps: Shaped<Uint8Array>;
}

/** The header of a packet for the grid; before the heads are measured it has no measures and no roles. */
export interface HeadGridHeader {
  stack: "encoder" | "decoder" | "cross";
  colourName: "encoder" | "decoder" | "cross";
  layers: number[];
  heads: number[];
  measures: HeadMeasure[];
  roles: string[][];
  rowsRead: number;
  rows: number;
  off: [number, number][];
  canSwitchOff: boolean;
}

/** What was measured of every head, by layer and head: None where this text does not tell, else up to ``most``. */
export interface HeadMeasure {
  id: string;
  label: string;
  values: ((number | null)[])[];
  unit: "%" | "bits" | "tokens";
  most: number;
  help: string;
}

/** The numbers of one query token and of the keys shown; what the model has none of is left out. */
export interface InsideArrays {
  /** key */
  positions: Shaped<Int32Array>;
  /** d_head */
  query: Shaped<Float32Array>;
  /** key d_head */
  keys: Shaped<Float32Array>;
  /** key d_value */
  values: Shaped<Float32Array>;
  /** key */
  dots: Shaped<Float32Array>;
  /** key */
  scaled: Shaped<Float32Array>;
  /** key */
  visible: Shaped<Uint8Array>;
  /** key */
  scores: Shaped<Float32Array>;
  /** key */
  exponentials: Shaped<Float32Array>;
  /** key */
  weights: Shaped<Float32Array>;
  /** d_value */
  rest: Shaped<Float32Array>;
  /** d_value */
  output: Shaped<Float32Array>;
  /** table width */
  tables?: Shaped<Float32Array>;
  /** d_model */
  first?: Shaped<Float32Array>;
  /** d_model */
  residual?: Shaped<Float32Array>;
  /** d_model */
  input?: Shaped<Float32Array>;
  /** d_model */
  products?: Shaped<Float32Array>;
  /** d_head */
  queryProjected?: Shaped<Float32Array>;
  /** d_head */
  queryNormed?: Shaped<Float32Array>;
  /** pair */
  queryAngles?: Shaped<Float32Array>;
  /** key d_head */
  keysProjected?: Shaped<Float32Array>;
  /** key d_head */
  keysNormed?: Shaped<Float32Array>;
  /** key pair */
  keyAngles?: Shaped<Float32Array>;
  /** pair */
  frequencies?: Shaped<Float32Array>;
  /** key d_value */
  valuesProjected?: Shaped<Float32Array>;
  /** key */
  capped?: Shaped<Float32Array>;
  /** key */
  bias?: Shaped<Float32Array>;
  /** d_model */
  contribution?: Shaped<Float32Array>;
  /** head */
  contributionNorms?: Shaped<Float32Array>;
  /** d_model */
  attentionOutput?: Shaped<Float32Array>;
}

/** Whether the projections have a bias; those that could not be told are left out. */
export interface InsideBiases {
  query?: boolean;
  key?: boolean;
  value?: boolean;
  output?: boolean;
}

/** What the visitor chose, counted by the browser; no key stands for the strongest. */
export interface InsideChoice {
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  heads: number[];
  query: number;
  key: number | null;
  step: "vector" | "project" | "norm" | "position" | "match" | "score" | "softmax" | "mix" | "output" | "check";
  number: number;
}

/** What projected vectors are multiplied by, 1 in nearly every model. */
export interface InsideFactors {
  query: number;
  key: number;
  value: number;
}

/** Where the picture looks, the tokens it names, and the constants its numbers go through. */
export interface InsideHeader {
  stack: "encoder" | "decoder" | "cross";
  stacks: (["encoder" | "decoder" | "cross", string])[];
  layers: number[];
  layer: number;
  head: number;
  headCount: number;
  keyValueHead: number;
  sharing: number[];
  query: number;
  queryCount: number;
  keyCount: number;
  queryStart: number;
  queryTokens: TokenChip[];
  queryToken: TokenChip;
  keyTokens: TokenChip[];
  key: number;
  leftOut: number;
  weightLeftOut: number;
  closed: number;
  steps: ("vector" | "project" | "norm" | "position" | "match" | "score" | "softmax" | "mix" | "output" | "check")[];
  step: "vector" | "project" | "norm" | "position" | "match" | "score" | "softmax" | "mix" | "output" | "check";
  number: number;
  waiting: boolean;
  standalone: boolean;
  scaling: number;
  headWidth: number;
  softcap: number | null;
  sink: number | null;
  sinkExponential: number;
  largest: number;
  total: number;
  mask: "full" | "causal" | "sliding window" | "other";
  padded: boolean;
  differences: [string, number][];
  biases: InsideBiases;
  norm: InsideNorm | null;
  queryNorm: InsideNorm | null;
  keyNorm: InsideNorm | null;
  factors: InsideFactors;
  tables: ("token" | "position" | "other")[];
  beginningNorm: string | null;
  rotation: InsideRotation | null;
}

/** A norm: its formula, its width, and for the vector shown what is taken off and what is divided by. */
export interface InsideNorm {
  kind: "LayerNorm" | "RMSNorm";
  width: number;
  mean?: number;
  spread?: number;
}

/** Rotary position: which numbers are pairs, how many are turned, and what they are stretched by. */
export interface InsideRotation {
  pairing: "halves" | "neighbours";
  width: number;
  factor: number;
}

/** What the picture of a head sends back. */
export interface InsideSends {
  choice: InsideChoice;
}

/** One square: a model's tokens, and where its target begins among them, 0 if it has none. */
export interface LessonDesign {
  title: string;
  family: "encoder" | "decoder" | "encoder-decoder";
  model: string;
  own: boolean;
  task: string;
  sentence: string;
  stacks: ("encoder" | "decoder" | "cross")[];
  split: number;
  tokens: TokenChip[];
}

/** The squares, in the order of the arrays ``cells0``, ``cells1`` ... */
export interface LessonDesignsHeader {
  designs: LessonDesign[];
}

/** One lesson and how far the visitor has come with it. */
export interface LessonMark {
  name: string;
  number: number;
  title: string;
  read: boolean;
  questions: ("" | "right" | "wrong")[];
}

/** All lessons, the one shown, where the visitor stands in a sentence, and the block that the lesson is about. */
export interface LessonMarksHeader {
  lessons: LessonMark[];
  now: string;
  summary: string;
  block: string | null;
}

/** A lesson to open; what the browser has kept, which may be anything; the wish to start again. */
export interface LessonMarksSends {
  lesson: string;
  kept: Record<string, unknown>;
  anew: true;
}

/** What one side of a model reads, and how many more tokens it has than are shown. */
export interface LessonSequence {
  name: "source" | "target";
  title: string;
  tokens: TokenChip[];
  more: number;
}

/** One sequence, or two for an encoder-decoder. */
export interface LessonTokensHeader {
  sequences: LessonSequence[];
}

/** The text that is read; its tokens come once, with the first packet about it. */
export interface Reading {
  id: string;
  tokens?: Record<string, TokenChip[]>;
  standalone?: boolean;
}

/** A token as a chip shows it: text, raw token, id; leading space, continues a word, special, padding. */
export interface TokenChip {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
}
