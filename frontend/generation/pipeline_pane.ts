// The candidates of a step with the sliders beside them, which answer from the logits that are here, asking nobody.

import { element } from "../shared/dom.ts";
import type { GenerationArrays, GenerationHeader, SamplingSettings } from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip } from "../shared/tokens.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { type OpenStep, openStep, type StageLine, stageLines, tokenOf, verdictOf } from "./open_step.ts";
import type { Choice } from "./sampling.ts";
import { SLIDERS, type Slider, sameSettings, sliderValue } from "./sliders.ts";
import { candidateInWords, factor, shareAfter } from "./words.ts";

/**
 * Let the text go on from the step that is open: with a token, or with the one that the settings choose if that is
 * null; under other settings unless they are null.
 */
export type WriteOn = (token: number | null, settings: SamplingSettings | null) => void;

export class PipelinePane {
  readonly node: HTMLElement;
  private readonly verdict = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
  private readonly list = element("div", { class: "candidates", role: "list" });
  private readonly sliders = element("div", { class: "sliders" });
  private readonly stages = element("div", { class: "stages" });
  private readonly buttons = element("div", { class: "buttons" });
  private readonly outputs = new Map<Slider, HTMLOutputElement>();
  private readonly writeOn: WriteOn;
  private readonly redraw: (shown: OpenStep) => void;
  private shown: OpenStep | null = null;

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
  load(header: GenerationHeader, arrays: GenerationArrays): void {
    const before = this.shown;
    const kept = before && sameSettings(before.header.settings, header.settings);
    this.shown = openStep(header, arrays, kept ? before.settings : { ...header.settings });
    this.drawSliders(this.shown);
    this.draw(this.shown);
  }

  private drawSliders(shown: OpenStep): void {
    this.outputs.clear();
    this.sliders.replaceChildren(...SLIDERS.map((slider) => this.slider(slider, shown)));
  }

  private slider(slider: Slider, shown: OpenStep): HTMLElement {
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

  private draw(shown: OpenStep): void {
    if (shown !== this.shown) return; // another step has come since the slider was moved
    const { header, sampler, settings } = shown;
    const choice = sampler.choose(settings);
    const step = header.steps[header.step];
    for (const [slider, output] of this.outputs) {
      output.textContent = sliderValue(slider, settings[slider.name]);
      output.classList.toggle("changed", settings[slider.name] !== header.settings[slider.name]);
    }
    const changed = !sameSettings(settings, header.settings);
    const said = verdictOf(shown, choice);
    this.verdict.replaceChildren(...said.map((part) => (typeof part === "string" ? part : chip(part))));
    this.drawCandidates(shown, choice, changed);
    this.stages.replaceChildren(...stageLines(shown, choice).map(stageRow));
    const back = () => {
      Object.assign(settings, header.settings);
      this.drawSliders(shown);
      this.draw(shown);
    };
    this.buttons.replaceChildren();
    if (changed) this.buttons.append(element("button", { onclick: back }, "Back to the settings used"));
    if (changed && !header.standalone) {
      // A picked token stays; any other is chosen anew.
      const onclick = () => this.writeOn(choice.chosen === null && step.picked ? step.i : null, settings);
      this.buttons.append(element("button", { class: "go", onclick }, "Write on from here with these"));
    }
  }

  private drawCandidates(shown: OpenStep, choice: Choice, changed: boolean): void {
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

  private row(candidate: Candidate, shown: OpenStep, choice: Choice, longest: number, changed: boolean): HTMLElement {
    const { header, sampler, settings } = shown;
    const { token, before, after, excluded } = candidate;
    const written = token === header.steps[header.step].i;
    const known = tokenOf(shown, token);
    const name = chip(known, {
      tag: "button",
      title: header.standalone ? undefined : "Write this token instead, and go on from it",
      "aria-label": candidateInWords(known.t, candidate, choice, written),
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

function stageRow({ name, said, stage }: StageLine): HTMLElement {
  const data: Record<string, string | number> = stage ? { stage: stage.name, kept: stage.kept } : {};
  return element("div", { class: "stage", data }, element("b", {}, name), element("span", {}, said));
}
