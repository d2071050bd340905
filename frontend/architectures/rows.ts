// @ts-nocheck: not typed yet
// The rows of the comparison, from top to bottom: what each asks, its controls, and what stands in its cells.

import {
  attentionCell,
  definition,
  entropyCell,
  headCell,
  maskCell,
  objectiveCell,
  outcomeCell,
  parametersCell,
  roleCell,
  sharesCell,
  similarityCell,
  tokensCell,
} from "./cells.ts";

export const ROWS = [
  { key: "head", cell: headCell, always: true },
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
    note: "The mean over the heads of the layer at this depth. More colour, more weight; it grows with the square root, so that small weights show.",
    controls: (view) => view.depthControl(),
    cell: attentionCell,
    depends: ["depth"],
  },
  {
    key: "role",
    title: "The head nearest to a role",
    note: (view) => `Of all heads of a stack the one that most ${view.roleMeaning()}.`,
    controls: (view) => view.roleControl(),
    cell: roleCell,
    depends: ["role"],
  },
  {
    key: "shares",
    title: "Where attention goes",
    note: "One column a layer, from the first at the left to the last at the right; mean over heads. The line marks the depth chosen above.",
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
    note: "Cosine similarity of their vectors by depth, before the first layer at the left; dashed: any two words of the text.",
    controls: (view) => view.pairControl(),
    cell: similarityCell,
    depends: ["depth", "pair"],
  },
  {
    key: "parameters",
    title: "What its parameters are spent on",
    note: "The thin line compares the models, the bar shows shares; a weight that serves twice is counted once.",
    cell: parametersCell,
  },
  { key: "measures", title: "Its measures", cell: (view, pane) => definition(pane.measures) },
  {
    key: "costs",
    title: "What this trace cost",
    note: "Measured here, on this text.",
    cell: (view, pane) => definition(pane.costs),
  },
];

// Each question is answered by a row, in the words of the differences named, where all the stacks it needs are there.
export const QUESTIONS = [
  {
    words: "Why can an encoder fill a blank, and a decoder not?",
    row: "outcome",
    because: ["Fills a blank", "Attention that goes forward"],
    needs: ["encoder", "decoder"],
  },
  { words: "Why is a decoder's matrix a triangle?", row: "mask", because: ["Shape of the mask"], needs: ["decoder"] },
  {
    words: "What does a decoder see when it has an encoder?",
    row: "attention",
    because: ["Looks at a source"],
    needs: ["cross"],
  },
  {
    words: "What does each cost?",
    row: "costs",
    because: ["Parameters", "Runs for an answer", "Keys and values kept while writing", "Time of this pass", "Memory"],
    needs: [],
  },
];
