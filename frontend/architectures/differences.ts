// The table of what differs, and what follows.

import { element } from "../shared/dom.ts";
import type { ComparedDifference } from "../shared/generated/messages.ts";
import type { Compared } from "./compared.ts";
import { unbroken } from "./questions.ts";

/** A heading and the table; nothing where nothing is compared. */
export function differenceTable({ header, ready }: Compared): HTMLElement[] {
  if (!header.differences.length) return [];
  const panes = ready.map(({ pane }) => pane);
  const row = ({ name, values, sentence }: ComparedDifference) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      values.map((value, place) => {
        const { name: of, family } = panes[place];
        return element("td", { data: { of }, class: family }, unbroken(value));
      }),
      element("td", { class: "sentence" }, unbroken(sentence)),
    );
  const heads = panes.map(({ name, family }) => element("th", { scope: "col", class: family }, name));
  return [
    element("h3", {}, "What differs, and what follows"),
    element(
      "p",
      { class: "quiet" },
      "Computed from these models and from what each did with its text: what is said of attention holds for that text.",
    ),
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, element("td", {}), heads, element("th", { scope: "col" }, "What follows")),
      ),
      element("tbody", {}, header.differences.map(row)),
    ),
  ];
}
