// From query and key to a share of the attention.

import { fourDigits, percent } from "../shared/numbers.ts";
import {
  above,
  below,
  bracket,
  factor,
  formula,
  fraction,
  letter,
  number,
  row,
  sign,
  squareRoot,
  total,
  words,
} from "./formulas.ts";
import { type Column, keyTable } from "./keys.ts";
import { rowOf } from "./model.ts";
import type { Drawn, Stage } from "./stage.ts";
import { RunningSum, Strips } from "./strips.ts";
import { rangeOf } from "./vectors.ts";
import { isUsualScaling } from "./words.ts";

const WRITTEN_OUT = 3; // products in the formula

export function match(stage: Stage): Drawn {
  const { model, place } = stage;
  const { query, keys, dots } = model.arrays;
  const key = rowOf(keys, place);
  const product = query.map((value, at) => value * key[at]);
  const first = Array.from({ length: Math.min(WRITTEN_OUT, product.length) }, (_, at) => [
    at ? sign("+") : null,
    factor(query[at], "query"),
    sign("·"),
    factor(key[at], "key"),
  ]);
  const largest = Math.max(0, ...dots);
  const lowest = Math.min(0, ...dots);
  return {
    formulas: [
      formula(
        letter("q", "query"),
        sign("·"),
        letter("k", "key"),
        sign("="),
        total(letter("c")),
        below(letter("q", "query"), letter("c")),
        below(letter("k", "key"), letter("c")),
        sign("="),
        ...first.flat(),
        product.length > WRITTEN_OUT ? [sign("+"), sign("…")] : [],
        sign("="),
        number(dots[place]),
      ),
    ],
    pictures: [
      new Strips(stage, [
        { label: "query", kind: "query", values: query },
        { label: `key of ${model.keyName(place)}`, kind: "key", values: key },
        { label: "query × key", values: product },
      ]),
      new RunningSum(stage, [{ label: "sum", values: product }]),
      { node: keyTable(stage, [], { title: "query · key", values: dots, largest, lowest }) },
    ],
  };
}

export function score(stage: Stage): Drawn {
  const { header, arrays } = stage.model;
  const { dots, scaled, capped, bias, visible, scores } = arrays;
  const columns: Column[] = [{ title: "query · key", say: (at) => fourDigits(dots[at]) }];
  if (header.scaling !== 1)
    columns.push({ title: `× ${fourDigits(header.scaling)}`, say: (at) => fourDigits(scaled[at]) });
  if (capped) columns.push({ title: "capped", say: (at) => fourDigits(capped[at]) });
  if (bias) columns.push({ title: "+ bias", say: (at) => (visible[at] ? fourDigits(bias[at]) : "") });
  const [lowest, largest] = rangeOf(scores, visible);
  return {
    formulas: [visible[stage.place] ? scoreFormula(stage) : closedFormula()],
    pictures: [{ node: keyTable(stage, columns, { title: "score", values: scores, largest, lowest }) }],
  };
}

function closedFormula(): Element {
  return formula(letter("s"), sign("="), sign("−"), letter("∞"), words(": closed by the mask"));
}

function scoreFormula({ model, place }: Stage): Element {
  const { scaling, headWidth, softcap } = model.header;
  const { dots, capped, bias, scores } = model.arrays;
  const isScaled = scaling !== 1;
  const isUsual = isUsualScaling(model);
  const dot = row(letter("q", "query"), sign("·"), letter("k", "key"));
  const times = isScaled ? row(number(scaling), sign("·"), dot) : row(dot);
  const match = isScaled && isUsual ? fraction(dot, squareRoot(number(String(headWidth)))) : times;
  const bounded =
    capped && softcap !== null
      ? row(number(softcap), words(" tanh "), bracket(fraction(match, number(softcap))))
      : match;
  const parts: Element[] = [letter("s"), sign("="), bounded];
  if (bias) parts.push(sign("+"), letter("b"));
  parts.push(sign("="));
  if (capped) parts.push(number(capped[place]));
  else if (isScaled && isUsual) parts.push(fraction(number(dots[place]), number(Math.sqrt(headWidth))));
  else if (isScaled) parts.push(row(number(scaling), sign("·"), factor(dots[place])));
  else parts.push(number(dots[place]));
  if (bias) parts.push(sign("+"), factor(bias[place]));
  if (isScaled || bias) parts.push(sign("="), number(scores[place]));
  return formula(...parts);
}

export function softmax(stage: Stage): Drawn {
  const { model, place } = stage;
  const { largest, total: sum } = model.header;
  const { scores, exponentials, weights, visible } = model.arrays;
  const columns: Column[] = [
    { title: "score", say: (at) => (visible[at] ? fourDigits(scores[at]) : "") },
    { title: `exp(score − ${fourDigits(largest)})`, say: (at) => fourDigits(exponentials[at]) },
  ];
  const exponential = (of: string) => {
    return above(letter("e"), row(below(letter("s"), letter(of)), sign("−"), letter("max")));
  };
  return {
    formulas: [
      formula(
        below(letter("w"), letter("j")),
        sign("="),
        fraction(exponential("j"), row(total(letter("n")), exponential("n"))),
        sign("="),
        fraction(number(exponentials[place]), number(sum)),
        sign("="),
        number(weights[place]),
        sign("="),
        number(percent(weights[place])),
      ),
    ],
    pictures: [
      {
        node: keyTable(stage, columns, {
          title: "weight",
          values: weights,
          largest: Math.max(...weights, 1e-12),
          kind: "weight",
          text: percent,
        }),
      },
    ],
  };
}
