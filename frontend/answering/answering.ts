// An answer token by token, and the ranked passages; those that were read show what the answer looked at in them.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { AnsweringHeader, RankedPassage } from "../shared/generated/messages.ts";
import { decimal, percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { shade } from "../shared/shading.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { type AnsweringArrays, attentionInWords, type ReadPassage, readPassage, sharesOf } from "./looked_at.ts";

const STRONG = 0.55;

/** A passage that was read, with the chips of its tokens. */
interface DrawnPassage {
  passage: ReadPassage;
  chips: HTMLElement[];
}

class AnsweringView {
  private readonly tooltip: Tooltip;
  private readonly answerTitle = element("h5", {}, "The answer, token by token");
  private readonly answer = element("div", { class: "answer", role: "group", "aria-label": "Answer, token by token" });
  private readonly whole = element("button", { class: "whole", onclick: () => this.lock(null) }, "Whole answer");
  private readonly said = element("p", { class: "quiet said", "aria-live": "polite" });
  private readonly passages = element("ol", {
    class: "passages",
    "aria-label": "Passages, the most relevant first",
  });
  private readonly legend = element("p", { class: "quiet" });
  private header!: AnsweringHeader; // load fills it, before anything is drawn
  /** The chips of the answer, and the passages that were read, in the order of the list. */
  private chips: HTMLElement[] = [];
  private read: DrawnPassage[] = [];
  /** The answer token that is looked at, and the one that a click keeps; null for the whole answer. */
  private looking: number | null = null;
  private locked: number | null = null;

  constructor(root: HTMLElement) {
    this.tooltip = tooltipOf(root);
    root.append(
      this.answerTitle,
      this.answer,
      this.said,
      element("h5", {}, "The passages, ranked by relevance to the question"),
      this.passages,
      this.legend,
    );
    root.onkeydown = (event) => this.key(event);
  }

  load(packet: Uint8Array): void {
    const { header, arrays } = unpack<AnsweringHeader, AnsweringArrays>(packet);
    this.header = header;
    this.locked = null;
    this.drawAnswer();
    this.drawPassages(arrays);
    this.look(null);
  }

  private drawAnswer(): void {
    const { answer } = this.header;
    this.answerTitle.hidden = this.answer.hidden = this.said.hidden = !answer.length;
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

  private drawPassages(arrays: AnsweringArrays): void {
    const { passages, needed, answer } = this.header;
    this.read = [];
    const items = passages.map((passage) => {
      const read = readPassage(passage, answer.length, arrays);
      return element(
        "li",
        { class: passage.relevance < needed ? "under" : "", data: { read: passage.read ?? "" } },
        this.ranked(passage),
        read ? this.readText(read) : element("div", { class: "quiet words", dir: "auto" }, passage.text),
      );
    });
    this.passages.replaceChildren(...items);
    this.legend.textContent =
      "The bar is the relevance of a passage to the question; " +
      `the dashed line is the ${decimal(needed, 2)} that the best passage needs.`;
  }

  /** The name of a passage, and its relevance beside what is needed. */
  private ranked({ document, number, relevance }: RankedPassage): HTMLElement {
    const { needed } = this.header;
    const written = decimal(relevance, 2);
    const against = `${relevance < needed ? "below" : "at or above"} the ${decimal(needed, 2)} that is needed`;
    const width = `${100 * Math.max(0, Math.min(1, relevance))}%`;
    return element(
      "div",
      { class: "row" },
      element("bdi", { class: "name" }, `${document}, passage ${number + 1}`),
      element(
        "span",
        { class: "track", role: "img", "aria-label": `relevance ${written}, ${against}` },
        element("span", { class: "bar", style: { width } }),
        element("span", { class: "needed", style: { left: `${100 * needed}%` } }),
      ),
      element("span", { class: "relevance" }, written),
    );
  }

  private readText(passage: ReadPassage): HTMLElement {
    const chips = passage.tokens.map((token, place) => {
      const made = chip(token, { class: "lightable" });
      made.onpointerenter = ({ clientX, clientY }) => {
        const share = percent(sharesOf(passage, this.looking)[place]);
        this.tooltip.show(clientX, clientY, tokenName(token, passage.positions[place]), `${share} of the attention`);
      };
      made.onpointerleave = () => this.tooltip.hide();
      return made;
    });
    this.read.push({ passage, chips });
    return element("div", { class: "chips" }, chips);
  }

  private look(place: number | null): void {
    this.looking = place;
    if (!this.header.answer.length) return;
    const shares = this.read.map(({ passage }) => sharesOf(passage, place));
    const strongest = Math.max(...shares.flat(), 1e-9);
    this.read.forEach(({ chips }, read) => {
      chips.forEach((made, token) => shade(made, shares[read][token] / strongest, STRONG));
    });
    this.whole.setAttribute("aria-pressed", String(place === null));
    this.chips.forEach((made, number) => {
      made.classList.toggle("lit", number === place);
      made.classList.toggle("locked", number === this.locked);
      made.setAttribute("aria-pressed", String(number === this.locked));
    });
    const passages = this.read.map(({ passage }) => passage);
    this.said.textContent = attentionInWords(this.header, passages, shares, place);
  }

  private lock(place: number | null): void {
    this.locked = place;
    this.look(place);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") this.lock(null);
    const here = this.chips.findIndex((made) => made.matches(":focus"));
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (here < 0 || !step) return;
    event.preventDefault();
    this.chips[Math.max(0, Math.min(this.chips.length - 1, here + step))].focus();
  }
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new AnsweringView(root)).load(data);
}
