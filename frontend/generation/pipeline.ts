// @ts-nocheck: not typed yet
// From logits to choice over the whole vocabulary, as the library's processors do it, and the picture of it.

import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip } from "../shared/tokens.ts";

export const SLIDERS = [
  {
    name: "penalty",
    label: "Repetition penalty",
    stage: "repetition penalty",
    min: 1,
    max: 2,
    step: 0.05,
    off: 1,
    digits: 2,
  },
  { name: "temperature", label: "Temperature", stage: "temperature", min: 0, max: 3, step: 0.05, off: 1, digits: 2 },
  { name: "topK", label: "Top-k", stage: "top-k", min: 0, max: 100, step: 1, off: 0, digits: 0 },
  { name: "topP", label: "Top-p", stage: "top-p", min: 0.05, max: 1, step: 0.01, off: 1, digits: 2 },
  { name: "minP", label: "Min-p", stage: "min-p", min: 0, max: 0.5, step: 0.01, off: 0, digits: 2 },
  { name: "typicalP", label: "Typical", stage: "typical", min: 0.05, max: 1, step: 0.01, off: 1, digits: 2 },
];
export const ROWS = 12;

/** One step's logits, and what any settings make of them. */
export class Pipeline {
  constructor(logits, context, luck) {
    this.logits = logits;
    this.context = new Set(context);
    this.luck = luck.length ? luck : null;
    this.orders = new Map();
    this.before = this.distribution(this.ordered(1), 1, logits.length);
  }

  /** Token numbers from the highest score to the lowest, after the repetition penalty. */
  ordered(penalty) {
    if (!this.orders.has(penalty)) {
      let scores = this.logits;
      if (penalty !== 1) {
        scores = this.logits.slice();
        for (const token of this.context)
          scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
      }
      const order = Uint32Array.from(scores.keys()).sort((one, other) => scores[other] - scores[one]);
      if (this.orders.size > 6) this.orders.clear();
      this.orders.set(penalty, { scores, order });
    }
    return this.orders.get(penalty);
  }

  /** Probabilities of the first tokens of an order, by rank. */
  distribution({ scores, order }, temperature, count) {
    const shares = new Float64Array(count);
    const highest = scores[order[0]];
    let total = 0;
    for (let rank = 0; rank < count; rank += 1)
      total += shares[rank] = Math.exp((scores[order[rank]] - highest) / temperature);
    for (let rank = 0; rank < count; rank += 1) shares[rank] /= total;
    return shares;
  }

  run(settings) {
    const greedy = settings.temperature === 0;
    const ranked = this.ordered(settings.penalty);
    const { scores, order } = ranked;
    const temperature = greedy ? 1 : settings.temperature;
    const stages = [];
    let kept = order.length;
    let shares = this.distribution(ranked, settings.penalty === 1 || !greedy ? temperature : 1, kept);
    if (settings.penalty !== 1) stages.push({ name: "repetition penalty", kept, excluded: 0, share: 0 });
    if (!greedy && settings.temperature !== 1) stages.push({ name: "temperature", kept, excluded: 0, share: 0 });
    const cut = (name, count) => {
      let lost = 0;
      for (let rank = count; rank < kept; rank += 1) lost += shares[rank];
      stages.push({ name, kept: count, excluded: kept - count, share: lost });
      if (count < kept) {
        kept = count;
        shares = this.distribution(ranked, temperature, kept);
      }
    };
    let closed = null;
    if (!greedy) {
      if (settings.topK > 0) {
        let count = Math.min(settings.topK, kept);
        while (count < kept && scores[order[count]] === scores[order[count - 1]]) count += 1;
        cut("top-k", count);
      }
      if (settings.topP < 1) {
        let tail = 0;
        let count = kept;
        while (count > 1 && tail + shares[count - 1] <= 1 - settings.topP) tail += shares[(count -= 1)];
        cut("top-p", count);
      }
      if (settings.minP > 0) {
        let count = 1;
        while (count < kept && shares[count] >= settings.minP * shares[0]) count += 1;
        cut("min-p", count);
      }
      if (settings.typicalP < 1) {
        closed = this.untypical(shares, settings.typicalP);
        let lost = 0;
        let count = 0;
        for (let rank = 0; rank < kept; rank += 1) if (closed[rank]) (lost += shares[rank]), (count += 1);
        stages.push({ name: "typical", kept: kept - count, excluded: count, share: lost });
        const left = 1 - lost;
        shares = shares.map((share, rank) => (closed[rank] ? 0 : share / left));
      }
    }
    return {
      greedy,
      order,
      shares,
      kept,
      stages,
      ...this.choice(order, shares, greedy),
      entropy: greedy ? 0 : entropyOf(shares),
    };
  }

