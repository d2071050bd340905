// @ts-nocheck: not typed yet
// The output block, open: the distribution over the whole vocabulary, with a temperature that answers at once.

import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip } from "../shared/tokens.ts";
import { percentile } from "./painting.ts";
import { strip } from "./panels.ts";

export const TEMPERATURES = { least: 0.1, most: 3, step: 0.05 };

/** Probabilities of every token at a temperature: softmax(scores / temperature), in double precision. */
export function probabilitiesAt(scores, temperature) {
  let largest = -Infinity;
  for (const score of scores) if (score > largest) largest = score;
  const made = new Float64Array(scores.length);
  let total = 0;
  for (let place = 0; place < scores.length; place++)
    total += made[place] = Math.exp((scores[place] - largest) / temperature);
  for (let place = 0; place < made.length; place++) made[place] /= total;
  return made;
}

export function bitsOf(probabilities) {
  let bits = 0;
  for (const share of probabilities) if (share > 0) bits -= share * Math.log2(share);
  return bits;
}

export function fillOutput(panel, detail, arrays) {
  if (detail.vector) return fillVector(panel, detail, arrays);
  const { view } = panel;
  const scores = arrays["d.scores"];
  const shown = detail.candidates;
  const bars = shown.map(({ token, id }) => {
    const bar = element("span", { class: "bar" });
    const number = element("span", { class: "share" });
    return {
      id,
      bar,
      number,
      node: element(
        "li",
        {},
        element("span", { class: "candidate" }, chip(token)),
        element("span", { class: "bar-room" }, bar),
        number,
      ),
    };
  });
  const rest = element("p", { class: "rest quiet" });
  const value = element("output", { class: "temperature" });
  const slider = element("input", {
    type: "range",
    min: TEMPERATURES.least,
    max: TEMPERATURES.most,
    step: TEMPERATURES.step,
    "aria-label": "Temperature",
  });
  const draw = onceAFrame(() => {
    const temperature = Number(slider.value);
    const probabilities = probabilitiesAt(scores, temperature);
    const most = Math.max(...bars.map(({ id }) => probabilities[id]));
    let told = 0;
    for (const { id, bar, number } of bars) {
      told += probabilities[id];
      bar.style.width = `${(100 * probabilities[id]) / Math.max(most, 1e-12)}%`;
      number.textContent = percent(probabilities[id]);
    }
    view.temperature = temperature;
    value.textContent = temperature.toFixed(2);
    rest.textContent = `The other ${thousands(scores.length - bars.length)} tokens together: ${percent(Math.max(0, 1 - told))}. Uncertainty: ${bitsOf(probabilities).toFixed(2)} bits.`;
    panel.node.dataset.probabilities = JSON.stringify(bars.map(({ id }) => probabilities[id]));
  });
  slider.value = view.temperature ?? 1;
  slider.oninput = draw;
  const back = element("button", { type: "button", onclick: () => ((slider.value = 1), draw()) }, "1.00");
  panel.body.replaceChildren(
    element(
      "div",
      { class: "said" },
      detail.before,
      " ",
      chip(detail.token),
      ": ",
      element("span", { class: "quiet" }, detail.words),
    ),
    element("label", { class: "slider" }, element("span", {}, "Temperature"), slider, value, back),
    element(
      "ol",
      { class: "distribution" },
      bars.map(({ node }) => node),
    ),
    rest,
    element("p", { class: "panel-note quiet" }, detail.note),
  );
  draw();
}

/** What comes out of an encoder without a head: the mean of its last vectors. */
export function fillVector(panel, detail, arrays) {
  const { view } = panel;
  const width = Math.max(220, (panel.node.clientWidth || panel.width(view.room())) - 34);
  const largest = percentile(arrays["d.last"], 0.99);
  panel.body.replaceChildren(
    element(
      "div",
      { class: "table-row" },
      element("div", { class: "table-name" }, element("strong", {}, "Last vector of "), chip(detail.token)),
      strip(view, arrays["d.last"], { width, height: 26, largest, label: "Last vector" }),
    ),
    element(
      "div",
      { class: "table-row" },
      element(
        "div",
        { class: "table-name" },
        element("strong", {}, "Sentence vector"),
        element("span", { class: "quiet" }, detail.words),
      ),
      strip(view, arrays["d.sentence"], { width, height: 26, largest, label: "Sentence vector" }),
    ),
    element("p", { class: "panel-note quiet" }, detail.note),
  );
}
