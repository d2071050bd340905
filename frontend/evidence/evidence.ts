// An answer token by token. Hovering shows a token's evidence, a click keeps it, Escape lets it go.

import { AttentionRows } from "../shared/attention_rows.ts";
import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type {
  EvidenceArrays,
  EvidenceHeader,
  EvidencePart,
  EvidenceStep,
  TokenChip,
} from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { shade } from "../shared/shading.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { likelihood, shareInWords, stepOfKey, strongestWord } from "./looked_at.ts";

const MOST_CANDIDATES = 8;
const STRONG = 0.55;

class EvidenceView {
  private readonly root: HTMLElement;
  private readonly tooltip: Tooltip;
  private readonly text = element("div", {
    class: "text",
    tabindex: "0",
    role: "listbox",
    "aria-label": "Tokens written; arrow keys step",
  });
  private readonly sentence = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
  private readonly candidates = element("section", { "aria-label": "What else could stand here" });
  private readonly read = element("section", { class: "read", "aria-label": "What it looked at" });
  private header!: EvidenceHeader; // load fills these, before anything is drawn
  private weights!: AttentionRows;
  /** The tokens of all parts of the prompt, and their chips. */
  private readTokens: TokenChip[] = [];
  private readChips: HTMLElement[] = [];
  /** The chips of the tokens that were written. */
  private chips: HTMLElement[] = [];
  /** The step that a click or a key keeps, and the one pointed at. */
  private kept: number | null = null;
  private hovered: number | null = null;

  constructor(root: HTMLElement) {
    this.root = root;
    this.tooltip = tooltipOf(root);
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

  load(packet: Uint8Array): void {
    const { header, arrays } = unpack<EvidenceHeader, EvidenceArrays>(packet);
    const columns = header.parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    // What is drawn stays as it is if this throws.
    this.weights = new AttentionRows(arrays.weights, { rows: header.steps.length, columns });
    this.header = header;
    this.kept = this.hovered = null;
    this.root.style.setProperty("--own", `var(--${header.stack})`);
    this.drawText();
    this.drawRead();
    this.show();
  }

  private get step(): number {
    return this.hovered ?? this.kept ?? this.header.step;
  }

  private drawText(): void {
    const { steps, lines } = this.header;
    this.chips = steps.map((step, place) => this.written(step, place));
    const rows = lines.map(({ start, end, probability }) =>
      element(
        "div",
        { class: "line" },
        element("span", { class: "quiet share", title: "Mean probability of the line's tokens" }, percent(probability)),
        element("span", {}, this.chips.slice(start, end)),
      ),
    );
    this.text.replaceChildren(...(lines.length ? rows : this.chips));
  }

  private written(step: EvidenceStep, place: number): HTMLElement {
    const made = chip(step, { class: "written", role: "option", data: { step: place } });
    made.style.setProperty("--surprise", (1 - step.probability).toFixed(4));
    made.append(element("span", { class: "meter", style: { width: `${Math.max(4, 100 * step.probability)}%` } }));
    made.onclick = () => this.keep(this.kept === place ? null : place);
    made.onpointerenter = (event) => {
      if (event.pointerType !== "touch") this.hover(place);
    };
    made.onpointerleave = () => this.hover(null);
    return made;
  }

  private keep(place: number | null): void {
    this.kept = place;
    this.show();
  }

  private hover(place: number | null): void {
    this.hovered = place;
    this.show();
  }

  private drawRead(): void {
    const { parts, readTitle, measured } = this.header;
    this.readTokens = parts.flatMap(({ tokens }) => tokens);
    this.readChips = this.readTokens.map((token, place) => this.looked(token, place));
    let start = 0;
    const part = ({ name, tokens }: EvidencePart) => {
      const chips = this.readChips.slice(start, start + tokens.length);
      start += tokens.length;
      return element(
        "div",
        { class: "part" },
        element("b", { class: "quiet" }, name),
        element("div", { class: "chips" }, chips),
      );
    };
    this.read.replaceChildren(
      element("h5", {}, readTitle),
      ...parts.map(part),
      element("p", { class: "quiet" }, measured),
    );
  }

  private looked(token: TokenChip, place: number): HTMLElement {
    const made = chip(token, { class: "lightable" });
    made.onpointerenter = ({ clientX, clientY }) => {
      const { step, weights } = this;
      const written = this.header.steps[step].t;
      this.tooltip.show(
        clientX,
        clientY,
        tokenName(token, place),
        `${percent(weights.weight(step, place))} of the attention while “${written}” was written`,
        `${percent(weights.mean(place))} on average`,
      );
    };
    made.onpointerleave = () => this.tooltip.hide();
    return made;
  }

  private show(): void {
    this.chips.forEach((made, place) => {
      made.classList.toggle("now", place === this.step);
      made.classList.toggle("locked", place === this.kept);
      made.setAttribute("aria-selected", String(place === this.step));
    });
    this.readChips.forEach((made, place) => {
      shade(made, this.weights.weight(this.step, place) / this.weights.strongest, STRONG);
    });
    const step = this.header.steps[this.step];
    this.sentence.replaceChildren(chip(step), ` was ${likelihood(step)}`, ...this.lookedMostAt());
    this.drawCandidates(step);
  }

  private lookedMostAt(): (Node | string)[] {
    const { header, weights, readTokens, step } = this;
    if (!readTokens.length) return [];
    const best = strongestWord(readTokens, weights, step);
    if (best === null) return [` ${header.nothing}`];
    return [` ${header.verb} `, chip(readTokens[best]), ` (${shareInWords(header, weights, step, best)}).`];
  }

  private drawCandidates(step: EvidenceStep): void {
    const most = step.candidates[0].before;
    const rows = step.candidates.slice(0, MOST_CANDIDATES).map((candidate) => {
      const width = `${(100 * candidate.before) / most}%`;
      return element(
        "div",
        { class: `row${candidate.i === step.i ? " chosen" : ""}` },
        element("span", { class: "name" }, chip(candidate)),
        element("span", { class: "bars" }, element("span", { class: "after", style: { width } })),
        element("span", { class: "share" }, percent(candidate.before)),
      );
    });
    this.candidates.replaceChildren(element("h5", {}, "What could stand here"), ...rows);
  }

  private key(event: KeyboardEvent): void {
    const place = stepOfKey(event.key, this.step, this.header.steps.length);
    if (place === undefined) return;
    this.hovered = null;
    this.keep(place);
    event.preventDefault();
  }
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new EvidenceView(root)).load(data);
}