  /** Which ranks the typical stage takes out (Meister et al. 2023), as the library counts them. */
  untypical(shares, mass) {
    const entropy = shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);
    const distance = shares.map((share) => Math.abs(-Math.log(share) - entropy));
    const near = Uint32Array.from(distance.keys()).sort((one, other) => distance[one] - distance[other]);
    let total = 0;
    let last = 0;
    for (let place = 0; place < near.length; place += 1) {
      total += shares[near[place]];
      if (total < mass) last = place + 1;
      else break;
    }
    const border = distance[near[Math.min(last, near.length - 1)]];
    return Uint8Array.from(distance, (value) => (value > border ? 1 : 0));
  }

  /** The written token: the likeliest, or the one whose probability times luck is largest. */
  choice(order, shares, greedy) {
    if (greedy || !this.luck) return { chosen: greedy ? order[0] : null };
    let best = -1;
    let chosen = null;
    for (let rank = 0; rank < shares.length; rank += 1) {
      const product = shares[rank] * this.luck[order[rank]];
      if (product > best) [best, chosen] = [product, order[rank]];
    }
    return { chosen };
  }
}

export function entropyOf(shares) {
  let bits = 0;
  for (const share of shares) if (share > 0) bits -= share * Math.log2(share);
  return bits;
}

/** Sliders beside the candidates; they answer from the logits that are here, without asking anybody. */
export class PipelineView {
  constructor(owner) {
    this.owner = owner;
    this.node = element("section", { class: "pipeline", "aria-label": "From logits to choice" });
    this.list = element("div", { class: "candidates", role: "list" });
    this.stages = element("div", { class: "stages" });
    this.verdict = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
    this.sliders = element("div", { class: "sliders" });
    this.buttons = element("div", { class: "buttons" });
    this.node.append(
      element("h5", {}, "From logits to choice"),
      this.verdict,
      this.list,
      element("div", { class: "twice" }, this.sliders, this.stages),
      this.buttons,
    );
    this.redraw = onceAFrame(() => this.draw());
  }

  load(header, arrays) {
    this.header = header;
    this.pipeline = new Pipeline(arrays.logits, arrays.context, arrays.luck);
    this.used = header.settings;
    const sameUse = JSON.stringify(this.lastUsed) === JSON.stringify(header.settings);
    if (!this.settings || !sameUse) this.settings = { ...header.settings };
    this.lastUsed = header.settings;
    this.names = new Map(header.named.map((token) => [token.i, token]));
    for (const step of header.steps.slice(header.step, header.step + 1)) this.names.set(step.i, step);
    this.drawSliders();
    this.draw();
  }

  get changed() {
    return SLIDERS.some(({ name }) => this.settings[name] !== this.used[name]);
  }

  drawSliders() {
    this.outputs = {};
    this.sliders.replaceChildren(
      ...SLIDERS.map((slider) => {
        const output = element("output", {});
        const input = element("input", {
          type: "range",
          min: slider.min,
          max: Math.max(slider.max, this.used[slider.name]),
          step: slider.step,
          "aria-label": slider.label,
          data: { name: slider.name },
        });
        input.value = String(this.settings[slider.name]);
        input.oninput = () => {
          this.settings[slider.name] = Number(input.value);
          this.redraw();
        };
        this.outputs[slider.name] = output;
        return element("label", {}, element("span", {}, slider.label), input, output);
      }),
    );
  }

  draw() {
    const started = performance.now();
    const { pipeline, settings, header } = this;
    const result = pipeline.run(settings);
    for (const slider of SLIDERS) {
      const value = settings[slider.name];
      const off = value === slider.off;
      this.outputs[slider.name].textContent =
        off && slider.name !== "temperature" ? "off" : value.toFixed(slider.digits);
      this.outputs[slider.name].classList.toggle("changed", value !== this.used[slider.name]);
    }
    this.drawCandidates(result);
    this.stages.replaceChildren(...this.inStages(result));
    this.verdict.replaceChildren(...this.inWords(result));
    this.buttons.replaceChildren(
      this.changed ? element("button", { onclick: () => this.reset() }, "Back to the settings used") : "",
      this.changed && !header.standalone
        ? element(
            "button",
            { class: "go", onclick: () => this.owner.branch(result.chosen ?? header.steps[header.step].i, settings) },
            "Write on from here with these",
          )
        : "",
    );
    this.node.dataset.milliseconds = (performance.now() - started).toFixed(1);
  }

  reset() {
    this.settings = { ...this.used };
    this.drawSliders();
    this.draw();
  }

  token(number) {
    return this.names.get(number) ?? { t: `token ${thousands(number)}`, r: "", i: number, x: 1 };
  }

