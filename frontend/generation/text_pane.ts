// The text: what was read, and each token that was written with its probability.

import { element } from "../shared/dom.ts";
import type { GenerationHeader, WrittenToken } from "../shared/generated/messages.ts";
import { counted, percent } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import type { Tooltip } from "../shared/tooltip.ts";
import { stepInLines } from "./words.ts";

export class TextPane {
  readonly node = element("div", {
    class: "text",
    tabindex: "0",
    role: "listbox",
    "aria-label": "Tokens written; arrow keys step, space plays",
  });
  private readonly tooltip: Tooltip;
  private readonly go: (step: number) => void;
  private chips: HTMLElement[] = [];

  /** @param go Turns to a step. */
  constructor(tooltip: Tooltip, go: (step: number) => void) {
    this.tooltip = tooltip;
    this.go = go;
  }

  load(header: GenerationHeader): void {
    const { family, prompt, promptHidden, source, steps } = header;
    const translates = family === "encoder-decoder";
    this.chips = steps.map((step, place) => this.written(step, place));
    const read = (translates ? source : prompt).map((token) => chip(token));
    const hidden = promptHidden
      ? element("span", { class: "quiet" }, `… ${counted(promptHidden, "earlier token")} `)
      : null;
    this.node.replaceChildren(element("span", { class: "prompt" }, hidden, ...read));
    if (translates) this.node.append(element("div", { class: "quiet" }, "is written as"));
    this.node.append(element("span", { class: "answer" }, ...this.chips), legend());
  }

  /** Show the text as far as a step. */
  show(step: number): void {
    for (const [place, made] of this.chips.entries()) {
      made.classList.toggle("later", place > step);
      made.classList.toggle("now", place === step);
      made.setAttribute("aria-selected", String(place === step));
    }
  }

  private written(step: WrittenToken, place: number): HTMLElement {
    const { picked, probability } = step;
    const made = chip(step, {
      class: picked ? "written picked" : "written",
      role: "option",
      data: { step: place },
      onclick: () => this.go(place),
      onpointerenter: ({ clientX, clientY }: PointerEvent) => {
        const name = `“${step.t}”, token ${place + 1}: ${percent(probability)}`;
        this.tooltip.show(clientX, clientY, name, ...stepInLines(step));
      },
      onpointerleave: () => this.tooltip.hide(),
    });
    made.style.setProperty("--surprise", (1 - probability).toFixed(4));
    made.append(element("span", { class: "meter", style: { width: `${Math.max(4, 100 * probability)}%` } }));
    return made;
  }
}

function legend(): HTMLElement {
  const ramp = element("span", { class: "ramp" });
  const scale = element("span", { class: "scale", "aria-hidden": "true" }, "expected", ramp, "surprising");
  return element("div", { class: "legend quiet" }, scale);
}
