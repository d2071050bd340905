// The output block, open: the distribution over the whole vocabulary, with a temperature that answers at once.

import { element } from "../shared/dom.ts";
import type { InsideOutput, InsideVectors, WholeModelCandidate } from "../shared/generated/messages.ts";
import { decimal, percent, thousands } from "../shared/numbers.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip } from "../shared/tokens.ts";
import { percentile } from "./colours.ts";
import { bitsOf, probabilitiesAt } from "./distribution.ts";
import type { Panel } from "./panels.ts";
import { type Arrays, floats } from "./picture.ts";

const TEMPERATURES = { min: 0.1, max: 3, step: 0.05 };

interface Bar {
  id: number;
  bar: HTMLElement;
  number: HTMLElement;
  node: HTMLElement;
}

export function fillOutput(panel: Panel, inside: InsideOutput, numbers: Arrays): void {
  const scores = floats(numbers, "scores");
  const bars = inside.candidates.map(barOf);
  const rest = element("p", { class: "rest quiet" });
  const value = element("output", { class: "temperature" });
  const slider = element("input", { type: "range", ...TEMPERATURES, "aria-label": "Temperature" });
  const draw = onceAFrame(() => {
    const temperature = Number(slider.value);
    panel.temperature.value = temperature;
    value.textContent = temperature.toFixed(2);
    const probabilities = probabilitiesAt(scores, temperature);
    const shown = bars.map(({ id }) => probabilities[id]);
    drawBars(bars, shown);
    const others = Math.max(0, 1 - shown.reduce((sum, share) => sum + share, 0));
    const left = scores.length - bars.length;
    const named = left === 1 ? "The other token" : `The other ${thousands(left)} tokens together`;
    const said = [`Uncertainty: ${decimal(bitsOf(probabilities), 2)} bits.`];
    if (left) said.unshift(`${named}: ${percent(others)}.`);
    rest.textContent = said.join(" ");
    panel.node.dataset.probabilities = JSON.stringify(shown);
  });
  slider.value = String(panel.temperature.value);
  slider.oninput = draw;
  const back = () => {
    slider.value = "1";
    draw();
  };
  const button = element("button", { type: "button", onclick: back }, "1.00");
  const words = [": ", element("span", { class: "quiet" }, inside.words)];
  const distribution = bars.map(({ node }) => node);
  panel.body.replaceChildren(
    element("div", { class: "said" }, inside.before, " ", chip(inside.token), ...words),
    element("label", { class: "slider" }, element("span", {}, "Temperature"), slider, value, button),
    element("ol", { class: "distribution" }, distribution),
    rest,
    element("p", { class: "panel-note quiet" }, inside.note),
  );
  draw();
}

function barOf({ token, id }: WholeModelCandidate): Bar {
  const bar = element("span", { class: "bar" });
  const number = element("span", { class: "share" });
  const candidate = element("span", { class: "candidate" }, chip(token));
  const node = element("li", {}, candidate, element("span", { class: "bar-room" }, bar), number);
  return { id, bar, number, node };
}

function drawBars(bars: readonly Bar[], shares: readonly number[]): void {
  const most = Math.max(...shares, 1e-12);
  bars.forEach(({ bar, number }, place) => {
    bar.style.width = `${(100 * shares[place]) / most}%`;
    number.textContent = percent(shares[place]);
  });
}

/** What comes out of an encoder without a head: the mean of its last vectors. */
export function fillVectors(panel: Panel, inside: InsideVectors, numbers: Arrays): void {
  const last = floats(numbers, "last");
  const largest = percentile(last, 0.99);
  const one = [element("strong", {}, "Last vector of "), chip(inside.token)];
  const mean = [element("strong", {}, "Sentence vector"), element("span", { class: "quiet" }, inside.words)];
  panel.body.replaceChildren(
    panel.namedStrip(one, "Last vector", last, largest),
    panel.namedStrip(mean, "Sentence vector", floats(numbers, "sentence"), largest),
    element("p", { class: "panel-note quiet" }, inside.note),
  );
}
