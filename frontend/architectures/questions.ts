// The questions that the comparison answers, each by a row and in the words of some differences.

import type { ComparedDifference } from "../shared/generated/messages.ts";

export interface Question {
  words: string;
  /** The row that shows the answer. */
  row: string;
  /** The differences whose sentences say it. */
  because: readonly string[];
  /** The stacks without which the question does not arise. */
  needs: readonly string[];
}

const QUESTIONS: readonly Question[] = [
  {
    words: "Why can an encoder fill a blank, and a decoder not?",
    row: "outcome",
    because: ["Fills a blank", "Attention that goes forward"],
    needs: ["encoder", "decoder"],
  },
  { words: "Why is a decoder's matrix a triangle?", row: "mask", because: ["Shape of the mask"], needs: ["decoder"] },
  {
    words: "What does a decoder see when it has an encoder?",
    row: "attention",
    because: ["Looks at a source"],
    needs: ["cross"],
  },
  {
    words: "What does each cost?",
    row: "costs",
    because: ["Parameters", "Runs for an answer", "Keys and values kept while writing", "Time of this pass", "Memory"],
    needs: [],
  },
];

/** The questions that arise from the stacks that are there; none where there are no stacks. */
export function questionsFor(stacks: ReadonlySet<string>): Question[] {
  return QUESTIONS.filter(({ needs }) => stacks.size && needs.every((stack) => stacks.has(stack)));
}

/** The sentences that answer a question. */
export function sentencesOf(question: Question, differences: readonly ComparedDifference[]): string[] {
  return question.because.flatMap((wanted) =>
    differences.filter(({ name }) => name === wanted).map(({ sentence }) => unbroken(sentence)),
  );
}

/** Text in which a number keeps its percent sign beside it. */
export function unbroken(text: string): string {
  return text.replaceAll(" %", "\u00a0%");
}
