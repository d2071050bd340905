// For tests: the head of tests/made_heads.py, as the page sends it.

import { readFileSync } from "node:fs";
import type { InsideArrays, InsideHeader } from "../shared/generated/messages.ts";
import { InsideModel } from "./model.ts";

/** The recorded head, changed in some places. */
export function recordedHead(header: Partial<InsideHeader> = {}, arrays: Partial<InsideArrays> = {}): InsideModel {
  const model = new InsideModel(new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/inside-head.packet`)));
  Object.assign(model.header, header);
  Object.assign(model.arrays, arrays);
  return model;
}

/** An array as it comes in a packet. */
export function numbers(...values: number[]): InsideArrays["weights"] {
  return Object.assign(Float32Array.from(values), { shape: [values.length] });
}
