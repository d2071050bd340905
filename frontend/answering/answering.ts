// @ts-nocheck: not typed yet
// An answer token by token, and the ranked passages; those that were read show what the answer looked at in them.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export const STEPS = 65534;

export class AnsweringView {
  constructor(root) {
    this.root = root;
    this.tooltip = tooltipOf(root);
    this.answerTitle = element("h5", {}, "The answer, token by token");
    this.answer = element("div", { class: "answer", role: "group", "aria-label": "Answer, token by token" });
    this.said = element("p", { class: "quiet said", "aria-live": "polite" });
    this.passages = element("ol", { class: "passages", "aria-label": "Passages, the most similar first" });
    this.legend = element("p", { class: "quiet" });
    root.append(
      this.answerTitle,
      this.answer,
      this.said,
      element("h5", {}, "The passages, ranked by similarity to the question"),
      this.passages,
      this.legend,
    );
    root.onkeydown = (event) => this.key(event);
  }

  load(packet) {
    const { header, arrays } = unpack(packet);
    this.header = header;
    this.arrays = arrays;
    this.locked = null;
    this.drawAnswer();
    this.drawPassages();
    this.look(null);
  }

  drawAnswer() {
    const { answer } = this.header;
    this.answerTitle.hidden = this.answer.hidden = this.said.hidden = !answer.length;
    this.whole = element("button", { class: "whole", onclick: () => this.lock(null) }, "Whole answer");
    this.chips = answer.map((token, place) => {
      const made = chip(token, { tag: "button", data: { place } });
      made.onclick = () => this.lock(this.locked === place ? null : place);
      made.onpointerenter = () => this.look(place);
      made.onpointerleave = () => this.look(this.locked);
      made.onfocus = () => this.look(place);
      return made;
    });
    this.answer.replaceChildren(this.whole, ...this.chips);
  }

  drawPassages() {
    const { passages, needed } = this.header;
    this.read = [];
    this.passages.replaceChildren(
      ...passages.map((passage) => {
        const under = passage.similarity < needed;
        const bar = element("span", {
          class: "bar",
          style: { width: `${100 * Math.max(0, Math.min(1, passage.similarity))}%` },
        });
        const track = element(
          "span",
          {
            class: "track",
            role: "img",
            "aria-label": `cosine ${passage.similarity.toFixed(2)}, ${under ? "below" : "at or above"} the ${needed.toFixed(2)} that is needed`,
          },
          bar,
          element("span", { class: "needed", style: { left: `${100 * needed}%` } }),
        );
        const row = element(
          "div",
          { class: "row" },
          element("bdi", { class: "name" }, `${passage.document}, passage ${passage.number + 1}`),
          track,
          element("span", { class: "cosine" }, passage.similarity.toFixed(2)),
        );
        return element(
          "li",
          { class: under ? "under" : "", data: { read: passage.read ?? "" } },
          row,
          this.body(passage),
        );
      }),
    );
    this.legend.textContent = `The bar is the cosine of passage and question; the dashed line is the ${needed.toFixed(2)} that the best passage needs.`;
  }

  body(passage) {
    if (passage.read === null || !this.header.answer.length)
      return element("div", { class: "quiet words", dir: "auto" }, passage.text);
    const chips = passage.tokens.map((token, place) => {
      const made = chip(token, { class: "lightable" });
      made.onpointerenter = (event) =>
        this.tooltip.show(
          event.clientX,
          event.clientY,
          tokenName(token, passage.positions[place]),
          `${percent(this.share(passage.read, place))} of the attention`,
        );
      made.onpointerleave = () => this.tooltip.hide();
      return made;
    });
    this.read[passage.read] = { passage, chips };
    return element("div", { class: "chips" }, chips);
  }

  /** The weight of a token of a passage: in the row of the answer token looked at, or in the mean of all rows. */
  share(read, place) {
    const weights = this.arrays[`weights${read}`];
    const [rows, width] = weights.shape;
    if (this.looking !== null) return weights[this.looking * width + place] / STEPS;
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += weights[row * width + place];
    return sum / rows / STEPS;
  }

  look(place) {
    this.looking = place;
    const { answer, first, written } = this.header;
    if (!answer.length) return;
    const shares = this.read.map(({ chips }, read) => chips.map((_, token) => this.share(read, token)));
    const strongest = Math.max(...shares.flat(), 1e-9);
    let best = [0, 0];
    shares.forEach((row, read) =>
      row.forEach((share, token) => {
        this.read[read].chips[token].style.setProperty("--share", (share / strongest).toFixed(4));
        this.read[read].chips[token].classList.toggle("strong", share / strongest > 0.55);
        if (share > shares[best[0]][best[1]]) best = [read, token];
      }),
    );
    this.whole.setAttribute("aria-pressed", String(place === null));
    this.chips.forEach((made, number) => {
      made.classList.toggle("lit", number === place);
      made.classList.toggle("locked", number === this.locked);
      made.setAttribute("aria-pressed", String(number === this.locked));
    });
    const total = shares.flat().reduce((sum, share) => sum + share, 0);
    const mean = (numbers) =>
      place === null ? numbers.reduce((sum, number) => sum + number, 0) / numbers.length : numbers[place];
    const when =
      place === null ? `In the mean of the answer's ${answer.length} tokens` : `While “${answer[place].t}” was written`;
    const token = this.read[best[0]].passage.tokens[best[1]];
    this.said.textContent = `${when}, ${percent(total)} of the attention went to the passages, most of it to “${token.t}” (${percent(shares[best[0]][best[1]])}); ${percent(mean(written))} went to the answer's own words. The first token, which got ${percent(mean(first))} before, is left out.`;
  }

  lock(place) {
    this.locked = place;
    this.look(place);
  }

  key(event) {
    if (event.key === "Escape") this.lock(null);
    const here = this.chips.indexOf(this.root.getRootNode().activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (here < 0 || !step) return;
    event.preventDefault();
    this.chips[Math.max(0, Math.min(this.chips.length - 1, here + step))].focus();
  }
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new AnsweringView(root);
  root.view.load(data);
}
