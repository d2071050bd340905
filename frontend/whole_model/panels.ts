// What opens: a panel in the place of its block, with a title, what is in it, and the link to a page that explores it.

import { element } from "../shared/dom.ts";
import type { Tooltip } from "../shared/tooltip.ts";
import { fillAttention } from "./attention_panel.ts";
import { fillEmbedding } from "./embedding_panel.ts";
import type { Column } from "./layout.ts";
import { fillNetwork } from "./network_panel.ts";
import { fillOutput, fillVectors } from "./output_panel.ts";
import type { Inside, InsideBlock, LitRow, Picture } from "./picture.ts";
import type { Stage } from "./stage.ts";
import { strip } from "./strip.ts";
import { LINKS, meaningOf, nameOf, type Part, partOf } from "./words.ts";

const WIDTHS: Readonly<Record<Part, number>> = { attention: 780, feed_forward: 780, embedding: 720, output: 560 };
const NARROWEST = 300;

/** What a panel asks of the picture that it opens in. */
export interface PanelActions {
  close(): void;
  /** The link is followed. */
  go(part: Part): void;
  /** Another head is wanted. */
  chooseHead(head: number): void;
  point(place: LitRow | null): void;
  lock(place: LitRow): void;
  /** The row that is lit. */
  lit(): LitRow | null;
}

/** A panel's width in a room; what is in it may still scroll. */
export function panelWidth(part: Part, room: number): number {
  return Math.min(Math.max(NARROWEST, room - 24), WIDTHS[part]);
}

/** What a panel stands in. */
export interface Surroundings {
  picture: Picture;
  stage: Stage;
  tooltip: Tooltip;
  actions: PanelActions;
  /** Where the slider of temperature stands; it is kept from panel to panel. */
  temperature: { value: number };
}

export class Panel {
  readonly block: string;
  readonly part: Part;
  readonly column: Column;
  readonly node: HTMLElement;
  readonly picture: Picture;
  readonly stage: Stage;
  readonly tooltip: Tooltip;
  readonly actions: PanelActions;
  readonly temperature: { value: number };
  /** What stands in it, or null while that is waited for. */
  holds: InsideBlock | null = null;
  /** When it began to open, in milliseconds. */
  readonly since = performance.now();
  /** Draws what is in it again, for another lit row. */
  redraw: () => void = () => {};
  readonly body: HTMLElement;
  readonly tools = element("div", { class: "panel-tools" });
  private readonly summary = element("p", { class: "summary" });

  constructor(block: string, { picture, stage, tooltip, actions, temperature }: Surroundings) {
    this.block = block;
    this.picture = picture;
    this.stage = stage;
    this.tooltip = tooltip;
    this.temperature = temperature;
    this.actions = actions;
    this.column = stage.layout.blockColumn(block);
    this.part = partOf(this.column);
    const name = nameOf(picture, this.column);
    this.body = element("div", { class: "panel-body" }, element("p", { class: "quiet waiting" }, this.waiting()));
    const close = { type: "button", class: "close", "aria-label": "Close", onclick: () => actions.close() };
    this.node = element(
      "section",
      {
        class: `opened-panel ${this.part} ${this.column.stack}`,
        tabindex: -1,
        role: "region",
        "aria-label": name,
        data: { block },
        onclick: (event) => event.stopPropagation(),
      },
      element(
        "header",
        {},
        element(
          "div",
          { class: "panel-line" },
          element("h3", {}, name),
          this.tools,
          this.link(),
          element("button", close, "×"),
        ),
        element("p", { class: "quiet" }, meaningOf(picture, this.column)),
        this.summary,
      ),
      this.body,
    );
  }

  /** One more line of the head: what is seen for this token. */
  summarise(words: string): void {
    this.summary.textContent = this.summary.title = words;
  }

  /** Show what came for this block, or why there is nothing. */
  fill({ block, numbers }: Inside): void {
    this.holds = block;
    if (block?.kind === "problem") this.body.replaceChildren(element("p", { class: "problem" }, block.problem));
    if (block?.kind === "attention") fillAttention(this, block, numbers);
    if (block?.kind === "feed_forward") fillNetwork(this, block);
    if (block?.kind === "embedding") fillEmbedding(this, block, numbers);
    if (block?.kind === "output") fillOutput(this, block, numbers);
    if (block?.kind === "vectors") fillVectors(this, block, numbers);
  }

  /** A strip of numbers as wide as the panel, with a name above it. */
  namedStrip(heading: (Node | string)[], label: string, numbers: Float32Array, largest: number): HTMLElement {
    const width = Math.max(220, this.width() - 34);
    const { signed } = this.stage.painter;
    return element(
      "div",
      { class: "table-row" },
      element("div", { class: "table-name" }, ...heading),
      strip(numbers, { label, width, largest, signed, tooltip: this.tooltip }),
    );
  }

  /** Its width, which it has as soon as it is on the page. */
  width(): number {
    return this.node.clientWidth || panelWidth(this.part, this.stage.layout.width);
  }

  private waiting(): string {
    return this.picture.header.standalone
      ? "What is inside this block needs the app: this page holds the picture as it was saved."
      : "Reading what is inside this block …";
  }

  private link(): HTMLElement | null {
    if (this.picture.header.standalone) return null;
    const way = this.picture.header.ways[this.part];
    if (!way) return null;
    const words = way.words ?? LINKS[this.part];
    return element(
      "a",
      {
        class: "way",
        href: way.href,
        "aria-label": words,
        onclick: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.actions.go(this.part);
        },
      },
      element("span", { class: "whole" }, words),
      element("span", { class: "short" }, "Explore"),
      " ›",
    );
  }
}
