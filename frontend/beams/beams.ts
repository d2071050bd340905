// @ts-nocheck: not typed yet
// A beam search as a tree: columns are tokens, rows are ranks; what survived goes on to the right.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { chip } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export const COLUMN = 118;
export const LINE = 34;
export const TOP = 26;
export const SVG = "http://www.w3.org/2000/svg";

export class BeamsView {
  constructor(root) {
    this.root = root;
    this.tooltip = tooltipOf(root);
    this.sentence = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
    this.texts = element("div", { class: "texts", role: "listbox", "aria-label": "Texts found" });
    this.frame = element("div", { class: "frame", tabindex: "0", "aria-label": "Tree of the search" });
    root.append(this.texts, this.sentence, this.frame);
  }

  load(packet) {
    const { header } = unpack(packet);
    this.header = header;
    this.chosen = 0;
    this.draw();
  }

  path(number) {
    const found = new Set();
    for (let node = number; node !== null; node = this.header.nodes[node].parent) found.add(node);
    return found;
  }

  draw() {
    const { header } = this;
    this.texts.replaceChildren(
      ...header.texts.map((text, place) => {
        const made = element(
          "button",
          {
            class: "found",
            role: "option",
            "aria-selected": String(place === this.chosen),
            onclick: () => ((this.chosen = place), this.draw()),
          },
          element("b", {}, `${place + 1}.`),
          ...text.tokens.map((token) => chip(token)),
          element("span", { class: "score" }, signed(text.score)),
        );
        return made;
      }),
    );
    this.drawTree();
    this.say(header.nodes[header.texts[this.chosen]?.node ?? 0]);
  }

  drawTree() {
    const { header } = this;
    const last = header.texts[this.chosen];
    const lit = last ? this.path(last.node) : new Set();
    const depth = Math.max(...header.nodes.map((node) => node.depth));
    const ranks = Math.max(...header.nodes.map((node) => node.rank)) + 1;
    const [width, height] = [depth * COLUMN + 70, TOP + ranks * LINE + 8];
    const lines = document.createElementNS(SVG, "svg");
    lines.setAttribute("width", width);
    lines.setAttribute("height", height);
    lines.setAttribute("aria-hidden", "true");
    const sheet = element("div", { class: "sheet", style: { width: `${width}px`, height: `${height}px` } }, lines);
    for (let column = 1; column <= depth; column += 1)
      sheet.append(
        element("span", { class: "quiet at", style: { left: `${60 + (column - 1) * COLUMN}px` } }, `token ${column}`),
      );
    sheet.append(element("span", { class: "root", style: { top: `${TOP + 4}px` } }, "start"));
    for (const node of header.nodes) {
      const [x, y] = this.place(node);
      const kinds = ["node", node.survived && "survived", node.finished && "finished", lit.has(node.number) && "lit"]
        .filter(Boolean)
        .join(" ");
      const made = chip(node, {
        class: kinds,
        tag: "button",
        data: { node: node.number, rank: node.rank },
        style: { left: `${x}px`, top: `${y}px` },
      });
      made.setAttribute("aria-label", this.words(node));
      made.onpointerenter = (event) => this.tooltip.show(event.clientX, event.clientY, ...this.lines(node));
      made.onpointerleave = () => this.tooltip.hide();
      made.onclick = () => this.say(node);
      sheet.append(made);
      if (!node.survived && !node.finished) continue;
      const [fromX, fromY] =
        node.parent === null
          ? [44, TOP + 16]
          : this.place(header.nodes[node.parent]).map((value, axis) => value + (axis ? 13 : 84));
      const edge = document.createElementNS(SVG, "path");
      const middle = (fromX + x) / 2;
      edge.setAttribute("d", `M ${fromX} ${fromY} C ${middle} ${fromY}, ${middle} ${y + 13}, ${x} ${y + 13}`);
      edge.setAttribute("class", lit.has(node.number) ? "edge lit" : "edge");
      lines.append(edge);
    }
    this.frame.replaceChildren(sheet);
  }

  place(node) {
    return [60 + (node.depth - 1) * COLUMN, TOP + node.rank * LINE];
  }

  lines(node) {
    const ended = node.finished
      ? [
          `ends here: ${signed(node.score)} / ${node.depth} to the power of ${this.header.lengthPenalty} = ${signed(node.finalScore)}`,
        ]
      : [];
    const fate = node.finished
      ? "finished"
      : node.survived
        ? "kept: a beam goes on from here"
        : "let go: others score higher";
    return [
      `“${node.t}”, rank ${node.rank + 1} of its column`,
      `${percent(Math.exp(node.logProbability))} after its text, log-probability ${signed(node.logProbability)}`,
      `sum of log-probabilities: ${signed(node.score)}`,
      ...ended,
      fate,
    ];
  }

  words(node) {
    return this.lines(node).join("; ");
  }

  say(node) {
    this.sentence.textContent = node ? `${this.words(node)}.` : "";
  }
}

export const signed = (value) => value.toFixed(3).replace("-", "−");

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new BeamsView(root);
  root.view.load(data);
}
