// Token chips in reading order with their ids; hovering one lights its every occurrence.

import { type Mounted, rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { LessonSequence, LessonTokensHeader, TokenChip } from "../shared/generated/messages.ts";
import { thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { publishToken } from "../shared/page.ts";
import { chip } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

/** What there is to say of a token. */
export function remarksOn(token: TokenChip, position: number): string[] {
  const lines = [`Token ${position}: “${token.t}”`, `Id ${thousands(token.i)}, spelled ${token.r}`];
  if (token.x) lines.push("A special token, not part of the text");
  else if (token.c) lines.push("Goes on with the word before it");
  return lines;
}

export function mount({ parentElement, data }: Mounted): void {
  const root = rootOf(parentElement);
  const { header } = unpack<LessonTokensHeader, object>(data);
  for (const old of root.querySelectorAll(":scope > .sequence")) old.remove();
  root.prepend(...header.sequences.map((sequence) => section(root, sequence)));
  root.dataset.ready = String(header.sequences[0].tokens.length);
}

function section(root: HTMLElement, { name, title, tokens, more }: LessonSequence): HTMLElement {
  const pieces = tokens.map((token, position) => piece(root, token, position, name));
  const rest = more ? element("span", { class: "quiet" }, `and ${thousands(more)} more`) : null;
  return element(
    "section",
    { class: "sequence", "aria-label": title },
    element("h5", {}, title),
    element("div", { class: "pieces" }, pieces, rest),
  );
}

/** A chip over its id. */
function piece(root: HTMLElement, token: TokenChip, position: number, sequence: string): HTMLElement {
  const tooltip = tooltipOf(root);
  const lines = remarksOn(token, position);
  const made = chip(token, { data: { id: token.i }, tabindex: 0, "aria-label": lines.join(". ") });
  const tell = (x: number, y: number) => {
    light(root, token.i);
    publishToken(root, sequence, position);
    tooltip.show(x, y, ...lines);
  };
  const stop = () => {
    light(root, null);
    publishToken(root, null, null);
    tooltip.hide();
  };
  made.onpointerenter = (event) => tell(event.clientX, event.clientY);
  made.onfocus = () => {
    const box = made.getBoundingClientRect();
    tell(box.left, box.bottom);
  };
  made.onpointerleave = made.onblur = stop;
  const id = element("span", { class: "id" }, thousands(token.i));
  return element("div", { class: token.c ? "piece joined" : "piece" }, made, id);
}

/** Light every token of an id, or none. */
function light(root: HTMLElement, id: number | null): void {
  for (const token of root.querySelectorAll<HTMLElement>(".token"))
    token.classList.toggle("lit", id !== null && token.dataset.id === String(id));
}
