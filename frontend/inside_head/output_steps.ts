// From the weights to what the head adds, and the comparison with the library.

import { element } from "../shared/dom.ts";
import { counted, fourDigits, percent, twoDigits } from "../shared/numbers.ts";
import { below, both, factor, formula, letter, number, row, sign, total, words } from "./formulas.ts";
import { rowOf } from "./model.ts";
import type { Drawn, Stage } from "./stage.ts";
import { Field, Strips, type Vector } from "./strips.ts";
import { largestOf, lengthOf, mixture } from "./vectors.ts";

export function mix(stage: Stage): Drawn {
  const { model, place } = stage;
  const { header, arrays } = model;
  const { weights, values, visible, output } = arrays;
  const valueAt = (at: number) => rowOf(values, at);
  const left = { out: header.leftOut, mixed: arrays.rest };
  const { weighted, listed, rest, others } = mixture(weights, valueAt, visible, left);
  const scale = Math.max(largestOf(output), ...weighted.map(largestOf));
  const rows: Vector[] = listed.map((at) => ({
    label: `${percent(weights[at])} of ${model.keyName(at)}`,
    kind: "value",
    values: weighted[at],
    scale,
  }));
  if (others) {
    const sink = header.sink === null ? 0 : header.sinkExponential / header.total;
    const share = 1 - sink - listed.reduce((sum, at) => sum + weights[at], 0);
    const named = counted(others, "other");
    rows.push({ label: `${percent(Math.max(0, share))} of ${named}`, kind: "value", values: rest, scale });
  }
  rows.push({ label: "sum", values: output, scale });
  return {
    formulas: [
      formula(
        letter("o"),
        sign("="),
        total(letter("j")),
        below(letter("w"), letter("j")),
        below(letter("v", "value"), letter("j")),
        words(",   for number 0 and "),
        words(`${model.keyName(place)}: `),
        number(weights[place]),
        sign("×"),
        factor(valueAt(place)[0], "value"),
        sign("="),
        number(weighted[place][0]),
      ),
    ],
    pictures: [
      new Strips(stage, rows, { numbers: false }),
      new Strips(stage, [{ label: "sum: the head’s output", values: output }]),
    ],
  };
}

export function output(stage: Stage): Drawn {
  const { header, arrays } = stage.model;
  const { contribution, contributionNorms, attentionOutput } = arrays;
  if (!contribution || !contributionNorms || !attentionOutput)
    return { formulas: [], pictures: [new Strips(stage, [{ label: "head’s output", values: arrays.output }])] };
  const length = (vector: Element) => row(sign("‖"), vector, sign("‖"));
  return {
    formulas: [
      formula(
        letter("a"),
        sign("="),
        total(words("heads")),
        letter("o"),
        both(letter("W"), letter("O"), letter("T")),
        ...(header.biases.output ? [sign("+"), below(letter("b"), letter("O"))] : []),
      ),
      formula(
        length(below(letter("a"), words("head"))),
        sign("="),
        number(contributionNorms[header.head]),
        words(",   "),
        length(letter("a")),
        sign("="),
        number(lengthOf(attentionOutput)),
      ),
    ],
    pictures: [
      new Strips(stage, [{ label: "o, the head’s output", values: arrays.output }]),
      new Field(stage, [{ label: "this head’s part", values: contribution }]),
      { node: headsOfLayer(stage, contributionNorms) },
      new Field(stage, [{ label: "a, the layer’s attention output", values: attentionOutput }]),
    ],
  };
}

/** How long the vector is that each head adds, as columns; a click opens a head. */
function headsOfLayer(stage: Stage, norms: Float32Array): HTMLElement {
  const { head: own, standalone } = stage.model.header;
  const most = Math.max(...norms);
  const columns = Array.from(norms, (norm, head) =>
    element(
      "button",
      {
        class: "bin",
        "aria-label": `Head ${head} adds a vector of length ${fourDigits(norm)}`,
        "aria-current": head === own ? "true" : null,
        disabled: standalone,
        onpointermove: (event) =>
          stage.tooltip.show(event.clientX, event.clientY, `Head ${head}: length ${fourDigits(norm)}`),
        onpointerleave: () => stage.tooltip.hide(),
        onclick: () => stage.choose({ heads: [head], key: null }),
      },
      element(
        "span",
        { class: "shaft" },
        element("span", {
          class: head === own ? "column own" : "column",
          style: { height: `${(100 * norm) / most}%` },
        }),
      ),
      element("span", { class: "which" }, String(head)),
    ),
  );
  return element(
    "div",
    { class: "heads-of-layer" },
    element("div", { class: "label" }, "length of each head’s part"),
    element("div", { class: "bins" }, columns),
  );
}

const COMPARED: Record<string, [what: string, other: string]> = {
  query: ["Query", "the query the library’s attention was given"],
  key: ["Keys", "the keys it was given"],
  value: ["Values", "the values it was given"],
  weights: ["Attention weights", "the library’s eager attention"],
  head_output: ["Head’s output", "what the library’s attention handed on"],
  attention_output: ["Layer’s attention output", "what the library’s output projection made of it"],
};

export function check({ model: { header } }: Stage): Drawn {
  if (!header.differences.length) return { formulas: [], pictures: [] };
  const titles = ["Step", "Largest difference", "Compared with"];
  const lines = header.differences.map(([name, difference]) => {
    const [what, other] = COMPARED[name];
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, what),
      element("td", { class: "number" }, twoDigits(difference)),
      element("td", { class: "quiet" }, other),
    );
  });
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, lines),
  );
  return { formulas: [], pictures: [{ node: element("div", { class: "keys check" }, table) }] };
}
