// @ts-nocheck: not typed yet
// An embedding block, open: the rows of the tables that are added up, number by number.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { percentile } from "./painting.ts";
import { strip } from "./panels.ts";

export function fillEmbedding(panel, detail, arrays) {
  const { view } = panel;
  const width = Math.max(220, (panel.node.clientWidth || panel.width(view.room())) - 34);
  // Before a norm numbers are of another size than behind it, so the tables share one scale and the sum has its own.
  const added = detail.tables.flatMap((_, place) => [...arrays[`d.table${place}`]]);
  const block = (name, words, numbers, sign, scale) =>
    element(
      "div",
      { class: "table-row" },
      element(
        "div",
        { class: "table-name" },
        element("span", { class: "sign" }, sign),
        element("strong", {}, name),
        element("span", { class: "quiet" }, words),
      ),
      strip(view, numbers, { width, height: 26, largest: percentile(scale, 0.985), label: name }),
    );
  const tables = detail.tables.map(({ name, words }, place) =>
    block(name, words, arrays[`d.table${place}`], place ? "+" : "", added),
  );
  panel.body.replaceChildren(
    element(
      "div",
      { class: "said" },
      "The first vector of ",
      chip(detail.token),
      `: ${thousands(detail.width)} numbers.`,
    ),
    ...tables,
    block(detail.firstName, detail.firstWords, arrays["d.first"], tables.length ? "=" : "", arrays["d.first"]),
    element("p", { class: "panel-note quiet" }, detail.note),
  );
}
