// @ts-nocheck: not typed yet
// A feed-forward block, open: the neurons that add most for one token, and which tokens each pushes up and down.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { fourDigits } from "./panels.ts";

export function fillNetwork(panel, detail, arrays) {
  const { view } = panel;
  const { colours } = view.stage;
  const strongest = Math.max(...detail.neurons.map(({ adds }) => adds), 1e-12);
  const pushed = (tokens, kind) =>
    element(
      "div",
      { class: `pushed ${kind}` },
      element(
        "span",
        { class: "push-name", title: kind === "up" ? "Tokens it makes likelier" : "Tokens it makes less likely" },
        kind === "up" ? "▲ up" : "▼ down",
      ),
      tokens.map(([token, logit]) =>
        chip(token, { title: `logit ${logit > 0 ? "+" : "−"}${Math.abs(logit).toFixed(2)}` }),
      ),
    );
  const row = (neuron) =>
    element(
      "li",
      { class: "neuron" },
      element(
        "div",
        { class: "neuron-line" },
        element("span", { class: "neuron-name" }, `Neuron ${thousands(neuron.index)}`),
        element(
          "span",
          { class: "neuron-bar" },
          element("span", {
            style: {
              width: `${(100 * neuron.adds) / strongest}%`,
              background: neuron.activation < 0 ? colours.negative : colours.positive,
            },
          }),
        ),
        element(
          "span",
          { class: "neuron-number", title: "Activation: what the neuron's direction is multiplied with" },
          fourDigits(neuron.activation),
        ),
        element(
          "span",
          { class: "neuron-share quiet", title: "Its part of what the whole network adds, along that direction" },
          `${(100 * neuron.share).toFixed(1).replace("-", "−")} %`,
        ),
      ),
      neuron.up ? element("div", { class: "pushes" }, pushed(neuron.up, "up"), pushed(neuron.down, "down")) : null,
    );
  panel.body.replaceChildren(
    element(
      "div",
      { class: "said" },
      "At ",
      chip(detail.token),
      ` ${detail.neurons.length} of ${thousands(detail.count)} neurons make up ${(100 * detail.share).toFixed(1).replace("-", "−")} % of what this block adds.`,
    ),
    element(
      "div",
      { class: "neuron-heads quiet" },
      element("span", {}, ""),
      element("span", {}, "adds"),
      element("span", {}, "activation"),
      element("span", {}, "share"),
    ),
    element("ol", { class: "neurons" }, detail.neurons.map(row)),
    element("p", { class: "panel-note quiet" }, detail.note),
  );
}
