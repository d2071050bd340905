// The step that is open, with everything that is needed to try other settings on it.

import type { GenerationArrays, GenerationHeader, SamplingSettings, TokenChip } from "../shared/generated/messages.ts";
import { thousands } from "../shared/numbers.ts";
import { type Choice, Sampler, type Stage } from "./sampling.ts";
import { sameSettings } from "./sliders.ts";
import { choiceInWords, type Sentence, stageInWords, verdict } from "./words.ts";

export interface OpenStep {
  header: GenerationHeader;
  sampler: Sampler;
  /** Tokens that have a text, by number. */
  named: Map<number, TokenChip>;
  /** As the sliders stand. */
  settings: SamplingSettings;
}

/** The step that a packet holds in full. */
export function openStep(
  header: GenerationHeader,
  { logits, context, luck, ownScores }: GenerationArrays,
  settings: SamplingSettings,
): OpenStep {
  return {
    header,
    sampler: new Sampler(logits, context, luck, ownScores ? { names: header.ownStages, scores: ownScores } : null),
    named: new Map([...header.named, header.steps[header.step]].map((token) => [token.i, token])),
    settings,
  };
}

/** A token with its text, if the server has sent one. */
export function tokenOf({ named }: OpenStep, token: number): TokenChip {
  return named.get(token) ?? { t: `token ${thousands(token)}`, r: "", i: token, x: 1 };
}

/** What was chosen, or would be with other settings. */
export function verdictOf(open: OpenStep, choice: Choice): Sentence {
  const { header, sampler, settings } = open;
  const [first] = sampler.byModel.order;
  return verdict({
    step: header.steps[header.step],
    choice,
    chosen: choice.chosen === null ? null : tokenOf(open, choice.chosen),
    changed: !sameSettings(settings, header.settings),
    leader: { token: tokenOf(open, first), share: sampler.before[0] },
  });
}

/** A line of the way from logits to choice. */
export interface StageLine {
  name: string;
  said: string;
  stage?: Stage;
}

/** The way from logits to choice, line by line. */
export function stageLines({ header, sampler, settings }: OpenStep, choice: Choice): StageLine[] {
  const picked = header.steps[header.step].picked && sameSettings(settings, header.settings);
  return [
    { name: "Model", said: `${thousands(sampler.vocabulary)} tokens` },
    ...choice.stages.map((stage) => ({ name: stage.name, said: stageInWords(stage), stage })),
    { name: picked ? "pick" : choice.greedy ? "greedy" : "draw", said: choiceInWords(choice, picked) },
  ];
}
