// Every step in words: its name, its title, and what it says before any formula.

import { counted, fourDigits, percent, twoDigits } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import { amongHeads, judged, masked, withArticle } from "./conclusions.ts";
import type { InsideModel, Step } from "./model.ts";

export const STEP_NAMES: Record<Step, string> = {
  vector: "Vector",
  project: "Project",
  norm: "Norm",
  position: "Position",
  match: "Match",
  score: "Score",
  softmax: "Softmax",
  mix: "Mix",
  output: "Output",
  check: "Check",
};

/** Steps whose numbers need the model; the others are told by a trace. */
export const NEED_THE_MODEL: readonly Step[] = ["vector", "project", "norm", "position", "output", "check"];

export const WAITING = "The model is being loaded for these numbers. Match, score, softmax and mix are here already.";

export const NOT_KNOWN =
  "How this architecture makes these numbers could not be taken apart, " +
  "so they begin here as the library’s attention " +
  "was given them.";

export interface Words {
  title: string;
  said: string[];
}

/** The words of a step, for the key at a place among those shown. */
export const WORDS: Record<Step, (model: InsideModel, place: number) => Words> = {
  vector({ header, arrays }) {
    const { layer, layers, stack, tables, norm } = header;
    const cross = stack === "cross";
    const said: string[] = [];
    if (!arrays.input) said.push(NOT_KNOWN);
    if (layer === layers[0] && !cross && arrays.tables)
      said.push(
        tables.length > 1
          ? "A token begins as a sum of rows from tables: one for the token itself, others for its position and " +
              "the like."
          : "A token begins as its row of the embedding table.",
      );
    else if (arrays.first && cross)
      said.push("The looking token’s vector in the decoder: the embedding and what the layers below have added.");
    else if (arrays.first)
      said.push(
        `The embedding and what ${counted(layer, "layer has", "layers have")} added to it: the residual ` +
          "stream, a vector each layer reads and adds to.",
      );
    if (arrays.residual && norm)
      said.push(
        `Before the layer reads it, ${withArticle(norm.kind)} brings it to one size, whatever its own, ` +
          "times a learned gain.",
      );
    if (cross) said.push("Keys and values come from the encoder’s last layer, one for each token of the source.");
    return { title: `The vector of ${looking({ header })}`, said };
  },

  project(model, place) {
    const { header, arrays } = model;
    const width = arrays.values.shape[1];
    const each = `${header.headWidth} numbers each${width === header.headWidth ? "" : `, the value into ${width}`}`;
    const said = [
      `Three matrices of this head turn vectors into ${each}: the query says what the ` +
        "looking token looks for, the key what a token offers, the value what it hands on.",
    ];
    if (header.sharing.length > 1)
      said.push(`Heads ${listed(header.sharing)} share one key and value: key/value head ${header.keyValueHead}.`);
    if (!arrays.queryProjected || !arrays.keysProjected || !arrays.valuesProjected) said.push(NOT_KNOWN);
    return { title: `Query of ${looking(model)}, key and value of ${model.keyName(place)}`, said };
  },

  norm({ header }) {
    const norm = header.queryNorm ?? header.keyNorm;
    const wide = norm && norm.width > header.headWidth ? " over all heads together" : "";
    return {
      title: "Query and key brought to one size",
      said: [
        `This model applies a ${norm?.kind}${wide} to queries and keys, so that a score says how well two directions ` +
          "match and not how long the vectors are.",
      ],
    };
  },

  position(model, place) {
    const { header, arrays } = model;
    if (isRotary(model)) return rotaryPosition(model, place);
    if (arrays.bias)
      return {
        title: header.biasByDistance ? "Position: a number for each distance" : "Position: a number for each pair",
        said: [
          header.biasByDistance
            ? "Queries and keys are not turned here. Instead the head adds a number to each score that depends on " +
              "how far the key lies from the query, and on which side."
            : "Queries and keys are not turned here. Instead the head adds a number of its own to each score.",
        ],
      };
    const key = arrays.positions[place];
    const distance = ` The distance between the two is ${Math.abs(header.query - key)}.`;
    const nothing = "Position: nothing is added here";
    if (header.stack === "cross") {
      const said = "Cross-attention adds no position: where a word stands is in the vectors of both stacks already.";
      return { title: nothing, said: [said] };
    }
    if (header.keyCount === 1)
      return {
        title: nothing,
        said: ["A single token stands at position 0, where no position turns or adds anything."],
      };
    if (header.tables.includes("position"))
      return {
        title: "Position: already in the vector",
        said: [
          "This model learned one vector for each position and adds it to the embedding, so that the query of " +
            `position ${header.query} and the key of position ${key} differ by where they stand before any layer ` +
            `runs. Nothing is added here.${distance}`,
        ],
      };
    return {
      title: nothing,
      said: [
        "This layer adds no position: its queries and keys come from vectors that already carry what the layers " +
          `below told of order.${distance}`,
      ],
    };
  },

  match(model, place) {
    return {
      title: `How well the query of ${looking(model)} matches the key of ${model.keyName(place)}`,
      said: [
        "Number by number, query times key: blue where both point the same way, orange where they point apart. The " +
          "sum of the products is the match.",
      ],
    };
  },

  score(model) {
    const { header, arrays } = model;
    const { headWidth, scaling, softcap } = header;
    const said: string[] = [];
    if (scaling === 1) said.push("This model does not scale the match: it learned weights that are small enough.");
    else if (isUsualScaling(model))
      said.push(
        `The match is divided by the square root of ${headWidth}, the width of a head, since longer vectors give ` +
          "larger sums.",
      );
    else said.push(`The match is multiplied by ${fourDigits(scaling)}, this model’s own scaling.`);
    if (arrays.capped && softcap !== null)
      said.push(`A tanh keeps every score between −${fourDigits(softcap)} and ${fourDigits(softcap)}.`);
    if (arrays.bias) said.push(header.biasByDistance ? "The bias for the distance is added." : "A bias is added.");
    said.push(masked(header));
    return { title: "From match to score", said };
  },

  softmax({ header }) {
    const said = [
      "The exponential makes every score positive and large ones stand out; divided by their sum, " +
        `${fourDigits(header.total)}, they become shares that add up to 100 %. The largest score is taken off first, ` +
        "which changes no share and keeps the numbers small.",
    ];
    if (header.sink !== null)
      said.push(
        `A learned sink takes ${percent(header.sinkExponential / header.total)} of the attention without being a ` +
          "token, so the weights add up to less.",
      );
    return { title: "From scores to shares", said };
  },

  mix(model) {
    const width = model.arrays.values.shape[1];
    return {
      title: "Values mixed by weight",
      said: [
        `Each value is multiplied by its weight and all are added: ${width} numbers that say what ${looking(model)} ` +
          "takes over from the tokens it looks at.",
      ],
    };
  },

  output({ header, arrays }) {
    const { contribution, contributionNorms: norms, output } = arrays;
    if (!contribution || !norms)
      return {
        title: "What the head adds",
        said: [
          "Between this head’s output and the layer’s, this architecture does something that could not be taken " +
            "apart. The head’s output is the last number shown.",
        ],
      };
    return {
      title: "What the head adds",
      said: [
        `The output projection turns the head’s ${output.length} numbers back into ${contribution.length}. ` +
          amongHeads(norms, header.head, Boolean(header.biases.output)),
      ],
    };
  },

  check({ header }) {
    if (!header.differences.length)
      return {
        title: "Compared with the library",
        said: [
          header.waiting
            ? "The comparison is made when the model is loaded."
            : "This model’s library code offers nothing to compare with.",
        ],
      };
    const largest = Math.max(...header.differences.map(([, difference]) => difference));
    return {
      title: `Largest difference from the library: ${twoDigits(largest)}`,
      said: [
        "Everything was computed again here, step by step, in double precision. Beside it, what the library computed " +
          `for the same text just now. ${judged(header.differenceShare)}`,
      ],
    };
  },
};

