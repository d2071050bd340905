// What the model looks at while it writes a token: the same chips, lit by weight; all stacks move together.

import { element } from "../shared/dom.ts";
import type { GenerationArrays, GenerationHeader, TokenChip } from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import { shade } from "../shared/shading.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import type { Tooltip } from "../shared/tooltip.ts";
import {
  type Attended,
  attendedStep,
  lookedAtInWords,
  MEAN,
  noteOf,
  type Stack,
  stacksOf,
} from "./attention_of_step.ts";

const STRONG = 0.55; // from this share on, a chip's text is drawn in the colour of the page
const NAMES = { encoder: "Encoder", decoder: "Decoder", cross: "Cross-attention" };

/** Ask for the attention of another head. */
export type ChooseHead = (stack: Stack, layer: number, head: number) => void;

interface Panel {
  node: HTMLElement;
  chips: HTMLElement;
  note: HTMLElement;
  /** How much of the attention each chip gets now. */
  shares: readonly number[];
}

interface Shown {
  header: GenerationHeader;
  arrays: GenerationArrays;
  panels: Map<Stack, Panel>;
  step: number;
}

export class AttentionPane {
  readonly node: HTMLElement;
  private readonly sentence = element("p", { class: "verdict" });
  private readonly panels = element("div");
  private readonly tooltip: Tooltip;
  private readonly chooseHead: ChooseHead;
  private shown: Shown | null = null;
  /** The source token that is pointed at. */
  private hovered: number | null = null;

  constructor(tooltip: Tooltip, chooseHead: ChooseHead) {
    this.tooltip = tooltip;
    this.chooseHead = chooseHead;
    this.node = element(
      "section",
      { class: "looking", "aria-label": "What it looks at" },
      element("h5", {}, "What it looks at while writing"),
      this.sentence,
      this.panels,
    );
  }

  load(header: GenerationHeader, arrays: GenerationArrays): void {
    const panels = new Map(stacksOf(header).map((stack) => [stack, this.panel(stack, header)]));
    this.hovered = null;
    this.shown = { header, arrays, panels, step: header.step };
    this.panels.replaceChildren(...[...panels.values()].map(({ node }) => node));
  }

  /** Show what a step looks at. */
  draw(step: number): void {
    if (!this.shown) return;
    this.shown.step = step;
    const { header, arrays, panels } = this.shown;
    const { found, position } = attendedStep(header, arrays, panels.keys(), step, this.hovered);
    for (const [stack, all] of found) {
      const panel = panels.get(stack);
      if (!panel) continue;
      panel.shares = all.shares;
      this.light(panel, stack, all);
      panel.note.textContent = noteOf(stack, all, position);
    }
    const said = lookedAtInWords(header.steps[step], found, header.looking);
    this.sentence.replaceChildren(...said.map((part) => (typeof part === "string" ? part : chip(part))));
  }

  private panel(stack: Stack, header: GenerationHeader): Panel {
    const chips = element("div", { class: "chips" });
    const note = element("div", { class: "quiet" });
    const bar = element("div", { class: "bar" }, element("b", {}, NAMES[stack]), this.choice(stack, header));
    return { node: element("div", { class: `panel ${stack}` }, bar, chips, note), chips, note, shares: [] };
  }

  private choice(stack: Stack, header: GenerationHeader): HTMLElement {
    const { layer, head } = header.looking[stack] ?? { layer: 0, head: MEAN };
    const written = (number: number) => (number === MEAN ? "mean of heads" : `head ${number}`);
    if (header.standalone) return element("span", { class: "quiet" }, `layer ${layer}, ${written(head)}`);
    const counts = new Map(header.layers[stack]);
    const option = (value: number, name: string) => element("option", { value }, name);
    const layers = element("select", { "aria-label": `${NAMES[stack]} layer` });
    layers.append(...[...counts.keys()].map((number) => option(number, `layer ${number}`)));
    layers.value = String(layer);
    const heads = element("select", { "aria-label": `${NAMES[stack]} head` });
    const numbers = [MEAN, ...Array(counts.get(layer) ?? 0).keys()];
    heads.append(...numbers.map((number) => option(number, written(number))));
    heads.value = String(head);
    layers.onchange = heads.onchange = () => this.chooseHead(stack, Number(layers.value), Number(heads.value));
    return element("span", { class: "which" }, layers, heads);
  }

  private light(panel: Panel, stack: Stack, { tokens, shares }: Attended): void {
    const { chips } = panel;
    if (chips.childElementCount !== tokens.length)
      chips.replaceChildren(...tokens.map((token, place) => this.chip(panel, stack, token, place)));
    for (const [place, made] of [...chips.querySelectorAll<HTMLElement>(".lightable")].entries()) {
      made.dataset.share = shares[place].toPrecision(4);
      shade(made, shares[place], STRONG);
    }
  }

  private chip(panel: Panel, stack: Stack, token: TokenChip, place: number): HTMLElement {
    const position = place + (stack === "decoder" ? (this.shown?.header.promptHidden ?? 0) : 0);
    return chip(token, {
      class: "lightable",
      data: { position: place },
      onpointerenter: ({ clientX, clientY }: PointerEvent) => {
        this.tooltip.show(clientX, clientY, tokenName(token, position), percent(panel.shares[place]));
        if (stack !== "decoder") this.hover(place);
      },
      onpointerleave: () => {
        this.tooltip.hide();
        this.hover(null);
      },
    });
  }

  /** Show what a source token looks at. */
  private hover(position: number | null): void {
    if (!this.shown?.panels.has("encoder") || this.hovered === position) return;
    this.hovered = position;
    this.draw(this.shown.step);
  }
}
