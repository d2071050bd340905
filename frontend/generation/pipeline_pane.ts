// The candidates of a step with the sliders beside them, which answer from the logits that are here, asking nobody.

import { element } from "../shared/dom.ts";
import type { GenerationArrays, GenerationHeader, SamplingSettings, TokenChip } from "../shared/generated/messages.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip } from "../shared/tokens.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { type Choice, Sampler } from "./sampling.ts";
import { SLIDERS, type Slider, sameSettings, sliderValue } from "./sliders.ts";
import { candidateInWords, choiceInWords, factor, shareAfter, stageInWords, verdict } from "./words.ts";

/** Let the text go on with a token of the step that is open, under other settings unless they are null. */
export type WriteOn = (token: number, settings: SamplingSettings | null) => void;

/** A step in full. */
interface Shown {
  header: GenerationHeader;
  sampler: Sampler;
  /** Tokens that have a text, by number. */
  named: Map<number, TokenChip>;
  /** As the sliders stand. */
  settings: SamplingSettings;
}

export class PipelinePane {
  readonly node: HTMLElement;
  private readonly verdict = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
  private readonly list = element("div", { class: "candidates", role: "list" });
  private readonly sliders = element("div", { class: "sliders" });
  private readonly stages = element("div", { class: "stages" });
  private readonly buttons = element("div", { class: "buttons" });
  private readonly outputs = new Map<Slider, HTMLOutputElement>();
  private readonly writeOn: WriteOn;
  private readonly redraw: (shown: Shown) => void;
  private shown: Shown | null = null;

  constructor(writeOn: WriteOn) {
    this.writeOn = writeOn;
    this.node = element(
      "section",
      { class: "pipeline", "aria-label": "From logits to choice" },
      element("h5", {}, "From logits to choice"),
      this.verdict,
      this.list,
      element("div", { class: "twice" }, this.sliders, this.stages),
      this.buttons,
    );
    this.redraw = onceAFrame((shown) => this.draw(shown));
  }

  /** Take another step in; the sliders stay where they are unless the text is written with other settings. */
  load(header: GenerationHeader, { logits, context, luck, ownScores }: GenerationArrays): void {
    const before = this.shown;
    const kept = before && sameSettings(before.header.settings, header.settings);
    const written = header.steps[header.step];
    this.shown = {
      header,
      sampler: new Sampler(logits, context, luck, ownScores ? { names: header.ownStages, scores: ownScores } : null),
      named: new Map([...header.named, written].map((token) => [token.i, token])),
      settings: kept ? before.settings : { ...header.settings },
    };
    this.drawSliders(this.shown);
    this.draw(this.shown);
  }

  private drawSliders(shown: Shown): void {
    this.outputs.clear();
    this.sliders.replaceChildren(...SLIDERS.map((slider) => this.slider(slider, shown)));
  }

  private slider(slider: Slider, shown: Shown): HTMLElement {
    const { name, label, min, max, step } = slider;
    const output = element("output");
    const input = element("input", {
      type: "range",
      min,
      max: Math.max(max, shown.header.settings[name]),
      step,
      "aria-label": label,
      data: { name },
    });
    input.value = String(shown.settings[name]);
    input.oninput = () => {
      shown.settings[name] = Number(input.value);
      this.redraw(shown);
    };
    this.outputs.set(slider, output);
    return element("label", {}, element("span", {}, label), input, output);
  }

  private draw(shown: Shown): void {
    if (shown !== this.shown) return; // another step has come since the slider was moved
    const { header, sampler, settings } = shown;
    const choice = sampler.choose(settings);
    const step = header.steps[header.step];
    for (const [slider, output] of this.outputs) {
      output.textContent = sliderValue(slider, settings[slider.name]);
      output.classList.toggle("changed", settings[slider.name] !== header.settings[slider.name]);
    }
    const changed = !sameSettings(settings, header.settings);
    const chosen = choice.chosen === null ? null : tokenOf(shown, choice.chosen);
    const said = verdict(step, choice, chosen, changed);
    this.verdict.replaceChildren(...said.map((part) => (typeof part === "string" ? part : chip(part))));
    this.drawCandidates(shown, choice, changed);
    this.stages.replaceChildren(...stageRows(choice, sampler.vocabulary));
    const back = () => {
      Object.assign(settings, header.settings);
      this.drawSliders(shown);
      this.draw(shown);
    };
    this.buttons.replaceChildren();
    if (changed) this.buttons.append(element("button", { onclick: back }, "Back to the settings used"));
    if (changed && !header.standalone) {
      const onclick = () => this.writeOn(choice.chosen ?? step.i, settings);
      this.buttons.append(element("button", { class: "go", onclick }, "Write on from here with these"));
    }
  }

  private drawCandidates(shown: Shown, choice: Choice, changed: boolean): void {
    const { header, sampler } = shown;
    const candidates = candidatesOf(sampler, choice, header.steps[header.step].i);
    const longest = Math.max(...candidates.map(({ before, after }) => Math.max(before, after)));
    const head = element(
      "div",
      { class: "row head", "aria-hidden": "true" },
      element("span", {}, "Token"),
      element("span", { class: "bars" }, "outline: by the model; filled: after the pipeline"),
      element("span", { class: "share" }, "model"),
      element("span", { class: "share" }, "after"),
      sampler.luck && element("span", { class: "luck" }, "luck"),
    );
    const rows = candidates.map((candidate) => this.row(candidate, shown, choice, longest, changed));
    this.list.replaceChildren(head, ...rows);
  }

  private row(candidate: Candidate, shown: Shown, choice: Choice, longest: number, changed: boolean): HTMLElement {
    const { header, sampler, settings } = shown;
    const { token, before, after, excluded } = candidate;
    const written = token === header.steps[header.step].i;
    const known = tokenOf(shown, token);
    const name = chip(known, {
      tag: "button",
      title: header.standalone ? undefined : "Write this token instead, and go on from it",
      "aria-label": candidateInWords(known.t, candidate, written),
      onclick: () => {
        if (!header.standalone) this.writeOn(token, changed ? settings : null);
      },
    });
    const kinds = ["row", excluded && "excluded", token === choice.chosen && "chosen", written && "written"];
    const bar = (kind: string, share: number) =>
      element("span", { class: kind, style: { width: `${(100 * share) / longest}%` } });
    return element(
      "div",
      {
        class: kinds.filter(Boolean).join(" "),
        role: "listitem",
        data: { token, after: after.toPrecision(6), before: before.toPrecision(6) },
      },
      element("span", { class: "name" }, name),
      element("span", { class: "bars" }, bar("before", before), bar("after", after)),
      element("span", { class: "share quiet" }, percent(before)),
      element("span", { class: "share" }, shareAfter(candidate, choice)),
      sampler.luck && element("span", { class: "luck" }, `× ${factor(sampler.luck[token])}`),
    );
  }
}

/** A token with its text, if the server has sent one. */
function tokenOf({ named }: Shown, token: number): TokenChip {
  return named.get(token) ?? { t: `token ${thousands(token)}`, r: "", i: token, x: 1 };
}

function stageRows(choice: Choice, vocabulary: number): HTMLElement[] {
  const row = (name: string, said: string, data: Record<string, string | number> = {}) =>
    element("div", { class: "stage", data }, element("b", {}, name), element("span", {}, said));
  return [
    row("Model", `${thousands(vocabulary)} tokens`),
    ...choice.stages.map((stage) => row(stage.name, stageInWords(stage), { stage: stage.name, kept: stage.kept })),
    row(choice.greedy ? "greedy" : "draw", choiceInWords(choice)),
  ];
}