/** The token that looks, as prose names it. */
function looking({ header }: Pick<InsideModel, "header">): string {
  return tokenName(header.queryToken, header.query);
}

/** True if the dot product is divided by the square root of the head's width, as the paper of 2017 does. */
export function isUsualScaling({ header: { scaling, headWidth } }: InsideModel): boolean {
  return Math.abs(scaling - 1 / Math.sqrt(headWidth)) < 1e-6;
}

/** True if positions turn pairs of numbers and what they turn is known. */
export function isRotary({ header, arrays }: InsideModel): boolean {
  return Boolean(header.rotation && arrays.queryProjected && arrays.keysProjected);
}

function rotaryPosition({ header, arrays }: InsideModel, place: number): Words {
  const { width = 0, factor = 1, pairing = "halves" } = header.rotation ?? {};
  const distance = Math.abs(header.query - arrays.positions[place]);
  const said = [
    `Each pair of numbers is an arrow, turned by position × frequency: number 0 with number ` +
      `${pairOf(0, width, pairing)[1]} fastest, later pairs ever more slowly. Since both are turned, what is left in ` +
      `the dot product is the distance, here ${distance}.`,
  ];
  if (width < header.headWidth)
    said.push(
      `Only the first ${width} of ${header.headWidth} numbers are turned; the rest knows nothing of positions.`,
    );
  if (factor !== 1)
    said.push(
      `What is turned is also stretched by ${fourDigits(factor)}, for texts longer than those it was trained on.`,
    );
  return { title: "Position: pairs turned by where the token stands", said };
}

/** Which two of so many turned numbers make up a pair. */
export function pairOf(pair: number, width: number, pairing: "halves" | "neighbours"): [one: number, other: number] {
  return pairing === "halves" ? [pair, pair + width / 2] : [2 * pair, 2 * pair + 1];
}

/** 3, 4 and 5 */
function listed(numbers: readonly number[]): string {
  return numbers.length < 2 ? numbers.join("") : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

/** What the list of keys has no room for. */
export function leftOut({ header }: Pick<InsideModel, "header">): string {
  const said: string[] = [];
  if (header.leftOut)
    said.push(
      `Left out: ${counted(header.leftOut, "key")} with ${percent(header.weightLeftOut)} of the attention together; ` +
        "every number is in the table and the files below.",
    );
  if (header.closed) said.push(`${counted(header.closed, "more key")} cannot be looked at.`);
  return said.join(" ");
}
