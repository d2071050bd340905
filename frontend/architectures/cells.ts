// Cells of words and bars. Each function gives what stands in one pane; text always goes in as text.

import { element } from "../shared/dom.ts";
import type { HiddenWord, ReadyPane, ScoredToken } from "../shared/generated/messages.ts";
import { counted, percent, thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import type { Comparison } from "./architectures.ts";
import { isReady, type Pane, parametersOf } from "./compared.ts";
import type { Sequence } from "./links.ts";

const MOST_CHIPS = 400;
const SEQUENCE_NAMES = { source: "read by the encoder", target: "read and written by the decoder" };

/** The model's name, and why it shows nothing where it does not. */
export function headCell(pane: Pane): HTMLElement {
  const ready = isReady(pane) ? pane : null;
  const family = ready && element("span", { class: `family ${ready.family}` }, ready.family);
  return element(
    "div",
    {},
    element("div", { class: "title" }, element("strong", {}, pane.name), family),
    ready && element("div", { class: "quiet" }, ready.about),
    pane.error ? element("div", { class: "failure", role: "alert" }, pane.error) : null,
    element("div", { class: "note quiet" }, pane.note),
  );
}

/** Names and values. */
export function definition(pairs: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    "dl",
    {},
    pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

export function objectiveCell(_view: Comparison, { objective }: ReadyPane): HTMLElement {
  return element(
    "div",
    {},
    element("div", {}, element("strong", {}, objective.name), ": ", objective.sentence),
    objective.examples.map(({ given, answer }) =>
      element(
        "div",
        { class: "example" },
        element("bdi", {}, given),
        element("span", { class: "arrow", "aria-label": "gives" }, " → "),
        element("bdi", { class: "answer" }, answer),
      ),
    ),
  );
}

export function tokensCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  const sequences = (["source", "target"] as const).filter((sequence) => pane[sequence].length);
  const last = pane[sequences[sequences.length - 1]].length;
  const counts = [
    ...sequences.slice(0, -1).map((sequence) => thousands(pane[sequence].length)),
    counted(last, "token"),
  ].join(" → ");
  return element(
    "div",
    {},
    sequences.flatMap((sequence) => [
      sequences.length > 1 ? element("div", { class: "quiet" }, SEQUENCE_NAMES[sequence]) : null,
      ...tokensOf(view, pane, place, sequence),
    ]),
    element("div", { class: "quiet" }, counts),
  );
}

function tokensOf(view: Comparison, pane: ReadyPane, place: number, sequence: Sequence): HTMLElement[] {
  const shown = pane[sequence].slice(0, MOST_CHIPS);
  const more = pane[sequence].length - shown.length;
  const chips = shown.map((token, position) => view.lightable(chip(token), { pane: place, sequence, position }));
  const tokens = element("div", { class: "tokens", dir: "auto" }, chips);
  return more ? [tokens, element("div", { class: "quiet" }, `and ${thousands(more)} more`)] : [tokens];
}

export function outcomeCell(_view: Comparison, { blank, family, following, written }: ReadyPane): HTMLElement {
  const scored = (token: ScoredToken) =>
    element("span", { class: "scored" }, chip(token), element("small", {}, percent(token.probability)));
  return element(
    "div",
    {},
    blank && hiddenWord(blank, family),
    following.length ? [subtitle("After the whole text"), candidateBars(following, family)] : null,
    written.length
      ? [subtitle("It writes"), element("div", { class: "tokens written", dir: "auto" }, written.map(scored))]
      : null,
  );
}

function subtitle(words: string): HTMLElement {
  return element("div", { class: "subtitle" }, words);
}

function hiddenWord(blank: HiddenWord, family: string): HTMLElement[] {
  const quiet = (words: string) => element("div", { class: "quiet" }, words);
  const text = element(
    "div",
    { class: "blank", dir: "auto" },
    element("span", { class: "read" }, blank.before),
    element("span", { class: "gap", "aria-label": "blank" }, "?"),
    element("span", { class: "read" }, blank.after),
    blank.unseen ? element("span", { class: "unseen", title: "cannot be seen" }, blank.unseen) : null,
  );
  if (blank.reason) return [text, element("div", { class: "reason" }, blank.reason)];
  const own = blank.probability === null ? "is no single token of this model." : `gets ${percent(blank.probability)}.`;
  return [
    text,
    quiet(whatIsRead(blank)),
    candidateBars(blank.candidates, family, blank.word),
    quiet(`The hidden word, “${blank.word}”, ${own}`),
  ];
}

/** Which sides of a blank a model read. */
export function whatIsRead({ before, after, unseen }: Pick<HiddenWord, "before" | "after" | "unseen">): string {
  if (unseen.trim()) return "What stands after the blank is not seen.";
  if (before.trim() && after.trim()) return "Both sides are read.";
  return before.trim() ? "Nothing stands after the blank." : "Nothing stands before the blank.";
}

/** Candidates with bars for their probabilities; the one that is the hidden word is marked. */
function candidateBars(candidates: readonly ScoredToken[], family: string, word?: string): HTMLElement {
  const most = Math.max(...candidates.map(({ probability }) => probability), 0.01);
  return element(
    "div",
    { class: "candidates" },
    candidates.flatMap((one) => {
      const width = `${(100 * one.probability) / most}%`;
      return [
        chip(one, { class: word && one.t.toLowerCase() === word.toLowerCase() ? "right" : "" }),
        element("div", { class: "track" }, element("div", { class: `bar ${family}`, style: { width } })),
        element("div", { class: "number" }, percent(one.probability)),
      ];
    }),
  );
}

export function parametersCell(view: Comparison, pane: ReadyPane): HTMLElement {
  const total = parametersOf(pane);
  const parts = pane.parameters.filter(({ count }) => count > 0);
  const label = parts.map(({ name, count }) => `${name} ${thousands(count)}`).join(", ");
  return element(
    "div",
    { class: `of-stack ${pane.stacks[0].stack}` },
    element("div", {}, element("strong", {}, thousands(total))),
    element("div", { class: "scale", style: { width: `${(100 * total) / view.compared.mostParameters}%` } }),
    element(
      "div",
      { class: "blocks", role: "img", "aria-label": label },
      parts.map(({ name, count }) => element("div", { class: name, style: { flexGrow: String(count) } })),
    ),
    element(
      "div",
      { class: "shares" },
      parts.flatMap(({ name, count }) => [
        element("i", { class: name }),
        element("span", {}, name),
        element("span", { class: "number" }, thousands(count)),
        element("span", { class: "number quiet" }, percent(count / total)),
      ]),
    ),
  );
}
