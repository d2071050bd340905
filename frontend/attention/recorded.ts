// Recorded parts of a layer, for unit tests.

import { recordedPacket } from "../shared/recorded.ts";
import type { AttentionModel } from "./model.ts";
import { Shelf } from "./shelf.ts";

/** What a recorded packet shows, with the heads that it is asked for as those drawn. */
export function modelOf(name: string): AttentionModel {
  const shelf = new Shelf();
  const { answer } = shelf.take(recordedPacket(name));
  const model = shelf.find(answer);
  if (!model) throw new Error(`${name} does not hold what it answers.`);
  model.chosen = answer.heads;
  return model;
}
