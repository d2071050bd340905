// An embedding block, open: the rows of the tables that are added up, number by number.

import { element } from "../shared/dom.ts";
import type { InsideEmbedding } from "../shared/generated/messages.ts";
import { thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { percentile } from "./colours.ts";
import type { Panel } from "./panels.ts";
import { type Arrays, floats } from "./picture.ts";

export function fillEmbedding(panel: Panel, inside: InsideEmbedding, numbers: Arrays): void {
  const { tables, firstName, firstWords, note, token, width } = inside;
  const rows = tables.map((_, place) => floats(numbers, `table${place}`));
  const first = floats(numbers, "first");
  // Before a norm numbers are of another size than behind it, so the tables share one scale and the sum has its own.
  const added = rows.flatMap((row) => [...row]);
  const named = (name: string, words: string, row: Float32Array, sign: string, scale: ArrayLike<number>) => {
    const heading = [
      element("span", { class: "sign" }, sign),
      element("strong", {}, name),
      element("span", { class: "quiet" }, words),
    ];
    return panel.namedStrip(heading, name, row, percentile(scale, 0.985));
  };
  const said = ["The first vector of ", chip(token), `: ${thousands(width)} numbers.`];
  panel.body.replaceChildren(
    element("div", { class: "said" }, ...said),
    ...tables.map(({ name, words }, place) => named(name, words, rows[place], place ? "+" : "", added)),
    named(firstName, firstWords, first, tables.length ? "=" : "", first),
    element("p", { class: "panel-note quiet" }, note),
  );
}
