// @ts-nocheck: not typed yet
// All keys as a list: a token, its numbers, a bar.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { publishToken } from "../shared/page.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { fourDigits, percentOf } from "./formulas.ts";

/** A table of the keys shown. Columns are {title, say, kind}; a bar is {title, of, largest, kind, text}. */
export function keyTable(view, columns, bar) {
  const { model } = view;
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "Key"),
    ...columns.map(({ title }) => element("th", { scope: "col" }, title)),
    element("th", { scope: "col", class: "bar" }, bar.title),
  );
  const lines = [...model.positions].map((position, place) => {
    const open = model.visible[place];
    const chosen = position === view.key;
    const token = chip(model.header.keyTokens[place], {
      tag: "button",
      class: chosen ? "locked" : "",
      "aria-pressed": String(chosen),
      "aria-label": `${tokenName(model.header.keyTokens[place], position)}: look into this key`,
      data: { focus: `key ${position}` },
    });
    const line = element(
      "tr",
      { class: [chosen && "chosen", !open && "closed"].filter(Boolean).join(" "), data: { position } },
      element("th", { scope: "row" }, element("span", { class: "place" }, String(position)), token),
      ...columns.map(({ say, kind }) => element("td", { class: kind }, say(place))),
      element(
        "td",
        { class: "bar" },
        open ? signedBar(bar, place) : element("span", { class: "hatched" }, "cannot look"),
      ),
    );
    line.onclick = () => view.choose({ key: position });
    line.onpointerenter = () => publishToken(view.root, model.keySequence, position);
    line.onpointerleave = () => publishToken(view.root, null, null);
    return line;
  });
  const remark = leftOut(view);
  return element(
    "div",
    { class: "keys" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines, ...(bar.more ?? []))),
    remark && element("p", { class: "quiet" }, remark),
  );
}

/** A bar from the zero line to a number, to the left if it is below zero. */
export function signedBar({ of, largest, lowest = 0, kind, text }, place) {
  const value = of(place);
  const span = largest - lowest || 1;
  const zero = (-lowest / span) * 100;
  const length = (Math.abs(value) / span) * 100;
  const drawn = element("span", {
    class: `fill ${kind ?? (value < 0 ? "negative" : "positive")}`,
    style: { left: `${value < 0 ? zero - length : zero}%`, width: `${length}%` },
  });
  return element(
    "span",
    { class: "track" },
    element("span", { class: "room" }, drawn),
    element("span", { class: "said" }, text ? text(place) : fourDigits(value)),
  );
}

/** What the list has no room for. */
export function leftOut({ model: { header } }) {
  const said = [];
  if (header.leftOut)
    said.push(
      `Left out: ${thousands(header.leftOut)} keys with ${percentOf(header.weightLeftOut)} of the attention together; every number is in the table and the files below.`,
    );
  if (header.closed) said.push(`${thousands(header.closed)} more keys cannot be looked at.`);
  return said.join(" ");
}
