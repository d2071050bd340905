// Pictures as Python sends them (tests/recorded/whole_model.py says what is in them), for tests.

import { readFileSync } from "node:fs";
import type { WholeModelHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { type Arrays, Picture } from "./picture.ts";

export function recordedPicture(name: "encoder" | "decoder" | "encoder-decoder" | "pooled"): Picture {
  const packet = new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/whole-${name}.packet`));
  const { header, arrays } = unpack<WholeModelHeader, Arrays>(packet);
  return new Picture(header, arrays);
}
