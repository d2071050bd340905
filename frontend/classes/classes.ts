// @ts-nocheck: not typed yet
// One text, two methods: a bar for each label, and each word coloured by what it did for the winning label.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { unpack } from "../shared/packet.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export class ClassesView {
  constructor(root) {
    this.tooltip = tooltipOf(root);
    this.methods = element("div", { class: "methods" });
    root.append(this.methods);
  }

  load(packet) {
    this.methods.replaceChildren(...unpack(packet).header.methods.map((method) => this.method(method)));
  }

  method(method) {
    const longest = Math.max(...method.bars.map((bar) => bar.length), 1e-9);
    return element(
      "section",
      { class: method.stack, "aria-label": method.title },
      element("h5", {}, method.title),
      element("div", { class: "quiet" }, method.measure),
      ...method.bars.map((bar, place) =>
        element(
          "div",
          { class: place === method.winner ? "row winner" : "row" },
          element("bdi", { class: "name" }, bar.label),
          element(
            "span",
            { class: "track" },
            element("span", { class: "bar", style: { width: `${(100 * Math.max(0, bar.length)) / longest}%` } }),
          ),
          element("span", { class: "number", title: bar.hover }, bar.number),
        ),
      ),
      method.words.length ? this.words(method) : null,
    );
  }

  words(method) {
    const strongest = Math.max(...method.words.map((word) => Math.abs(word.change)), 1e-9);
    return element(
      "div",
      { class: "words", role: "group", "aria-label": "Words" },
      element("div", { class: "quiet" }, method.said),
      ...method.words.map((word) => {
        const share = Math.abs(word.change) / strongest;
        const side = word.change >= 0 ? "for" : "against";
        const made = element(
          "span",
          {
            class: `token word ${side}${share > 0.6 ? " strong" : ""}`,
            dir: "auto",
            tabindex: "0",
            "aria-label": `${word.word}: ${word.said}`,
          },
          element("bdi", {}, word.word),
        );
        made.style.setProperty("--share", share.toFixed(4));
        const show = () => {
          const box = made.getBoundingClientRect();
          this.tooltip.show(box.left, box.bottom - 12, `“${word.word}”`, word.said);
        };
        made.onpointerenter = made.onfocus = show;
        made.onpointerleave = made.onblur = () => this.tooltip.hide();
        return made;
      }),
    );
  }
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new ClassesView(root);
  root.view.load(data);
}
