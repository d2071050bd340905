// Tokens as chips, the same on every page.

import { element, type Properties } from "./dom.ts";
import type { TokenChip } from "./generated/messages.ts";

type ChipTag = "span" | "button" | "div" | "li";

/** A token as a chip: faint dot for a leading space, no gap before a continued piece, special tokens outlined. */
export function chip<Tag extends ChipTag = "span">(
  token: TokenChip,
  { raw = false, tag, ...properties }: { raw?: boolean; tag?: Tag } & Properties = {},
): HTMLElementTagNameMap[Tag] {
  const kinds = ["token", token.s && "spaced", token.c && "continued", token.x && "special", token.p && "padding"];
  const classes = [...kinds, properties.class].filter(Boolean).join(" ");
  const made = element(tag ?? ("span" as Tag), { ...properties, class: classes, dir: "auto" });
  made.append(element("bdi", {}, raw ? token.r : token.t));
  return made;
}

/** A token as prose names it: “cat” [3]. */
export function tokenName(token: TokenChip, position: number): string {
  return `“${token.t}” [${position}]`;
}
