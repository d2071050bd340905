// What is said in words about a step, its candidates and the stages of the pipeline.

import type { TokenChip, WrittenToken } from "../shared/generated/messages.ts";
import { counted, percent, thousands } from "../shared/numbers.ts";
import { type Candidate, choosable } from "./candidates.ts";
import type { Choice, Stage } from "./sampling.ts";

/** A sentence whose tokens are shown as chips. */
export type Sentence = (string | TokenChip)[];

const ENDS = {
  "": "",
  end: " The text ends here: an end token.",
  length: " The length asked for is reached.",
  limit: " The model can read no further.",
};

function bits(amount: number): string {
  return `${amount.toFixed(1)} bits`;
}

/** How probable a token was, how much the model hesitated, and whether the text ends here. */
export function stepInWords({ t, probability, surprise, entropy, finish }: WrittenToken): string {
  const choices = Math.round(2 ** entropy);
  const hesitated =
    choices > 1
      ? `The model hesitated by ${bits(entropy)}, as between ${thousands(choices)} equally likely tokens.`
      : `The model hardly hesitated: ${bits(entropy)}.`;
  return `“${t}”: ${percent(probability)}, surprise ${bits(surprise)}. ${hesitated}${ENDS[finish]}`;
}

/** The lines of a written token's tooltip below its name. */
export function stepInLines({ surprise, entropy, seconds }: WrittenToken): string[] {
  return [`surprise ${bits(surprise)}; the model hesitated by ${bits(entropy)}`, `${(1000 * seconds).toFixed(0)} ms`];
}

/** What a stage did. */
export function stageInWords({ excluded, share, kept, idle }: Stage): string {
  if (idle) return "changes nothing at this step";
  return excluded
    ? `cuts off ${thousands(excluded)}, ${percent(share)} of the probability; ${thousands(kept)} left`
    : "moves probability, cuts off nothing";
}

/** How the token is chosen in the end. */
export function choiceInWords({ greedy, chosen }: Choice): string {
  if (greedy) return "takes the likeliest token";
  return chosen === null ? "a token picked by you" : "probability × luck: the largest product is written";
}

/** What was chosen, or would be with other settings. */
export function verdict(step: WrittenToken, choice: Choice, chosen: TokenChip | null, changed: boolean): Sentence {
  const count = choosable(choice);
  const range = `${counted(count, "token")} can be chosen (${bits(choice.entropy)}).`;
  const byModel = `${percent(step.probability)} by the model`;
  if (!changed && step.picked) return ["You picked ", step, ` (${byModel}). ${range}`];
  if (!changed) return [step, ` was ${choice.greedy ? "the likeliest token" : "drawn"}: ${byModel}. ${range}`];
  if (chosen === null) return [`With these settings ${range}`];
  if (chosen.i === step.i) return ["With these settings and the same luck still ", step, `. ${range}`];
  return ["With these settings and the same luck: ", chosen, " instead of ", step, `. ${range}`];
}

/** A row of candidates for people who cannot see it. */
export function candidateInWords(name: string, { before, after, excluded }: Candidate, written: boolean): string {
  const left = excluded ? "excluded" : percent(after);
  return `${name}: ${percent(before)} by the model, ${left} after the pipeline${written ? "; written" : ""}`;
}

/** A candidate's probability after the pipeline, in its column. */
export function shareAfter({ after, excluded, token }: Candidate, { greedy, chosen }: Choice): string {
  if (excluded) return "cut off";
  return greedy && token !== chosen ? "–" : percent(after);
}

/** A factor of luck with three digits at most. */
export function factor(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
