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

/** What the head view sends back. */
export interface AttentionSends {
  choice: AttentionChoice;
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
