// What stands above and below the columns, in as few words as will do.

import { element } from "../shared/dom.ts";
import type { WholeModelStack } from "../shared/generated/messages.ts";
import { type Column, HEAD, type Layout, type Parting } from "./layout.ts";
import type { Picture } from "./picture.ts";
import { stackInWords } from "./words.ts";

const ROOM_FOR_PARTS = 420; // pixels that the parts of a layer take to name

type Words = (Node | string)[];

interface Title {
  node: HTMLElement;
  from: Column;
  to: Column;
}

export class Titles {
  private readonly layout: Layout;
  private readonly titles: Title[] = [];
  /** The titles, and what else is said beside the columns. */
  readonly nodes: HTMLElement[];

  constructor(picture: Picture, layout: Layout) {
    this.layout = layout;
    const { stacks, output, aside } = picture.header;
    for (const stack of stacks) this.stack(stack);
    const above = layout.zone(output.sequence).top - 26;
    this.over(layout.blockColumn("output"), layout.column("output"), "small left", above, [output.title]);
    // The room above what comes out of a decoder is free where its layers have passed the encoder's text.
    const end = layout.column("output");
    if (aside) this.over(end, end, "aside", layout.zone("source").top, [aside]);
    const style = { top: `${layout.bottom + 20}px`, width: "104px" };
    const foot = picture.knowsAdded ? [element("div", { class: "title foot", style }, "Adds to the stream")] : [];
    this.nodes = [...this.titles.map(({ node }) => node), ...foot];
  }

  /** Move with the columns; only transforms, so that the picture is not laid out again in every frame. */
  part({ shift }: Parting): void {
    for (const { node, from, to } of this.titles) {
      const moved = shift(from.x);
      const own = to.x + to.width - from.x;
      const more = shift(to.x) - moved;
      node.style.setProperty("--moved", `${moved}px`);
      node.style.setProperty("--middle", `${more / 2}px`);
      node.style.setProperty("--grown", String(1 + more / own));
    }
  }

  private stack({ stack, sequence, layers, cross }: WholeModelStack): void {
    const { layout } = this;
    const top = sequence === "target" ? layout.zone("target").top - 26 : HEAD - 26;
    const [tokens, embedding] = [layout.column(`${stack}.tokens`), layout.column(`${stack}.embedding`)];
    this.over(tokens, tokens, "small right", top, [sequence === "target" ? "Written so far" : "Text"]);
    this.over(embedding, embedding, "small middle", top, ["Vectors"]);
    const across = cross ? [" → ", element("b", { class: "cross" }, "cross-attention")] : [];
    const attention = element("b", { class: stack }, "attention");
    const parts = [", in each ", attention, ...across, " → ", element("b", {}, "feed-forward")];
    const words = element(
      "span",
      { class: "words" },
      element("strong", {}, stackInWords(stack, layers.length)),
      layout.unit * layers.length > ROOM_FOR_PARTS ? parts : [],
    );
    const [first, last] = layout.layersOf(stack);
    this.over(first, last, `span ${stack}`, 6, [words]);
  }

  private over(from: Column, to: Column, kind: string, top: number, words: Words): void {
    const width = to.x + to.width - from.x;
    const style = { left: `${from.x}px`, width: `${width}px`, top: `${top}px` };
    const node = element("div", { class: `title ${kind}`, style }, ...words);
    this.titles.push({ node, from, to });
  }
}

/** What stands within a column: the number of a layer, and how much its block adds. */
export function labelsOf(picture: Picture, layout: Layout, column: Column): HTMLElement[] {
  const labels: HTMLElement[] = [];
  if (layout.isNumbered(column)) labels.push(element("span", { class: "number" }, String(column.layer)));
  const share = picture.meanAdded(column);
  if (share === null) return labels;
  const height = `${Math.max(1.5, 34 * Math.min(share, 1))}px`;
  labels.push(element("span", { class: `adds ${column.kind} ${column.stack}`, style: { height } }));
  if (column.width >= 34) labels.push(element("span", { class: "adds-number" }, `${Math.round(100 * share)} %`));
  return labels;
}
