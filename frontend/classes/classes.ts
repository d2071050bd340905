// One text, two methods: a bar for each label, and each word coloured by what it did for the winning label.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { ClassesHeader, LabelBar, SortingMethod, WordChange } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { shade } from "../shared/shading.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { barWidths, influences, type WordInfluence } from "./scales.ts";

const STRONG = 0.6;

class ClassesView {
  private readonly tooltip: Tooltip;
  private readonly text = element("p", { class: "text", dir: "auto", "aria-label": "The text that was sorted" });
  private readonly methods = element("div", { class: "methods" });

  constructor(root: HTMLElement) {
    this.tooltip = tooltipOf(root);
    root.append(this.text, this.methods);
  }

  load(packet: Uint8Array): void {
    const { header } = unpack<ClassesHeader, object>(packet);
    this.text.textContent = header.text;
    this.methods.replaceChildren(...header.methods.map((method) => this.method(method)));
  }

  private method(method: SortingMethod): HTMLElement {
    const widths = barWidths(method.bars);
    return element(
      "section",
      { class: method.stack, "aria-label": method.title },
      element("h5", {}, method.title),
      element("div", { class: "quiet" }, method.measure),
      method.bars.map((bar, place) => labelRow(bar, widths[place], place === method.winner)),
      method.words.length ? this.words(method) : null,
    );
  }

  private words(method: SortingMethod): HTMLElement {
    const found = influences(method.words);
    return element(
      "div",
      { class: "words", role: "group", "aria-label": "Words" },
      element("div", { class: "quiet" }, method.said),
      method.words.map((word, place) => this.word(word, found[place])),
    );
  }

  private word(word: WordChange, { side, share }: WordInfluence): HTMLElement {
    const made = element(
      "span",
      { class: `token word ${side}`, dir: "auto", tabindex: "0", "aria-label": `${word.word}: ${word.said}` },
      element("bdi", {}, word.word),
    );
    shade(made, share, STRONG);
    const show = () => {
      const box = made.getBoundingClientRect();
      this.tooltip.show(box.left, box.bottom - 12, `“${word.word}”`, word.said);
    };
    made.onpointerenter = made.onfocus = show;
    made.onpointerleave = made.onblur = () => this.tooltip.hide();
    return made;
  }
}

function labelRow(bar: LabelBar, width: number, won: boolean): HTMLElement {
  return element(
    "div",
    { class: won ? "row winner" : "row" },
    element("bdi", { class: "name" }, bar.label),
    element("span", { class: "track" }, element("span", { class: "bar", style: { width: `${width}%` } })),
    element("span", { class: "number", title: bar.hover }, bar.number),
  );
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new ClassesView(root)).load(data);
}
