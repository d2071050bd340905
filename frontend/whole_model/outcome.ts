// The end of the picture: the likeliest tokens at one position, or the sentence's vector.

import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import type { LitRow, Picture } from "./picture.ts";

/** What comes out, at the row pointed at or else at the chosen token. */
export function outcomeOf(picture: Picture, pointedAt: LitRow | null): HTMLElement[] {
  const { output, endings } = picture.header;
  if (output.kind === "vectors")
    return [element("p", { class: "outcome-title" }, output.short), element("p", { class: "quiet" }, output.meaning)];
  const there = pointedAt?.sequence === output.sequence ? pointedAt : null;
  const own = there ? picture.row(there).last : endings?.token;
  const before = there ? output.before[there.row] : endings?.before;
  const shown = picture.endings(pointedAt);
  const most = Math.max(...shown.map(([, share]) => share));
  const rows = shown.map(([candidate, share]) =>
    element(
      "div",
      { class: "ending" },
      element("span", { class: "ending-token" }, chip(candidate)),
      element("span", { class: "ending-bar" }, element("i", { style: { width: `${(100 * share) / most}%` } })),
      element("span", { class: "ending-share" }, percent(share)),
    ),
  );
  return [element("p", { class: "outcome-title" }, before ?? "", " ", own ? chip(own) : null), ...rows];
}
