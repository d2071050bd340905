// A beam search as a tree: columns are tokens, rows are ranks; what survived goes on to the right.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { BeamsHeader, BeamToken, FoundText } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { chip } from "../shared/tokens.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { digits, linesOf, lineTo, pathTo, placeOf, sizeOf, TOP } from "./tree.ts";

const SVG = "http://www.w3.org/2000/svg";

export class BeamsView {
  private readonly tooltip: Tooltip;
  private readonly texts = element("div", { class: "texts", role: "listbox", "aria-label": "Texts found" });
  private readonly sentence = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
  private readonly frame = element("div", { class: "frame", tabindex: "0", "aria-label": "Tree of the search" });

  constructor(root: HTMLElement) {
    this.tooltip = tooltipOf(root);
    root.append(this.texts, this.sentence, this.frame);
  }

  load(packet: Uint8Array): void {
    this.draw(unpack<BeamsHeader, object>(packet).header, 0);
  }

  /** Draw the tree with one of the texts found lit. */
  private draw(header: BeamsHeader, chosen: number): void {
    const found = (text: FoundText, place: number) =>
      element(
        "button",
        {
          class: "found",
          role: "option",
          "aria-selected": String(place === chosen),
          onclick: () => this.draw(header, place),
        },
        element("b", {}, `${place + 1}.`),
        ...text.tokens.map((token) => chip(token)),
        element("span", { class: "score" }, digits(text.score)),
      );
    this.texts.replaceChildren(...header.texts.map(found));
    const last = header.texts[chosen]?.node ?? null;
    this.frame.replaceChildren(this.tree(header, last === null ? new Set() : pathTo(header.nodes, last)));
    this.say(header, header.nodes[last ?? 0]);
  }

  private tree(header: BeamsHeader, lit: ReadonlySet<number>): HTMLElement {
    const { nodes } = header;
    const { width, height, columns } = sizeOf(nodes);
    const size = { width: `${width}px`, height: `${height}px` };
    const sheet = element("div", { class: "sheet", style: size }, linesBetween(nodes, lit, width, height));
    for (let column = 1; column <= columns; column += 1) {
      const [left] = placeOf({ depth: column, rank: 0 });
      sheet.append(element("span", { class: "quiet at", style: { left: `${left}px` } }, `token ${column}`));
    }
    sheet.append(element("span", { class: "root", style: { top: `${TOP + 4}px` } }, "start"));
    sheet.append(...nodes.map((node) => this.node(header, node, lit.has(node.number))));
    return sheet;
  }

  private node(header: BeamsHeader, node: BeamToken, lit: boolean): HTMLElement {
    const [left, top] = placeOf(node);
    const lines = linesOf(node, header);
    const kinds = ["node", node.survived && "survived", node.finished && "finished", lit && "lit"];
    return chip(node, {
      tag: "button",
      class: kinds.filter(Boolean).join(" "),
      data: { node: node.number, rank: node.rank },
      style: { left: `${left}px`, top: `${top}px` },
      "aria-label": lines.join("; "),
      onpointerenter: ({ clientX, clientY }: PointerEvent) => this.tooltip.show(clientX, clientY, ...lines),
      onpointerleave: () => this.tooltip.hide(),
      onclick: () => this.say(header, node),
    });
  }

  private say(header: BeamsHeader, node: BeamToken | undefined): void {
    this.sentence.textContent = node ? `${linesOf(node, header).join("; ")}.` : "";
  }
}

function linesBetween(
  nodes: readonly BeamToken[],
  lit: ReadonlySet<number>,
  width: number,
  height: number,
): SVGSVGElement {
  const lines = document.createElementNS(SVG, "svg");
  lines.setAttribute("width", String(width));
  lines.setAttribute("height", String(height));
  lines.setAttribute("aria-hidden", "true");
  for (const node of nodes) {
    const line = lineTo(nodes, node);
    if (line === null) continue;
    const edge = document.createElementNS(SVG, "path");
    edge.setAttribute("d", line);
    edge.setAttribute("class", lit.has(node.number) ? "edge lit" : "edge");
    lines.append(edge);
  }
  return lines;
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new BeamsView(root)).load(data);
}
