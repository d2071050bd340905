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

/** Weights as they are or in half percents; links of long texts, head after head; the row that is kept. */
export interface AttentionArrays {
  /** token */
  sourceTokens?: Shaped<Uint16Array>;
  /** token */
  targetTokens?: Shaped<Uint16Array>;
  cells?: Shaped<Float32Array> | Shaped<Uint8Array>;
  /** head row column */
  maps?: Shaped<Uint8Array>;
  /** link */
  linkQuery?: Shaped<Uint16Array>;
  /** link */
  linkKey?: Shaped<Uint16Array>;
  /** link */
  linkWeight?: Shaped<Float32Array>;
  /** head column */
  row?: Shaped<Float32Array>;
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
  weightsOnFirst: (number | null)[];
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

/** A token that a beam could go on with; :class:`llm_core.generation.beam_tree.BeamNode` describes the fields. */
export interface BeamToken {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  number: number;
  parent: number | null;
  depth: number;
  rank: number;
  logProbability: number;
  added: number;
  score: number;
  survived: boolean;
  finished: boolean;
  fate: string;
  finalScore: number | null;
}

/** The header of a packet for the tree: nodes by number, texts from the best on. */
export interface BeamsHeader {
  nodes: BeamToken[];
  texts: FoundText[];
  lengthPenalty: number;
  changed: boolean;
}

/** A layer of the key/value cache. */
export interface CachedLayer {
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  heads: number;
  keyValueHeads: number;
}

/** The header of a packet for the classes of a text, with the text they belong to. */
export interface ClassesHeader {
  text: string;
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
  nearest: Record<string, NearestHead | TooFewQueries | null>;
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

/** Attention of each written token to each token of the parts, from 0 to 1. */
export interface EvidenceArrays {
  /** step token */
  weights: Shaped<Float32Array>;
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

/** A token that was written: its probability, its surprise in bits, the likeliest candidates of its place. */
export interface EvidenceStep {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  probability: number;
  surprise: number;
  candidates: EvidenceCandidate[];
}

/** A mask at a position: how undecided the model is, in bits, and its candidates, likeliest first. */
export interface FilledMask {
  position: number;
  entropy: number;
  candidates: MaskCandidate[];
}

/** The part is to be drawn again; with the stack and (layer, head) pairs that the visitor wants switched off. */
export interface FollowAgain {
  off?: [string, [number, number][]];
}

/** What a part of the page has drawn and what of that it depends on. */
export interface FollowData {
  fields: ("stack" | "layer" | "heads" | "query" | "key" | "rows" | "columns" | "withoutFirst")[];
  drawn: AttentionPlace;
  wait: number;
  off: Record<string, [number, number][]> | null;
}

/** What the follower sends back. */
export interface FollowSends {
  again: FollowAgain;
}

/** A text that the search ended with, its final score, and the node of its last token. */
export interface FoundText {
  tokens: TokenChip[];
  score: number;
  node: number;
}

/** One step's logits, luck (empty without a draw) and context; attention from 0 to 1; the cache's growth. */
export interface GenerationArrays {
  /** vocabulary */
  logits: Shaped<Float32Array>;
  /** vocabulary */
  luck: Shaped<Float32Array>;
  /** token */
  context: Shaped<Int32Array>;
  /** step layer */
  cacheTokens: Shaped<Uint32Array>;
  /** step layer */
  cacheBytes: Shaped<Uint32Array>;
  /** vocabulary */
  ownScores?: Shaped<Float32Array>;
  /** query key */
  encoderAttention?: Shaped<Float32Array>;
  /** step key */
  decoderAttention?: Shaped<Float32Array>;
  /** step key */
  crossAttention?: Shaped<Float32Array>;
}

/** The header of a packet for the text being written. */
export interface GenerationHeader {
  model: string;
  family: "encoder" | "decoder" | "encoder-decoder";
  number: number;
  step: number;
  branch: number;
  standalone: boolean;
  prompt: TokenChip[];
  promptHidden: number;
  source: TokenChip[];
  steps: WrittenToken[];
  settings: SamplingSettings;
  ownStages: string[];
  named: TokenChip[];
  branches: TextBranch[];
  looking: Partial<Record<"encoder" | "decoder" | "cross", HeadPlace>>;
  layers: Partial<Record<"encoder" | "decoder" | "cross", [number, number][]>>;
  cache: CachedLayer[];
}

/** What the component sends back: the visitor's last choice, counted by the browser. */
export interface GenerationSends {
  choice: StepChoice | TokenChoice | HeadChoice;
}

/** A head that training guided, and to do what. */
export interface GuidedInGrid {
  layer: number;
  head: number;
  taught: string;
}

/** The visitor wants to see another head's attention. */
export interface HeadChoice {
  kind: "looking";
  step: number;
  stack: "encoder" | "decoder" | "cross";
  layer: number;
  head: number;
  branch: number;
  number: number;
}

/** The largest weight of each block of a head's matrix in half percents, heads layer by layer. */
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
  guided: GuidedInGrid[];
}

/** What was measured of every head, by layer and head: None where this text does not tell, else up to ``most``. */
export interface HeadMeasure {
  id: string;
  label: string;
  values: ((number | null)[])[];
  unit: "%" | "bits" | "tokens";
  most: number;
  help: string;
  queries: number[];
  random: (number | null)[];
  fewest: number;
}

/** A head of a layer; -1 stands for the mean of all its heads. */
export interface HeadPlace {
  layer: number;
  head: number;
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

/** Inside an attention block: a head, and the tokens whose queries and keys are shown. */
export interface InsideAttention {
  kind: "attention";
  block: string;
  head: number;
  heads: number;
  query: number;
  queryPositions: number[];
  keyPositions: number[];
  queryTokens: TokenChip[];
  keyTokens: TokenChip[];
  caption: string;
  note: string;
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

/** Inside an embedding block: the rows of tables whose sum is a token's first vector. */
export interface InsideEmbedding {
  kind: "embedding";
  block: string;
  token: TokenChip;
  width: number;
  tables: WholeModelTable[];
  firstName: string;
  firstWords: string;
  note: string;
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
  differenceShare: number | null;
  biasByDistance: boolean;
  biases: InsideBiases;
  norm: InsideNorm | null;
  queryNorm: InsideNorm | null;
  keyNorm: InsideNorm | null;
  factors: InsideFactors;
  tables: ("token" | "position" | "other")[];
  beginningNorm: string | null;
  rotation: InsideRotation | null;
}

/** Inside a feed-forward block: the neurons that add most for a token. */
export interface InsideNetwork {
  kind: "feed_forward";
  block: string;
  token: TokenChip;
  count: number;
  share: number;
  neurons: WholeModelNeuron[];
  note: string;
}

/** A norm: its formula, its width, and for the vector shown what is taken off and what is divided by. */
export interface InsideNorm {
  kind: "LayerNorm" | "RMSNorm";
  width: number;
  mean?: number;
  spread?: number;
}

/** Inside the output block: the tokens likeliest to come out. */
export interface InsideOutput {
  kind: "output";
  block: string;
  token: TokenChip;
  before: string;
  words: string;
  candidates: WholeModelCandidate[];
  note: string;
}

/** Why there is nothing to show inside a block. */
export interface InsideProblem {
  kind: "problem";
  block: string;
  problem: string;
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

/** Inside the output block of an encoder without an output head. */
export interface InsideVectors {
  kind: "vectors";
  block: string;
  token: TokenChip;
  words: string;
  note: string;
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

/** A token that could stand in a mask's place, with its probability. */
export interface MaskCandidate {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  probability: number;
}

/** One reading of the text: every mask in it, and the positions that were filled after it. */
export interface MaskReading {
  tokens: TokenChip[];
  filled: number[];
  fillings: FilledMask[];
}

/** The header of a packet for filled masks; ``layer`` is the one whose attention travels along. */
export interface MasksHeader {
  passes: MaskReading[];
  layer: number;
}

/** A block was chosen, with its layer and head where it has them. */
export interface ModelMapGo {
  block: "embedding" | "attention" | "feed_forward" | "head";
  stack: "encoder" | "decoder" | "cross" | null;
  layer: number | null;
  head: number | null;
}

/** The header of a packet for the model map: the page it stands on, and the model in numbers. */
export interface ModelMapHeader {
  name: string;
  family: "encoder" | "decoder" | "encoder-decoder";
  page: string;
  large: boolean;
  stacks: ModelMapStack[];
  embedding: number;
  head: number;
  total: number;
  width: number;
  headWidth: number | null;
  inner: number | null;
  vocabulary: number;
  positions: "learned" | "fixed" | "rotary" | "relative" | "unknown";
  limit: number | null;
  hasHead: boolean;
}

/** What the map sends back. */
export interface ModelMapSends {
  go: ModelMapGo;
}

/** A stack: heads of a layer, heads that own keys and values, heads of cross-attention, layers, what is beside. */
export interface ModelMapStack {
  stack: "encoder" | "decoder" | "cross";
  heads: number;
  shared: number;
  crossHeads: number;
  layers: [number, number, number, number, number, number][];
  beside: number;
}

/** The head that fits a role best, and the array that holds its weights. */
export interface NearestHead {
  layer: number;
  head: number;
  score: number;
  queries: number;
  random: number | null;
  array: string;
  note: string;
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
  relevance: number;
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

/** How a token is chosen; :class:`llm_core.GenerationSettings` says what each setting does. */
export interface SamplingSettings {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  typicalP: number;
  penalty: number;
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

/** The visitor looks at a step of a branch; ``goto`` is a branch chosen in the tree. */
export interface StepChoice {
  kind: "step" | "goto";
  step: number;
  branch: number;
  number: number;
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

/** One way the text goes on: the branch it left, its first step that is its own, and its tokens from there on. */
export interface TextBranch {
  number: number;
  parent: number | null;
  at: number;
  tokens: TokenChip[];
  note: string;
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

/** The visitor lets the text go on from a step, under other settings unless they are None. */
export interface TokenChoice {
  kind: "branch";
  step: number;
  token: number | null;
  settings: SamplingSettings | null;
  branch: number;
  number: number;
}

/** A role that fewer queries than ``fewest`` tell of, so that no head is named. */
export interface TooFewQueries {
  queries: number;
  fewest: number;
}

/** What a model is trained to do, with examples made of the text. */
export interface TrainingObjective {
  name: string;
  sentence: string;
  examples: ObjectiveExample[];
}

/** A token of the vocabulary. */
export interface WholeModelCandidate {
  id: number;
  token: TokenChip;
}

/** What the visitor chose, counted by the browser. */
export interface WholeModelChoice {
  block: string | null;
  head: number | null;
  token: WholeModelToken | null;
  number: number;
}

/** The likeliest tokens after (or at) the chosen token, with their probabilities. */
export interface WholeModelEndings {
  token: TokenChip;
  before: string;
  tokens: [TokenChip, number][];
}

/** The header of a packet for the whole model. */
export interface WholeModelHeader {
  model: string;
  text: string;
  family: "encoder" | "decoder" | "encoder-decoder";
  sequences: Partial<Record<"source" | "target", WholeModelSequence>>;
  stacks: WholeModelStack[];
  output: WholeModelTokensOut | WholeModelVectorsOut;
  legend: WholeModelLegend[];
  leftOut: string[];
  aside: string;
  hint: string;
  caption: string;
  complete: boolean;
  version: string;
  reading: string;
  fileName: string;
  standalone: boolean;
  chosenRow: number;
  endings: WholeModelEndings | null;
  ways: Partial<Record<"embedding" | "attention" | "feed_forward" | "output", WholeModelWay>>;
  place: WholeModelPlace;
  detail: InsideProblem | InsideAttention | InsideNetwork | InsideEmbedding | InsideOutput | InsideVectors | null;
  insides: (InsideProblem | InsideAttention | InsideNetwork | InsideEmbedding | InsideOutput | InsideVectors)[];
}

/** The link of an open block was followed: the kind of block, and the count of the browser. */
export interface WholeModelLeave {
  kind: "embedding" | "attention" | "feed_forward" | "output";
  number: number;
}

/** A kind of stroke and what it means. */
export interface WholeModelLegend {
  kind: "stream" | "encoder" | "decoder" | "cross" | "network" | "dots";
  words: string;
}

/** A row of the picture. */
export interface WholeModelLitRow {
  sequence: "source" | "target";
  row: number;
}

/** A neuron, what it adds, the tokens whose logits gain most and least by it, and by how much all do on average. */
export interface WholeModelNeuron {
  index: number;
  activation: number;
  adds: number;
  share: number;
  mean: number | null;
  up: [TokenChip, number][] | null;
  down: [TokenChip, number][] | null;
}

/** Where the visitor is: the open block, its head, the token whose path stays lit; and which choice that answers. */
export interface WholeModelPlace {
  block: string | null;
  head: number | null;
  token: WholeModelLitRow | null;
  number: number;
}

/** A row of the picture: its first token, that token's position, how many tokens share the row, and the last. */
export interface WholeModelRow {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  position: number;
  count: number;
  last: TokenChip;
  rests: boolean;
}

/** What the picture sends back. */
export interface WholeModelSends {
  choice: WholeModelChoice;
  way: WholeModelLeave;
}

/** The rows of a sequence; pooled if some row stands for more than one token. */
export interface WholeModelSequence {
  rows: WholeModelRow[];
  tokens: number;
  pooled: boolean;
}

/** A stack, the sequence whose streams pass it, its layers, and those of them with cross-attention. */
export interface WholeModelStack {
  stack: "encoder" | "decoder";
  sequence: "source" | "target";
  layers: number[];
  cross: number[] | null;
}

/** A table whose row is added into a first vector. */
export interface WholeModelTable {
  name: string;
  words: string;
}

/** A token of a sequence. */
export interface WholeModelToken {
  sequence: "source" | "target";
  position: number;
}

/** What comes out of a model with an output head: by row, its likeliest tokens. */
export interface WholeModelTokensOut {
  kind: "tokens";
  sequence: "source" | "target";
  title: string;
  before: string[];
  rows: TokenChip[][];
}

/** What comes out of an encoder without an output head, and what that means. */
export interface WholeModelVectorsOut {
  kind: "vectors";
  sequence: "source" | "target";
  title: string;
  short: string;
  meaning: string;
}

/** Where the link of an open block leads: a page, what its address says besides model and text, the whole of it. */
export interface WholeModelWay {
  page: "attention" | "embeddings" | "generation";
  own: Record<string, string>;
  href: string;
  words?: string;
}

/** A word, and by how much the winner's lead is smaller without it. */
export interface WordChange {
  word: string;
  change: number;
  said: string;
}

/** A token that was written: its probability, surprise and the model's entropy in bits, how long it took. */
export interface WrittenToken {
  t: string;
  r: string;
  i: number;
  s?: 1;
  c?: 1;
  x?: 1;
  p?: 1;
  probability: number;
  surprise: number;
  entropy: number;
  seconds: number;
  finish: "" | "end" | "length" | "limit";
  picked: boolean;
}
