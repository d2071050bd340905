// All keys as a list: a token, its numbers, a bar.

import { element } from "../shared/dom.ts";
import { fourDigits } from "../shared/numbers.ts";
import { publishToken } from "../shared/page.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import type { Stage } from "./stage.ts";
import { leftOut } from "./words.ts";

/** A column of numbers, each said by its place among the keys shown. */
export interface Column {
  title: string;
  say(place: number): string;
}

/** The last column: a number as a bar between the lowest and the largest there is. */
export interface Bar {
  title: string;
  values: Float32Array;
  largest: number;
  lowest?: number;
  /** A class for its colour, where that is not the sign's. */
  kind?: string;
  text?(value: number): string;
}

/** A table of the keys shown; a click looks into one. */
export function keyTable(stage: Stage, columns: readonly Column[], bar: Bar): HTMLElement {
  const { header, arrays } = stage.model;
  const titles = element(
    "tr",
    {},
    element("th", { scope: "col" }, "Key"),
    ...columns.map(({ title }) => element("th", { scope: "col" }, title)),
    element("th", { scope: "col", class: "bar" }, bar.title),
  );
  const lines = Array.from(arrays.positions, (position, place) => line(stage, columns, bar, position, place));
  const remark = leftOut({ header });
  return element(
    "div",
    { class: "keys" },
    element("table", {}, element("thead", {}, titles), element("tbody", {}, lines)),
    remark ? element("p", { class: "quiet" }, remark) : null,
  );
}

function line(stage: Stage, columns: readonly Column[], bar: Bar, position: number, place: number): HTMLElement {
  const { model } = stage;
  const isOpen = model.arrays.visible[place];
  const isChosen = position === stage.key;
  const token = model.header.keyTokens[place];
  const button = chip(token, {
    tag: "button",
    class: isChosen ? "locked" : "",
    "aria-pressed": String(isChosen),
    "aria-label": `${tokenName(token, position)}: look into this key`,
    data: { focus: `key ${position}` },
  });
  return element(
    "tr",
    {
      class: [isChosen && "chosen", !isOpen && "closed"].filter(Boolean).join(" "),
      data: { position },
      onclick: () => stage.choose({ key: position }),
      onpointerenter: () => publishToken(stage.root, model.keySequence, position),
      onpointerleave: () => publishToken(stage.root, null, null),
    },
    element("th", { scope: "row" }, element("span", { class: "place" }, String(position)), button),
    columns.map(({ say }) => element("td", {}, say(place))),
    element(
      "td",
      { class: "bar" },
      isOpen ? signedBar(bar, place) : element("span", { class: "hatched" }, "cannot look"),
    ),
  );
}

/** A bar from the zero line to a number, to the left if it is below zero. */
function signedBar({ values, largest, lowest = 0, kind, text = fourDigits }: Bar, place: number): HTMLElement {
  const value = values[place];
  const span = largest - lowest || 1;
  const zero = (-lowest / span) * 100;
  const length = (Math.abs(value) / span) * 100;
  const fill = element("span", {
    class: `fill ${kind ?? (value < 0 ? "negative" : "positive")}`,
    style: { left: `${value < 0 ? zero - length : zero}%`, width: `${length}%` },
  });
  return element(
    "span",
    { class: "track" },
    element("span", { class: "room" }, fill),
    element("span", { class: "said" }, text(value)),
  );
}
