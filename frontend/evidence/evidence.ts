// @ts-nocheck: not typed yet
// An answer token by token. Hovering shows a token's evidence, a click keeps it, Escape lets it go.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export const WEIGHTS = 65534;

export class EvidenceView {
  constructor(root) {
    this.root = root;
    this.tooltip = tooltipOf(root);
    this.kept = null;
    this.hovered = null;
    this.text = element("div", {
      class: "text",
      tabindex: "0",
      role: "listbox",
      "aria-label": "Tokens written; arrow keys step",
    });
    this.sentence = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
    this.candidates = element("section", { "aria-label": "What else could stand here" });
    this.read = element("section", { class: "read", "aria-label": "What it looked at" });
    const scale = element(
      "div",
      { class: "quiet legend", "aria-hidden": "true" },
      "expected",
      element("span", { class: "ramp" }),
      "surprising",
    );
    root.append(this.text, scale, this.sentence, element("div", { class: "panes" }, this.read, this.candidates));
    this.text.onkeydown = (event) => this.key(event);
  }

  load(packet) {
    const { header, arrays } = unpack(packet);
    this.header = header;
    this.weights = arrays.weights;
    this.width = arrays.weights.shape[1];
    this.most = this.weights.reduce((most, weight) => Math.max(most, weight), 1); // too many to be arguments
    this.kept = this.hovered = null;
    this.root.style.setProperty("--own", `var(--${header.stack})`);
    this.drawText();
    this.drawRead();
    this.show();
  }

  get step() {
    return this.hovered ?? this.kept ?? this.header.step;
  }

  drawText() {
    this.chips = this.header.steps.map((step, place) => this.written(step, place));
    const lines = this.header.lines;
    if (!lines.length) return this.text.replaceChildren(...this.chips);
    const rows = lines.map(({ start, end, probability }) =>
      element(
        "div",
        { class: "line" },
        element("span", { class: "quiet share", title: "Mean probability of the line's tokens" }, percent(probability)),
        element("span", {}, ...this.chips.slice(start, end)),
      ),
    );
    return this.text.replaceChildren(...rows);
  }

  written(step, place) {
    const made = chip(step, { class: "written", role: "option", data: { step: place } });
    made.style.setProperty("--surprise", (1 - step.probability).toFixed(4));
    made.append(element("span", { class: "meter", style: { width: `${Math.max(4, 100 * step.probability)}%` } }));
    made.onclick = () => ((this.kept = this.kept === place ? null : place), this.show());
    made.onpointerenter = (event) => {
      if (event.pointerType === "touch") return;
      this.hovered = place;
      this.show();
    };
    made.onpointerleave = () => ((this.hovered = null), this.show());
    return made;
  }

  drawRead() {
    const { header } = this;
    this.readChips = [];
    const part = ({ name, tokens }) => {
      const chips = tokens.map((token) => {
        const place = this.readChips.length;
        const made = chip(token, { class: "lightable" });
        made.onpointerenter = (event) =>
          this.tooltip.show(
            event.clientX,
            event.clientY,
            tokenName(token, place),
            `${percent(this.share(place))} of the attention while “${header.steps[this.step].t}” was written`,
            `${percent(this.average(place))} on average`,
          );
        made.onpointerleave = () => this.tooltip.hide();
        this.readChips.push(made);
        return made;
      });
      return element(
        "div",
        { class: "part" },
        element("b", { class: "quiet" }, name),
        element("div", { class: "chips" }, ...chips),
      );
    };
    this.read.replaceChildren(
      element("h5", {}, header.readTitle),
      ...header.parts.map(part),
      element("p", { class: "quiet" }, header.measured),
    );
  }

  share(place) {
    return this.weights[this.step * this.width + place] / WEIGHTS;
  }

  average(place) {
    let sum = 0;
    for (let row = 0; row < this.header.steps.length; row += 1) sum += this.weights[row * this.width + place];
    return sum / this.header.steps.length / WEIGHTS;
  }

  show() {
    const { header } = this;
    this.chips.forEach((made, place) => {
      made.classList.toggle("now", place === this.step);
      made.classList.toggle("locked", place === this.kept);
      made.setAttribute("aria-selected", String(place === this.step));
    });
    const step = header.steps[this.step];
    const tokens = header.parts.flatMap((part) => part.tokens);
    const isWord = (token) => !token.x && /[\p{L}\p{N}]/u.test(token.t);
    let best = null;
    this.readChips.forEach((made, place) => {
      const share = this.share(place);
      made.style.setProperty("--share", Math.min(1, (share * WEIGHTS) / this.most).toFixed(4));
      made.classList.toggle("strong", (share * WEIGHTS) / this.most > 0.55);
      if (isWord(tokens[place]) && (best === null || share > this.share(best))) best = place;
    });
    const bits = `${percent(step.probability)} likely, ${(-Math.log2(step.probability)).toFixed(1)} bits of surprise.`;
    const looks = [];
    if (best !== null && this.share(best) > 0) {
      const times = this.share(best) / this.average(best);
      looks.push(
        ` ${header.verb} `,
        chip(tokens[best]),
        ` (${percent(this.share(best))} of its attention${header.compares ? `, ${times.toFixed(1)} times that token's average` : ""}).`,
      );
    } else if (tokens.length) looks.push(` ${header.nothing}`);
    this.sentence.replaceChildren(chip(step), ` was ${bits}`, ...looks);
    this.drawCandidates(step);
  }

  drawCandidates(step) {
    const most = step.candidates[0].before;
    const rows = step.candidates
      .slice(0, 8)
      .map((candidate) =>
        element(
          "div",
          { class: `row${candidate.i === step.i ? " chosen" : ""}` },
          element("span", { class: "name" }, chip(candidate)),
          element(
            "span",
            { class: "bars" },
            element("span", { class: "after", style: { width: `${(100 * candidate.before) / most}%` } }),
          ),
          element("span", { class: "share" }, percent(candidate.before)),
        ),
      );
    this.candidates.replaceChildren(element("h5", {}, "What could stand here"), ...rows);
  }

  key(event) {
    const last = this.header.steps.length - 1;
    const places = {
      ArrowLeft: Math.max(0, this.step - 1),
      ArrowRight: Math.min(last, this.step + 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    if (!(event.key in places)) return;
    this.hovered = null;
    this.kept = places[event.key];
    this.show();
    event.preventDefault();
  }
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new EvidenceView(root);
  root.view.load(data);
}
