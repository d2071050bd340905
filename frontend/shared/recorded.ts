// Packets that the pages have built, for unit tests (`python -m tests.recorded` writes them).

import { readFileSync } from "node:fs";

export function recordedPacket(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${import.meta.dirname}/../recorded/${name}.packet`));
}
