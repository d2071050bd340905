// @ts-nocheck: not typed yet
// What opens: a panel in the place of its block, with a title, what is in it, and the way to the page that explores it.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { fillAttention } from "./attention_panel.ts";
import { fillEmbedding } from "./embedding_panel.ts";
import { fillNetwork } from "./network_panel.ts";
import { fillOutput } from "./output_panel.ts";

export const WAYS = {
  attention: { words: "Explore this attention", page: "attention" },
  feed_forward: { words: "What each layer would say", page: "embeddings" },
  embedding: { words: "Explore the embeddings", page: "embeddings" },
  output: { words: "From scores to text", page: "generation" },
};

/** What a block is for, in a sentence. */
export const MEANINGS = {
  attention: (stack) =>
    ({
      encoder: "Every token looks at every token, before and after it, and takes over a mixture of their values.",
      decoder:
        "Every token looks at itself and at what stands before it, never ahead, and takes over a mixture of their values.",
      cross: "Every token that is written looks at the text that was read, and takes over a mixture of its values.",
    })[stack],
  feed_forward: () =>
    "Each token by itself: neurons wake for what its vector says, and each adds a direction of its own.",
  embedding: () => "Each token is looked up in a table: its row of numbers is where its path begins.",
  output: () =>
    "The last vector is compared with every token of the vocabulary: scores, and from scores probabilities.",
};

export const FILLERS = {
  attention: fillAttention,
  feed_forward: fillNetwork,
  embedding: fillEmbedding,
  output: fillOutput,
};

export class Panel {
  constructor(view, block) {
    this.view = view;
    this.block = block;
    this.holds = null;
    const { stage } = view;
    this.column = stage.layout.columns.find((column) => column.block === block);
    this.kind = { answers: "output", vectors: "output" }[this.column.kind] ?? this.column.kind;
    this.body = element("div", { class: "panel-body" }, element("p", { class: "quiet waiting" }, this.waiting()));
    this.tools = element("div", { class: "panel-tools" });
    this.told = element("p", { class: "told" });
    this.node = element(
      "section",
      {
        class: `opened-panel ${this.kind} ${this.column.stack}`,
        tabindex: -1,
        role: "region",
        "aria-label": stage.nameOf(this.column),
        data: { block },
        onclick: (event) => event.stopPropagation(),
      },
      element(
        "header",
        {},
        element(
          "div",
          { class: "panel-line" },
          element("h3", {}, stage.nameOf(this.column)),
          this.tools,
          this.way(),
          element(
            "button",
            { type: "button", class: "close", "aria-label": "Close", onclick: () => view.close() },
            "×",
          ),
        ),
        element("p", { class: "quiet" }, this.meaning()),
        this.told,
      ),
      this.body,
    );
  }

  /** One more line of the head: what is seen for this token. */
  tell(words) {
    this.told.textContent = this.told.title = words;
  }

  meaning() {
    return this.kind === "output" && this.view.header.output.kind === "vectors"
      ? this.view.header.output.meaning
      : MEANINGS[this.kind](this.column.stack);
  }

  waiting() {
    return this.view.header.standalone
      ? "What is inside this block needs the app: this page holds the picture as it was saved."
      : "Reading what is inside this block …";
  }

  way() {
    if (this.view.header.standalone) return null;
    const { words } = WAYS[this.kind];
    const link = this.view.header.ways[this.kind];
    return element(
      "a",
      {
        class: "way",
        href: link.href,
        "aria-label": link.words ?? words,
        onclick: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.view.go(this.kind);
        },
      },
      element("span", { class: "whole" }, link.words ?? words),
      element("span", { class: "short" }, "Explore"),
      " ›",
    );
  }

  /** Width the panel takes; what is in it may still scroll. */
  width(room) {
    const most = Math.max(300, room - 24);
    return Math.min(most, { attention: 780, feed_forward: 780, embedding: 720, output: 560 }[this.kind]);
  }

  /** Show what came for this block, or why there is nothing. */
  fill(detail, arrays) {
    this.holds = detail.block;
    if (detail.problem) {
      this.body.replaceChildren(element("p", { class: "problem" }, detail.problem));
      return;
    }
    FILLERS[this.kind](this, detail, arrays);
  }
}

/** A strip of signed numbers as a row of coloured cells, told digit by digit when hovered. */
export function strip(view, numbers, { width, height, largest, label, colour }) {
  const canvas = element("canvas", {
    class: "strip",
    role: "img",
    "aria-label": `${label}: ${numbers.length} numbers, from ${fourDigits(Math.min(...numbers))} to ${fourDigits(Math.max(...numbers))}`,
  });
  const context = fitted(canvas, width, height);
  const cell = width / numbers.length;
  numbers.forEach((number, place) => {
    context.fillStyle = view.stage.painter.tint(number / largest);
    context.fillRect(place * cell, 0, cell + 0.3, height);
  });
  if (colour) {
    context.fillStyle = colour;
    context.fillRect(0, 0, 2, height);
  }
  canvas.onpointermove = (event) => {
    const place = Math.min(
      numbers.length - 1,
      Math.max(0, Math.floor((event.offsetX / canvas.clientWidth) * numbers.length)),
    );
    view.tooltip.show(event.clientX, event.clientY, label, `number ${place}: ${fourDigits(numbers[place])}`);
    event.stopPropagation();
  };
  canvas.onpointerleave = () => view.tooltip.hide();
  return canvas;
}

/** Four significant digits with a true minus sign. */
export function fourDigits(number) {
  if (number === 0) return "0";
  const text = Math.abs(number) < 1e-4 || Math.abs(number) >= 1e6 ? number.toExponential(3) : number.toPrecision(4);
  return text.replace("-", "−");
}
