// What the panes say of the step that packets hold, as JSON: `node said.ts PACKET...`. tests/reader reads it.

import { readFileSync } from "node:fs";
import type { GenerationArrays, GenerationHeader } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { attendedStep, lookedAtInWords, noteOf, stacksOf } from "./attention_of_step.ts";
import { cacheInWords } from "./cache_size.ts";
import { candidatesOf } from "./candidates.ts";
import { openStep, stageLines, tokenOf, verdictOf } from "./open_step.ts";
import { candidateInWords, type Sentence, stepInWords } from "./words.ts";

/** A sentence as text, with each token as its number in angle brackets. */
function written(said: Sentence): string {
  return said.map((part) => (typeof part === "string" ? part : `<${part.i}>`)).join("");
}

function saidOf(file: string) {
  const { header, arrays } = unpack<GenerationHeader, GenerationArrays>(new Uint8Array(readFileSync(file)));
  const open = openStep(header, arrays, header.settings);
  const choice = open.sampler.choose(header.settings);
  const step = header.steps[header.step];
  const { found, position } = attendedStep(header, arrays, stacksOf(header), header.step, null);
  return {
    step: stepInWords(step),
    verdict: written(verdictOf(open, choice)),
    stages: stageLines(open, choice).map(({ name, said }) => [name, said]),
    candidates: candidatesOf(open.sampler, choice, step.i).map((candidate) => [
      candidate.token,
      candidateInWords(tokenOf(open, candidate.token).t, candidate, choice, candidate.token === step.i),
    ]),
    looked: written(lookedAtInWords(step, found, header.looking)),
    notes: Object.fromEntries(found.map(([stack, all]) => [stack, noteOf(stack, all, position)])),
    cache: cacheInWords(header, arrays, header.step),
  };
}

console.log(JSON.stringify(process.argv.slice(2).map(saidOf)));
