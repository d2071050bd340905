// Written by `python -m frontend.generate`; change what it is made of instead.

import type { Shaped } from "../packet.ts";

/** The header of a packet: by answer token the shares that its first token and the answer itself got. */
export interface AnsweringHeader {
  answer: TokenChip[];
  first: number[];
  written: number[];
  passages: RankedPassage[];
  needed: number;
}

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

/** The header of a packet for the classes of a text. */
export interface ClassesHeader {
  methods: SortingMethod[];
}

/** A row of the table of differences: a value for each pane compared, and what follows from them. */
export interface ComparedDifference {
  name: string;
  values: string[];
  sentence: string;
}

/** A stack of a model; a cell of its matrices stands for ``block`` x ``block`` tokens. */
export interface ComparedStack {
  stack: "encoder" | "decoder" | "cross";
  label: string;
  layers: number[];
  queries: number;
  keys: number;
  block: number;
  maskOf: number[];
  mask: string;
  directions: string[];
  nearest: Record<string, NearestHead | null>;
}

/** A text, the panes that read it, and its pieces: each a part of the text and the number of the piece. */
export interface ComparedText {
  panes: number[];
  pieces: [string, number][];
}

/** A word that a model read, and the numbers of the pieces of text that it stands for. */
export interface ComparedWord {
  text: string;
  links: number[];
}

/** What the visitor looks at. */
export interface ComparisonChoice {
  depth: number;
  role: string;
  pair: string[] | null;
}

/** The header of a packet for the comparison; another version means that more than the view has changed. */
export interface ComparisonHeader {
  panes: (EmptyPane | ReadyPane)[];
  texts: ComparedText[];
  roles: HeadRole[];
  differences: ComparedDifference[];
  compared: number[];
  pair: [string, string] | null;
  version: string;
  view: ComparisonView;
}

/** What the comparison sends back. */
export interface ComparisonSends {
  view: ComparisonChoice;
}

/** What is looked at: how far up from 0 to 1, a role, two words. */
export interface ComparisonView {
  depth?: number;
  role?: string;
  pair?: string[];
}

/** A pane with nothing to show: its model is being run, or cannot be had. */
export interface EmptyPane {
  name: string;
  error: string;
  note: string;
}

/** Attention of each written token to each token of the parts, in steps of 1/65,534. */
export interface EvidenceArrays {
  /** step token */
  weights: Shaped<Uint16Array>;
}

/** A token that could stand at a place, with the model's probability for it. */
export interface EvidenceCandidate {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  before: number;
}

/** The header of a packet; ``step`` is what is shown while nothing is pointed at. */
export interface EvidenceHeader {
  stack: "encoder" | "decoder" | "cross";
  steps: EvidenceStep[];
  step: number;
  parts: EvidencePart[];
  readTitle: string;
  measured: string;
  verb: string;
  nothing: string;
  compares: boolean;
  lines: EvidenceLine[];
}

/** A line of the text: its tokens from ``start`` to before ``end``, and their mean probability. */
export interface EvidenceLine {
  start: number;
  end: number;
  probability: number;
}

/** A part of the prompt. */
export interface EvidencePart {
  name: string;
  tokens: TokenChip[];
}

/** A token that was written, with its probability and the likeliest candidates of its place. */
export interface EvidenceStep {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  probability: number;
  candidates: EvidenceCandidate[];
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

/** A role that a head can have. */
export interface HeadRole {
  name: string;
  meaning: string;
}

/** A word that is hidden from a model, what it reads around it, and what it puts there. */
export interface HiddenWord {
  word: string;
  before: string;
  after: string;
  unseen: string;
  candidates: ScoredToken[];
  probability: number | null;
  reason: string;
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

/** A label with its score, as a length and as it is written. */
export interface LabelBar {
  label: string;
  length: number;
  number: string;
  hover: string;
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

/** The head that fits a role best, and the array that holds its weights. */
export interface NearestHead {
  layer: number;
  head: number;
  score: number;
  array: string;
}

/** An example of what a model is trained to do. */
export interface ObjectiveExample {
  given: string;
  answer: string;
}

/** How many parameters the blocks of one kind have. */
export interface ParameterCount {
  name: string;
  count: number;
}

/** A passage of a document; of one that was read, its place among those, its tokens and where they stood. */
export interface RankedPassage {
  document: string;
  number: number;
  similarity: number;
  text: string;
  read: number | null;
  tokens?: TokenChip[];
  positions?: number[];
}

/** The text that is read; its tokens come once, with the first packet about it. */
export interface Reading {
  id: string;
  tokens?: Record<string, TokenChip[]>;
  standalone?: boolean;
}

/** A model and what it did with a text; ``across`` is the earlier pane where the same model reads another text. */
export interface ReadyPane {
  name: string;
  error: string;
  note: string;
  family: "encoder" | "decoder" | "encoder-decoder";
  about: string;
  objective: TrainingObjective;
  source: SourceToken[];
  target: TargetToken[];
  words: ComparedWord[];
  stacks: ComparedStack[];
  blank: HiddenWord | null;
  following: ScoredToken[];
  written: ScoredToken[];
  parameters: ParameterCount[];
  measures: [string, string][];
  costs: [string, string][];
  across: number | null;
}

/** A token with its probability from 0 to 1. */
export interface ScoredToken {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  probability: number;
}

/** What one method makes of a text. */
export interface SortingMethod {
  words: WordChange[];
  said: string;
  title: string;
  measure: string;
  stack: "encoder" | "decoder";
  winner: number;
  bars: LabelBar[];
}

/** A token of the text, and the numbers of the pieces of text that it stands for. */
export interface SourceToken {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  links: number[];
}

/** A token of what a decoder wrote, and the place of the source token it was written for, if that is known. */
export interface TargetToken {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  source: number | null;
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

/** What a model is trained to do, with examples made of the text. */
export interface TrainingObjective {
  name: string;
  sentence: string;
  examples: ObjectiveExample[];
}

/** A word, and by how much the winner's lead is smaller without it. */
export interface WordChange {
  word: string;
  change: number;
  said: string;
}
