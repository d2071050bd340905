// @ts-nocheck: not typed yet
// What the model looks at while it writes a token: the same chips, lit by weight; all stacks move together.

import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { chip, tokenName } from "../shared/tokens.ts";

export const WEIGHTS = 65534;
export const MEAN = -1;
export const STACK_NAMES = { encoder: "Encoder", decoder: "Decoder", cross: "Cross-attention" };

export class LookingView {
  constructor(owner) {
    this.owner = owner;
    this.node = element("section", { class: "looking", "aria-label": "What it looks at" });
    this.sentence = element("p", { class: "verdict" });
    this.panels = element("div", {});
    this.node.append(element("h5", {}, "What it looks at while writing"), this.sentence, this.panels);
  }

  load(header, arrays) {
    this.header = header;
    this.arrays = arrays;
    this.hovered = null;
    const stacks = ["cross", "decoder", "encoder"].filter((stack) => header.layers[stack]);
    this.parts = new Map(stacks.map((stack) => [stack, this.panel(stack)]));
    this.panels.replaceChildren(...[...this.parts.values()].map((part) => part.node));
  }

  panel(stack) {
    const chips = element("div", { class: "chips" });
    const note = element("div", { class: "quiet" });
    const node = element(
      "div",
      { class: `panel ${stack}` },
      element("div", { class: "bar" }, element("b", {}, STACK_NAMES[stack]), this.choice(stack)),
      chips,
      note,
    );
    return { node, chips, note };
  }

  choice(stack) {
    const { header } = this;
    const { layer, head } = header.looking[stack];
    if (header.standalone)
      return element("span", { class: "quiet" }, `layer ${layer}, ${head === MEAN ? "mean of heads" : `head ${head}`}`);
    const heads = header.layers[stack].find(([number]) => number === layer)[1];
    const layers = element(
      "select",
      { "aria-label": `${STACK_NAMES[stack]} layer` },
      ...header.layers[stack].map(([number]) => element("option", { value: number }, `layer ${number}`)),
    );
    layers.value = String(layer);
    const which = element(
      "select",
      { "aria-label": `${STACK_NAMES[stack]} head` },
      element("option", { value: MEAN }, "mean of heads"),
      ...[...Array(heads).keys()].map((number) => element("option", { value: number }, `head ${number}`)),
    );
    which.value = String(head);
    const tell = () =>
      this.owner.tell({ kind: "looking", stack, layer: Number(layers.value), head: Number(which.value) });
    layers.onchange = which.onchange = tell;
    return element("span", { class: "which" }, layers, which);
  }

  row(stack, place) {
    const all = this.arrays[`${stack}Attention`];
    const width = all.shape[1];
    return all.subarray(place * width, (place + 1) * width);
  }

  draw(place) {
    const { header } = this;
    const step = header.steps[place];
    const said = [];
    let source = null;
    for (const [stack, part] of this.parts) {
      let tokens;
      let weights;
      let first = 0;
      if (stack === "decoder") {
        tokens = [...header.prompt, ...header.steps.slice(0, place)];
        first = header.promptHidden;
        weights = this.row(stack, place);
      } else {
        tokens = header.source;
        weights = this.row(stack, stack === "cross" ? place : (this.hovered ?? source ?? 0));
      }
      const shares = tokens.map((_, position) => weights[first + position] / WEIGHTS);
      const strongest = strongestOf(tokens, shares);
      if (stack === "cross") source = shares.indexOf(Math.max(...shares));
      this.drawChips(stack, part, tokens, shares, place);
      const hidden = first
        ? ` ${percent(weights.subarray(0, first).reduce((sum, weight) => sum + weight, 0) / WEIGHTS)} goes to ${thousands(first)} earlier tokens that are not drawn.`
        : "";
      if (stack === "encoder")
        part.note.textContent = `What “${tokens[this.hovered ?? source ?? 0].t}” looks at in the source.`;
      else if (stack === "decoder")
        part.note.textContent = `${shares[0] > 0.2 ? `${percent(shares[0])} goes to the first token, where heads put what they have no use for.` : ""}${hidden}`;
      else
        part.note.textContent =
          "Which source token the step looks at. Hover a source token to see what it looks at itself.";
      if (strongest !== null && stack !== "encoder")
        said.push({ stack, token: tokens[strongest], share: shares[strongest] });
    }
    this.sentence.replaceChildren(
      "While writing ",
      chip(step),
      " it looks",
      ...said.flatMap(({ stack, token, share }, index) => [
        index ? " and, in its own text," : stack === "cross" ? " in the source" : "",
        " at ",
        chip(token),
        ` (${percent(share)})`,
      ]),
      ".",
    );
  }

  drawChips(stack, part, tokens, shares, place) {
    const started = part.chips.childElementCount;
    if (started !== tokens.length) {
      part.chips.replaceChildren(
        ...tokens.map((token, position) => {
          const made = chip(token, { class: "lightable", data: { position } });
          made.onpointerenter = (event) => {
            this.owner.tooltip.show(
              event.clientX,
              event.clientY,
              tokenName(token, position + (stack === "decoder" ? this.header.promptHidden : 0)),
              percent(Number(made.dataset.share)),
            );
            if (stack !== "decoder" && this.parts.has("encoder")) (this.hovered = position), this.owner.drawLooking();
          };
          made.onpointerleave = () => {
            this.owner.tooltip.hide();
            if (this.hovered !== null) (this.hovered = null), this.owner.drawLooking();
          };
          return made;
        }),
      );
    }
    [...part.chips.children].forEach((made, position) => {
      made.dataset.share = shares[position].toPrecision(4);
      made.style.setProperty("--share", shares[position].toFixed(4));
      made.classList.toggle("strong", shares[position] > 0.55);
    });
  }
}

/** The most looked-at word; the first token and punctuation only if there is no word. */
export function strongestOf(tokens, shares) {
  let best = null;
  const isWord = (token) => !token.x && /[\p{L}\p{N}]/u.test(token.t);
  tokens.forEach((token, position) => {
    if (isWord(token) && (best === null || shares[position] > shares[best])) best = position;
  });
  return best;
}
