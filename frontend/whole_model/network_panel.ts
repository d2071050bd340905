// A feed-forward block, open: the neurons that add most for one token, and which tokens gain most and least by each.

import { element } from "../shared/dom.ts";
import type { InsideNetwork, TokenChip, WholeModelNeuron } from "../shared/generated/messages.ts";
import { signed, thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import type { Colours } from "./colours.ts";
import type { Panel } from "./panels.ts";
import { fourDigits, signedPercent } from "./words.ts";

const ACTIVATION = "Activation: what the neuron's direction is multiplied with";
const SHARE = "Its part of what the whole network adds, along that direction";
const PUSHES = {
  up: { words: "▲ most", title: "Tokens whose logits gain most by it" },
  down: { words: "▼ least", title: "Tokens whose logits gain least by it, or lose" },
};

export function fillNetwork(panel: Panel, inside: InsideNetwork): void {
  const { neurons, token, count, share, note } = inside;
  const strongest = Math.max(...neurons.map(({ adds }) => adds), 1e-12);
  const { colours } = panel.stage;
  const said = ` ${neurons.length} of ${thousands(count)} neurons make up ${signedPercent(share)}`;
  panel.body.replaceChildren(
    element("div", { class: "said" }, "At ", chip(token), `${said} of what this block adds.`),
    element(
      "div",
      { class: "neuron-heads quiet" },
      ["", "adds", "activation", "share"].map((words) => element("span", {}, words)),
    ),
    element(
      "ol",
      { class: "neurons" },
      neurons.map((neuron) => row(neuron, strongest, colours)),
    ),
    element("p", { class: "panel-note quiet" }, note),
  );
}

function row(
  { index, activation, adds, share, mean, up, down }: WholeModelNeuron,
  strongest: number,
  colours: Colours,
) {
  const background = activation < 0 ? colours.negative : colours.positive;
  const bar = element("span", { style: { width: `${(100 * adds) / strongest}%`, background } });
  const line = element(
    "div",
    { class: "neuron-line" },
    element("span", { class: "neuron-name" }, `Neuron ${thousands(index)}`),
    element("span", { class: "neuron-bar" }, bar),
    element("span", { class: "neuron-number", title: ACTIVATION }, fourDigits(activation)),
    element("span", { class: "neuron-share quiet", title: SHARE }, signedPercent(share)),
  );
  const pushes =
    up && down ? element("div", { class: "pushes" }, pushed(up, "up", mean), pushed(down, "down", mean)) : null;
  return element("li", { class: "neuron" }, line, pushes);
}

function pushed(tokens: [TokenChip, number][], way: "up" | "down", mean: number | null): HTMLElement {
  const { words, title } = PUSHES[way];
  const beside = mean === null ? "" : `, of all tokens on average ${signed(mean, 2)}`;
  return element(
    "div",
    { class: `pushed ${way}` },
    element("span", { class: "push-name", title }, words),
    tokens.map(([token, logit]) => chip(token, { title: `logit ${signed(logit, 2)}${beside}` })),
  );
}