  drawCandidates(result) {
    const { pipeline, header } = this;
    const first = pipeline.ordered(1);
    const ranks = new Map();
    for (let rank = 0; rank < Math.min(4000, result.order.length); rank += 1) ranks.set(result.order[rank], rank);
    const rankOf = (number) => ranks.get(number) ?? result.order.indexOf(number);
    const written = header.steps[header.step].i;
    const numbers = [
      ...new Set([...first.order.slice(0, ROWS), ...(result.chosen === null ? [] : [result.chosen]), written]),
    ];
    const beforeRank = new Map(numbers.map((number) => [number, first.order.indexOf(number)]));
    numbers.sort((one, other) => beforeRank.get(one) - beforeRank.get(other));
    const shown = numbers.map((number) => {
      const rank = rankOf(number);
      const out = rank >= result.shares.length || (!result.greedy && result.shares[rank] === 0);
      const after = result.greedy ? Number(number === result.chosen) : out ? 0 : result.shares[rank];
      return { number, before: pipeline.before[beforeRank.get(number)], after, excluded: !result.greedy && out };
    });
    const longest = Math.max(...shown.map(({ before, after }) => Math.max(before, after)));
    this.list.replaceChildren(
      element(
        "div",
        { class: "row head", "aria-hidden": "true" },
        element("span", {}, "Token"),
        element("span", { class: "bars" }, "outline: by the model; filled: after the pipeline"),
        element("span", { class: "share" }, "model"),
        element("span", { class: "share" }, "after"),
        pipeline.luck ? element("span", { class: "luck" }, "luck") : null,
      ),
      ...shown.map(({ number, before, after, excluded }) => {
        const kinds = [
          "row",
          excluded && "excluded",
          number === result.chosen && "chosen",
          number === written && "written",
        ]
          .filter(Boolean)
          .join(" ");
        const said = `${this.token(number).t}: ${percent(before)} by the model, ${excluded ? "excluded" : percent(after)} after the pipeline${number === written ? "; written" : ""}`;
        const name = chip(this.token(number), {
          tag: "button",
          title: header.standalone ? undefined : "Write this token instead, and go on from it",
          "aria-label": said,
          onclick: () => !header.standalone && this.owner.branch(number, this.changed ? this.settings : null),
        });
        return element(
          "div",
          {
            class: kinds,
            role: "listitem",
            data: { token: number, after: after.toPrecision(6), before: before.toPrecision(6) },
          },
          element("span", { class: "name" }, name),
          element(
            "span",
            { class: "bars" },
            element("span", { class: "before", style: { width: `${(100 * before) / longest}%` } }),
            element("span", { class: "after", style: { width: `${(100 * after) / longest}%` } }),
          ),
          element("span", { class: "share quiet" }, percent(before)),
          element(
            "span",
            { class: "share" },
            excluded ? "cut off" : result.greedy && number !== result.chosen ? "–" : percent(after),
          ),
          pipeline.luck ? element("span", { class: "luck" }, `× ${luckText(pipeline.luck[number])}`) : null,
        );
      }),
    );
  }

  inStages(result) {
    const rows = [
      element(
        "div",
        { class: "stage" },
        element("b", {}, "Model"),
        element("span", {}, `${thousands(result.order.length)} tokens`),
      ),
    ];
    for (const stage of result.stages) {
      const cut = stage.excluded
        ? `cuts off ${thousands(stage.excluded)}, ${percent(stage.share)} of the probability; ${thousands(stage.kept)} left`
        : "moves probability, cuts off nothing";
      rows.push(
        element(
          "div",
          { class: "stage", data: { stage: stage.name, kept: stage.kept } },
          element("b", {}, stage.name),
          element("span", {}, cut),
        ),
      );
    }
    const last = result.greedy
      ? "takes the likeliest token"
      : this.pipeline.luck
        ? "probability × luck: the largest product is written"
        : "a token picked by you";
    rows.push(
      element(
        "div",
        { class: "stage" },
        element("b", {}, result.greedy ? "greedy" : "draw"),
        element("span", {}, last),
      ),
    );
    return rows;
  }

  inWords(result) {
    const { header } = this;
    const step = header.steps[header.step];
    const choice = result.chosen === null ? null : this.token(result.chosen);
    const kept = result.greedy
      ? 1
      : result.stages.reduce((least, stage) => Math.min(least, stage.kept), result.order.length);
    const range = `${thousands(kept)} ${kept === 1 ? "token" : "tokens"} can be chosen (${result.entropy.toFixed(1)} bits).`;
    if (step.picked && !this.changed)
      return ["You picked ", chip(step), ` (${percent(step.probability)} by the model). ${range}`];
    if (!this.changed)
      return [
        chip(step),
        ` was ${result.greedy ? "the likeliest token" : "drawn"}: ${percent(step.probability)} by the model. ${range}`,
      ];
    if (choice === null) return [`With these settings ${range}`];
    if (result.chosen === step.i) return ["With these settings and the same luck still ", chip(step), `. ${range}`];
    return ["With these settings and the same luck: ", chip(choice), " instead of ", chip(step), `. ${range}`];
  }
}

export function luckText(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
