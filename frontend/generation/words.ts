// What is said in words about a step, its candidates and the stages of the pipeline.

import type { TokenChip, WrittenToken } from "../shared/generated/messages.ts";
import { counted, decimal, percent, thousands } from "../shared/numbers.ts";
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
  return `${decimal(amount, 1)} bits`;
}

/** How probable a token was, how much the model hesitated, and whether the text ends here. */
export function stepInWords({ t, probability, surprise, entropy, finish }: WrittenToken): string {
  const choices = Math.round(2 ** entropy);
  const hesitated =
    choices > 1
      ? `The model hesitated by ${bits(entropy)}, as between ${thousands(choices)} equally likely tokens.`
      : `The model hardly hesitated: ${bits(entropy)}.`;
  return `“${t}”: ${percent(probability)} by the model, surprise ${bits(surprise)}. ${hesitated}${ENDS[finish]}`;
}

/** The lines of a written token's tooltip below its name. */
export function stepInLines({ surprise, entropy, seconds }: WrittenToken): string[] {
  return [`surprise ${bits(surprise)}; the model hesitated by ${bits(entropy)}`, `${decimal(1000 * seconds, 0)} ms`];
}

/** What a stage did. */
export function stageInWords({ excluded, share, kept, idle }: Stage): string {
  if (idle) return "changes nothing at this step";
  if (!excluded) return "moves probability, cuts off nothing";
  return `cuts off ${counted(excluded, "token")} with ${percent(share)} of the probability; ${thousands(kept)} left`;
}

/** How the token is chosen in the end; `picked` if a person did. */
export function choiceInWords({ greedy, chosen }: Choice, picked: boolean): string {
  if (picked) return "a token picked by you";
  if (greedy) return "takes the likeliest token that is left";
  return chosen === null ? "nothing was drawn here" : "probability × luck: the largest product is written";
}

/** The step as it is, what the settings make of it, and the likeliest token by the model alone. */
export interface Verdict {
  step: WrittenToken;
  choice: Choice;
  /** What these settings choose; null if nobody knows. */
  chosen: TokenChip | null;
  /** True if these are not the settings that wrote the step. */
  changed: boolean;
  leader: { token: TokenChip; share: number };
}

/** What was chosen, or would be with other settings. */
export function verdict({ step, choice, chosen, changed, leader }: Verdict): Sentence {
  const range = `${counted(choosable(choice), "token")} can be chosen (${bits(choice.entropy)} of entropy).`;
  const byModel = `${percent(step.probability)} by the model`;
  if (changed) return withOthers(step, choice, chosen, range);
  if (step.picked) return ["You picked ", step, ` (${byModel}). By the settings ${range}`];
  const stages = choice.stages.filter(({ idle }) => !idle).map(({ name }) => `the ${name}`);
  const after = percent(shareOf(choice, step.i));
  if (!choice.greedy) {
    const drawnWith = stages.length ? `${byModel}, ${after} after the pipeline` : byModel;
    return [step, ` was drawn: ${drawnWith}. ${range}`];
  }
  if (!stages.length) return [step, ` was the likeliest token: ${byModel}. ${range}`];
  const left = `after ${stages.join(" and ")}`;
  if (step.i === leader.token.i || step.probability >= leader.share)
    return [
      step,
      ` was the likeliest token by the model (${percent(step.probability)}) and ${left} (${after}). ${range}`,
    ];
  const most = ` has most (${percent(leader.share)}). ${range}`;
  return [
    step,
    ` was the likeliest token ${left} (${after}). By the model alone it has ${percent(step.probability)}, and `,
    leader.token,
    most,
  ];
}

function withOthers(step: WrittenToken, choice: Choice, chosen: TokenChip | null, range: string): Sentence {
  if (chosen === null) {
    const open = step.picked ? "" : " No draw was made at this step, so which one is open.";
    return [`With these settings ${range}${open}`];
  }
  const how = choice.greedy ? "With these settings" : "With these settings and the same luck";
  if (chosen.i === step.i) return [`${how} still `, step, `. ${range}`];
  return [`${how}: `, chosen, " instead of ", step, `. ${range}`];
}

/** A token's probability after all stages. */
function shareOf({ order, shares, closed }: Choice, token: number): number {
  const rank = order.indexOf(token);
  return rank < 0 || closed?.[rank] ? 0 : (shares[rank] ?? 0);
}

/** A row of candidates for people who cannot see it. */
export function candidateInWords(name: string, candidate: Candidate, choice: Choice, written: boolean): string {
  const { before, after, excluded, token } = candidate;
  const taken = choice.greedy
    ? `${token === choice.chosen ? "" : "not "}taken`
    : `${percent(after)} after the pipeline`;
  return `${name}: ${percent(before)} by the model, ${excluded ? "cut off" : taken}${written ? "; written" : ""}`;
}

/** A candidate's probability after the pipeline, in its column. */
export function shareAfter({ after, excluded, token }: Candidate, { greedy, chosen }: Choice): string {
  if (excluded) return "cut off";
  return greedy && token !== chosen ? "–" : percent(after);
}

/** A factor of luck with three digits at most. */
export function factor(value: number): string {
  return decimal(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}
