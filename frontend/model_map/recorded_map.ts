// The maps of the shipped models, as Python sends them, for tests.

import { readFileSync } from "node:fs";
import type { ModelMapHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";

export function recordedMap(architecture: "encoder" | "decoder" | "encoder-decoder"): ModelMapHeader {
  const packet = new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/map-${architecture}.packet`));
  return unpack<ModelMapHeader, Record<string, never>>(packet).header;
}
