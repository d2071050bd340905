// What a packet holds: the numbers of one query token and of the keys shown, and how to read them.

import type { InsideArrays, InsideChoice, InsideHeader } from "../shared/generated/messages.ts";
import { type Shaped, unpack } from "../shared/packet.ts";

export type Step = InsideHeader["step"];

/** Where the visitor is; the number of a choice is counted when it is sent. */
export type Choice = Omit<InsideChoice, "number">;

export type Rows = Shaped<Float32Array>;

export class InsideModel {
  readonly header: InsideHeader;
  readonly arrays: InsideArrays;

  constructor(packet: Uint8Array) {
    const { header, arrays } = unpack<InsideHeader, InsideArrays>(packet);
    this.header = header;
    this.arrays = arrays;
  }

  /** The sequence that keys come from, as the components of a page name it. */
  get keySequence(): "source" | "target" {
    const { stack, stacks } = this.header;
    return stack === "decoder" && stacks.length > 1 ? "target" : "source";
  }

  /** The sequence that looks. */
  get querySequence(): "source" | "target" {
    return this.header.stack === "cross" ? "target" : this.keySequence;
  }

  /** Where a key stands among those shown; the one that the server looked into stands in for a key that is not. */
  placeOf(key: number | null): number {
    const { positions } = this.arrays;
    const found = positions.indexOf(key ?? this.header.key);
    return found >= 0 ? found : positions.indexOf(this.header.key);
  }

  /** A key as prose names it. */
  keyName(place: number): string {
    return `“${this.header.keyTokens[place].t}”`;
  }
}

/** A row of an array with an axis of keys; undefined if there is no such array. */
export function rowOf(array: Rows, place: number): Float32Array;
export function rowOf(array: Rows | undefined, place: number): Float32Array | undefined;
export function rowOf(array: Rows | undefined, place: number): Float32Array | undefined {
  if (!array) return undefined;
  const width = array.shape[1];
  return array.subarray(place * width, (place + 1) * width);
}

/** The step that a key of the keyboard leads to, or undefined. */
export function stepBeside(steps: readonly Step[], step: Step, key: string): Step | undefined {
  const by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  return by ? steps[steps.indexOf(step) + by] : undefined;
}
