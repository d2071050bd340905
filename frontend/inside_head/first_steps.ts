// From a token's vector to query, key and value.

import type { InsideHeader, InsideNorm } from "../shared/generated/messages.ts";
import {
  above,
  below,
  both,
  bracket,
  factor,
  formula,
  fraction,
  type Kind,
  letter,
  mean,
  number,
  row,
  sign,
  squareRoot,
  total,
  words,
} from "./formulas.ts";
import { rowOf } from "./model.ts";
import type { Drawn, Picture, Stage } from "./stage.ts";
import { Field, Strips } from "./strips.ts";
import { strongest, sumOf } from "./vectors.ts";

export function vector(stage: Stage): Drawn {
  const { header, arrays } = stage.model;
  const isFirst = header.layer === header.layers[0] && header.stack !== "cross";
  const formulas: Element[] = [];
  const pictures: Picture[] = [];
  const draw = (label: string, values: Float32Array | undefined) => {
    if (values) pictures.push(new Field(stage, [{ label, values }]));
  };
  if (isFirst && arrays.tables) {
    header.tables.forEach((kind, place) => draw(TABLES[kind](header), rowOf(arrays.tables, place)));
    formulas.push(beginning(header));
  } else draw("after the embedding", arrays.first);
  if (arrays.residual && header.norm) {
    draw("r, the residual stream", arrays.residual);
    formulas.push(...normFormulas("x", "r", header.norm));
  }
  draw("x, what the layer reads", arrays.input);
  return { formulas, pictures };
}

const TABLES = {
  token: ({ queryToken }: InsideHeader) => `row of “${queryToken.t}”`,
  position: ({ query }: InsideHeader) => `row of position ${query}`,
  other: () => "row of the segment",
};

/** A token's first vector as a sum of rows. */
function beginning({ tables, beginningNorm, norm }: InsideHeader): Element {
  const terms = tables.flatMap((kind, place) => [
    place ? sign("+") : null,
    below(letter("e"), words(kind === "other" ? "segment" : kind)),
  ]);
  const normed = beginningNorm ? [words(`${beginningNorm} `), bracket(...terms)] : terms;
  return formula(letter(norm ? "r" : "x"), sign("="), ...normed);
}

export function project(stage: Stage): Drawn {
  const { model, place } = stage;
  const { arrays } = model;
  const keyName = model.keyName(place);
  const { queryProjected, keysProjected, valuesProjected, products } = arrays;
  const query = queryProjected ?? arrays.query;
  const key = rowOf(keysProjected ?? arrays.keys, place);
  const value = rowOf(valuesProjected ?? arrays.values, place);
  const pictures: Picture[] = [
    new Strips(stage, [
      { label: "query", kind: "query", values: query },
      { label: `key of ${keyName}`, kind: "key", values: key },
    ]),
    new Strips(stage, [{ label: `value of ${keyName}`, kind: "value", values: value }]),
  ];
  const formulas: Element[] = [];
  if (queryProjected) formulas.push(projection(model.header, "query", "q", "i"));
  if (keysProjected) formulas.push(projection(model.header, "key", "k", "j"));
  if (valuesProjected) formulas.push(projection(model.header, "value", "v", "j"));
  if (products && queryProjected) {
    const [strongestValue, most] = strongest(queryProjected);
    formulas.push(oneNumber(most, sumOf(products), strongestValue, Boolean(model.header.biases.query)));
    const label = `number ${most} of the query, taken apart: W × x`;
    pictures.push(new Field(stage, [{ label, values: products }]));
  }
  return { formulas, pictures };
}

function projection({ biases, factors }: InsideHeader, part: Kind, name: string, of: string): Element {
  return formula(
    below(letter(name, part), letter(of)),
    sign("="),
    below(letter("x"), letter(of)),
    both(letter("W"), letter(name.toUpperCase(), part), letter("T")),
    ...(biases[part] ? [sign("+"), below(letter("b"), letter(name.toUpperCase(), part))] : []),
    ...(factors[part] !== 1 ? [words(", then × "), number(factors[part])] : []),
  );
}

/** One number of the query, as the sum that it is. */
function oneNumber(place: number, sum: number, value: number, hasBias: boolean): Element {
  return formula(
    below(letter("q", "query"), number(String(place))),
    sign("="),
    total(letter("c")),
    below(letter("W"), row(number(String(place)), letter("c"))),
    below(letter("x"), letter("c")),
    ...(hasBias ? [sign("+"), letter("b")] : []),
    sign("="),
    number(sum),
    ...(hasBias ? [sign("+"), factor(value - sum), sign("="), number(value, "query")] : []),
  );
}

export function norm(stage: Stage): Drawn {
  const { model, place } = stage;
  const { arrays } = model;
  const pictures: Picture[] = [];
  const pair = (kind: Kind, before: Float32Array | undefined, after: Float32Array | undefined) => {
    if (!before || !after) return;
    const rows = [
      { label: `${kind} before`, kind, values: before },
      { label: `${kind} after`, kind, values: after },
    ];
    pictures.push(new Strips(stage, rows));
  };
  pair("query", arrays.queryProjected, arrays.queryNormed);
  pair("key", rowOf(arrays.keysProjected, place), rowOf(arrays.keysNormed, place));
  const found = model.header.queryNorm ?? model.header.keyNorm;
  return { formulas: found ? normFormulas("q̂", "q", found, "query") : [], pictures };
}

/** The norm's formula, and with its numbers where they are known. */
function normFormulas(result: string, given: string, { kind, ...norm }: InsideNorm, part?: Kind): Element[] {
  const isCentred = kind === "LayerNorm";
  const name = () => letter(given, part);
  const inner = isCentred ? row(name(), sign("−"), mean(name())) : name();
  const spread = () => {
    const under = isCentred
      ? row(words("var"), bracket(name()))
      : row(words("mean"), bracket(above(name(), number("2"))));
    return squareRoot(under, sign("+"), letter("ε"));
  };
  const lines = [
    formula(
      letter(result, part),
      sign("="),
      fraction(inner, spread()),
      sign("⊙"),
      letter("g"),
      ...(isCentred ? [sign("+"), letter("b")] : []),
    ),
  ];
  if (norm.spread !== undefined && norm.mean !== undefined)
    lines.push(
      formula(
        ...(isCentred ? [mean(name()), sign("="), number(norm.mean), words(",  ")] : []),
        spread(),
        sign("="),
        number(norm.spread),
      ),
    );
  return lines;
}
