// What the picture says of its blocks and rows.

import type { WholeModelHeader } from "../shared/generated/messages.ts";
import { counted, percent } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import { type Column, isLayer, type StackName } from "./layout.ts";
import type { LitRow, Picture } from "./picture.ts";

/** The parts of a model that open. */
export type Part = keyof WholeModelHeader["ways"];

/** Where the link of an open block leads, unless the server words it otherwise. */
export const LINKS: Readonly<Record<Part, string>> = {
  attention: "Explore this attention",
  feed_forward: "What each layer would say",
  embedding: "Explore the embeddings",
  output: "From scores to text",
};

const ATTENTION: Readonly<Record<StackName, string>> = {
  encoder: "Every token looks at every token, before and after it, and takes over a mixture of their values.",
  decoder:
    "Every token looks at itself and at what stands before it, never ahead, and takes over a mixture of their values.",
  cross: "Every token that is written looks at the text that was read, and takes over a mixture of its values.",
};

const MEANINGS: Readonly<Record<Exclude<Part, "attention">, string>> = {
  feed_forward: "Each token by itself: neurons wake for what its vector says, and each adds a direction of its own.",
  embedding: "Each token is looked up in a table: its row of numbers is where its path begins.",
  output: "The last vector is compared with every token of the vocabulary: scores, and from scores probabilities.",
};

/** Which part of the model a column that opens belongs to. */
export function partOf(column: Column): Part {
  if (column.kind === "attention" || column.kind === "feed_forward" || column.kind === "embedding") return column.kind;
  return "output";
}

/** What a block is for, in a sentence. */
export function meaningOf({ header }: Picture, column: Column): string {
  const part = partOf(column);
  if (part === "attention") return ATTENTION[column.stack];
  return part === "output" && header.output.kind === "vectors" ? header.output.meaning : MEANINGS[part];
}

const capital = (words: string): string => `${words[0].toUpperCase()}${words.slice(1)}`;

/** A block by its name: "Layer 3, attention", "Decoder layer 0, feed-forward", "Embeddings". */
export function nameOf({ header }: Picture, column: Column): string {
  const which = header.stacks.length > 1 && column.stack !== "cross" ? column.stack : "";
  if (isLayer(column)) {
    const part = column.kind === "feed_forward" ? "feed-forward" : "attention";
    const layer = capital(`${which} layer ${column.layer}`.trim());
    return `${layer}, ${column.stack === "cross" ? "cross-attention" : part}`;
  }
  if (column.kind === "embedding") return which ? `${capital(which)}: embeddings` : "Embeddings";
  return "What comes out";
}

/** How much is added, as a sentence goes on. */
export function addsInWords(share: number): string {
  return `adds ${Math.round(100 * share)} % of the stream's length`;
}

/** What a block's button is called. */
export function buttonLabel(picture: Picture, column: Column): string {
  const share = picture.meanAdded(column);
  return `${nameOf(picture, column)}${share === null ? "" : `: ${addsInWords(share)}`}. Open`;
}

/** A row by its first token, and how many more tokens share it. */
export function rowName(picture: Picture, place: LitRow): string {
  const row = picture.row(place);
  return `${tokenName(row, row.position)}${row.count > 1 ? ` and ${row.count - 1} more` : ""}`;
}

/** What is seen of a row in a column, a line each; the block's name comes first. */
export function explanation(picture: Picture, column: Column, place: LitRow): string[] {
  const name = rowName(picture, place);
  if (!isLayer(column)) return [nameOf(picture, column), name];
  const added = column.sequence === place.sequence ? picture.added(column)?.[place.row] : undefined;
  const lines = [
    nameOf(picture, column),
    added !== undefined && added >= 0 ? `${addsInWords(added)} at ${name}` : name,
  ];
  const link =
    column.kind === "attention" && column.sequence === place.sequence ? picture.strongestLink(column, place.row) : null;
  if (link) {
    const key = picture.row({ sequence: picture.looksAt(column), row: link.key });
    lines.push(`looks most at ${tokenName(key, key.position)}: ${percent(link.weight)}, mean of all heads`);
  }
  return lines;
}

/** A stack with its number of layers. */
export function stackInWords(stack: StackName, layers: number): string {
  return `${capital(stack)}: ${counted(layers, "layer")}`;
}

/** Words no longer than a number of characters, with an ellipsis where some are missing. */
export function shortened(words: string, most: number): string {
  const signs = [...words];
  return signs.length > most ? `${signs.slice(0, most - 1).join("")}…` : words;
}

/** Four significant digits with a true minus sign. */
export function fourDigits(number: number): string {
  if (number === 0) return "0";
  const size = Math.abs(number);
  const text = size < 1e-4 || size >= 1e6 ? number.toExponential(3) : number.toPrecision(4);
  return text.replace("-", "−");
}

/** A share that may be below zero, with a digit after the point and a true minus sign. */
export function signedPercent(share: number): string {
  return `${(100 * share).toFixed(1).replace("-", "−")} %`;
}
