// Where a visitor is in the picture, as the page's other parts are told.

import type { View } from "../shared/page.ts";

/** The open block, by its name, and the head that it shows, as the map of the model marks them. */
export function placeOnMap(block: string | null, head: number | null): View {
  const parts = (block ?? "none").split(".");
  const part = parts[parts.length - 1];
  return {
    page: "",
    block: part === "output" ? "head" : part,
    stack: parts[0],
    layer: Number(parts[1]),
    heads: head === null ? [] : [head],
  };
}
