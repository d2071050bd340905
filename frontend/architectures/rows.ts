// The rows of the comparison, from top to bottom: what each asks, its controls, and what stands in its cells.

import type { ReadyPane } from "../shared/generated/messages.ts";
import type { Comparison } from "./architectures.ts";
import { definition, objectiveCell, outcomeCell, parametersCell, tokensCell } from "./cells.ts";
import { depthControl, pairControl, roleControl, roleMeaning } from "./controls.ts";
import { entropyCell, sharesCell, similarityCell } from "./curve_cells.ts";
import { attentionCell, maskCell, roleCell } from "./matrix_cells.ts";

/** What a visitor can choose within the comparison. */
export type ChoiceName = "depth" | "role" | "pair";

export interface Row {
  key: string;
  title: string;
  note?: string | ((view: Comparison) => string);
  controls?: (view: Comparison) => HTMLElement | null;
  /** The choices that its cells depend on. */
  depends?: readonly ChoiceName[];
  cell(view: Comparison, pane: ReadyPane, place: number): HTMLElement;
}

export const ROWS: readonly Row[] = [
  { key: "objective", title: "What it is trained to do", note: "Made of this text.", cell: objectiveCell },
  {
    key: "tokens",
    title: "What it reads",
    note: "Point at a word or a token: it lights up in every pane, by the characters it stands for.",
    cell: tokensCell,
  },
  {
    key: "mask",
    title: "Who may look at whom",
    note: "Each row is a token that looks, each column a token looked at. Filled: may look. Hatched: cannot look.",
    cell: maskCell,
    depends: ["depth"],
  },
  {
    key: "outcome",
    title: "What comes out",
    note: "The same word is hidden from encoder and decoder; an encoder-decoder writes another text.",
    cell: outcomeCell,
  },
  {
    key: "attention",
    title: "Attention",
    note:
      "The mean over the heads of the layer at this depth. More colour, more weight; it grows with the square root, " +
      "so that small weights show.",
    controls: depthControl,
    cell: attentionCell,
    depends: ["depth"],
  },
  {
    key: "role",
    title: "The head nearest to a role",
    note: (view) => `Of all heads of a stack the one that most ${roleMeaning(view)}.`,
    controls: roleControl,
    cell: roleCell,
    depends: ["role"],
  },
  {
    key: "shares",
    title: "Where attention goes",
    note:
      "One column a layer, from the first at the left to the last at the right; mean over heads. " +
      "The line marks the depth chosen above.",
    cell: sharesCell,
    depends: ["depth"],
  },
  {
    key: "entropy",
    title: "How spread attention is",
    note: "Entropy by depth, mean over heads: 0 bits is one token alone, each bit more is twice as many.",
    cell: entropyCell,
    depends: ["depth"],
  },
  {
    key: "similarity",
    title: "How alike two words become",
    note:
      "Cosine similarity of their vectors by depth, from before the first layer to what the last layer gives out; " +
      "dashed: the mean over any two words of the text.",
    controls: pairControl,
    cell: similarityCell,
    depends: ["depth", "pair"],
  },
  {
    key: "parameters",
    title: "What its parameters are spent on",
    note: "The thin line compares the models, the bar shows shares; a weight that serves twice is counted once.",
    cell: parametersCell,
  },
  { key: "measures", title: "Its measures", cell: (_view, { measures }) => definition(measures) },
  {
    key: "costs",
    title: "What this trace cost",
    note: "Measured here, on this text.",
    cell: (_view, { costs }) => definition(costs),
  },
];
