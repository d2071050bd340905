// @ts-nocheck: not typed yet
// Token chips in reading order with their ids; hovering one lights its every occurrence.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { publishToken } from "../shared/page.ts";
import { chip } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  const { header } = unpack(data);
  const tooltip = tooltipOf(root);
  const light = (id) =>
    root
      .querySelectorAll(".token")
      .forEach((one) => one.classList.toggle("lit", id !== null && one.dataset.id === String(id)));
  const piece = (token, position, sequence) => {
    const lines = [`Token ${position}: “${token.t}”`, `Id ${thousands(token.i)}, spelled ${token.r}`];
    if (token.x) lines.push("A special token, not part of the text");
    else if (token.c) lines.push("Goes on with the word before it");
    const made = chip(token, { data: { id: token.i }, tabindex: 0, "aria-label": lines.join(". ") });
    made.onpointerenter = made.onfocus = (event) => {
      const box = made.getBoundingClientRect();
      light(token.i);
      publishToken(root, sequence, position);
      tooltip.show(event.clientX ?? box.left, event.clientY ?? box.bottom, ...lines);
    };
    made.onpointerleave = made.onblur = () => {
      light(null);
      publishToken(root, null, null);
      tooltip.hide();
    };
    return element(
      "div",
      { class: token.c ? "piece joined" : "piece" },
      made,
      element("span", { class: "id" }, thousands(token.i)),
    );
  };
  const sequences = header.sequences.map(({ name, title, tokens, more }) =>
    element(
      "section",
      { class: "sequence", "aria-label": title },
      element("h5", {}, title),
      element(
        "div",
        { class: "pieces" },
        ...tokens.map((token, position) => piece(token, position, name)),
        more ? element("span", { class: "quiet" }, `and ${thousands(more)} more`) : null,
      ),
    ),
  );
  root.querySelectorAll(":scope > .sequence").forEach((one) => one.remove());
  root.prepend(...sequences);
  root.dataset.ready = String(header.sequences[0].tokens.length);
}
