// @ts-nocheck: not typed yet
// The steps from a token’s vector to its dot products: each gives a title, words, formulas and pictures.

import { element } from "../shared/dom.ts";
import { tokenName } from "../shared/tokens.ts";
import {
  above,
  below,
  both,
  bracket,
  factor,
  formula,
  fourDigits,
  math,
  name,
  number,
  over,
  root,
  row,
  sign,
  total,
  words,
} from "./formulas.ts";
import { keyTable } from "./rows.ts";
import { Field, RunningSum, Strips, strongest, sumOf } from "./strips.ts";

export const STEP_NAMES = {
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

export const NOT_TOLD =
  "How this architecture makes these numbers could not be taken apart, so they begin here as the library’s attention was given them.";

export const STEPS = {
  vector(view) {
    const { model } = view;
    const { header } = model;
    const cross = header.stack === "cross";
    const inFirst = header.layer === header.layers[0] && !cross;
    const rows = [];
    const said = [];
    const formulas = [];
    if (!model.input) said.push(NOT_TOLD);
    if (inFirst && header.tables.length) {
      header.tables.forEach(([table, kind], place) =>
        rows.push({ label: TABLES[kind](header), values: model[`table${place}`], title: table }),
      );
      said.push(
        header.tables.length > 1
          ? "A token begins as a sum of rows from tables: one for the token itself, others for its position and the like."
          : "A token begins as its row of the embedding table.",
      );
      const terms = header.tables.flatMap(([, kind], place) => [
        place ? sign("+") : null,
        below(name("e"), words(kind === "other" ? "segment" : kind)),
      ]);
      const normed = header.beginningNorm ? [words(`${header.beginningNorm} `), bracket(...terms)] : terms;
      formulas.push(formula(name(header.norm ? "r" : "x"), sign("="), ...normed));
    } else if (model.first) {
      rows.push({ label: "after the embedding", values: model.first });
      said.push(
        cross
          ? `The looking token’s vector in the decoder: the embedding and what the layers below have added.`
          : `The embedding and what ${header.layer} ${header.layer === 1 ? "layer has" : "layers have"} added to it: the residual stream, a vector each layer reads and adds to.`,
      );
    }
    if (model.residual) {
      rows.push({ label: "r, the residual stream", values: model.residual });
      said.push(`Before the layer reads it, a ${header.norm.kind} brings it to a size that is always alike.`);
      formulas.push(...normFormulas("x", "r", header.norm));
    }
    rows.push({ label: "x, what the layer reads", values: model.input });
    if (cross) said.push("Keys and values come from the encoder’s last layer, one for each token of the source.");
    return {
      title: `The vector of ${tokenName(header.queryToken, header.query)}`,
      said,
      formulas,
      pictures: rows.map((one) => new Field(view, [one])),
    };
  },

  project(view) {
    const { model } = view;
    const { header } = model;
    const place = view.place;
    const said = [
      `Three matrices of this head turn vectors into ${header.headWidth} numbers each: the query says what the looking token looks for, the key what a token offers, the value what it hands on.`,
    ];
    if (header.sharing.length > 1)
      said.push(`Heads ${listed(header.sharing)} share one key and value: key/value head ${header.keyValueHead}.`);
    const rows = [
      { label: "query", kind: "query", values: model.queryProjected ?? model.query },
      { label: `key of ${view.keyName}`, kind: "key", values: rowOf(model.keysProjected ?? model.keys, place) },
      { label: `value of ${view.keyName}`, kind: "value", values: rowOf(model.valuesProjected ?? model.values, place) },
    ];
    const pictures = [new Strips(view, rows.slice(0, 2)), new Strips(view, rows.slice(2))];
    const formulas = [];
    const line = (letter, kind, of, part) =>
      formula(
        below(name(letter, kind), name(of)),
        sign("="),
        below(name("x"), name(of)),
        both(name("W"), name(letter.toUpperCase(), kind), name("T")),
        ...(header.biases[part] ? [sign("+"), below(name("b"), name(letter.toUpperCase(), kind))] : []),
        ...(header.factors[part] !== 1 ? [words(", then × "), number(header.factors[part])] : []),
      );
    if (model.queryProjected) formulas.push(line("q", "query", "i", "query"));
    if (model.keysProjected) formulas.push(line("k", "key", "j", "key"));
    if (model.valuesProjected) formulas.push(line("v", "value", "j", "value"));
    if (formulas.length < 3) said.push(NOT_TOLD);
    if (model.products) {
      const values = model.queryProjected;
      const [, most] = strongest(values);
      const sum = sumOf(model.products);
      formulas.push(
        formula(
          below(name("q", "query"), number(String(most))),
          sign("="),
          total(name("c")),
          below(name("W"), row(number(String(most)), name("c"))),
          below(name("x"), name("c")),
          ...(header.biases.query ? [sign("+"), name("b")] : []),
          sign("="),
          number(sum),
          ...(header.biases.query ? [sign("+"), factor(values[most] - sum)] : []),
          ...(header.biases.query ? [sign("="), number(values[most], "query")] : []),
        ),
      );
      pictures.push(
        new Field(view, [{ label: `number ${most} of the query, taken apart: W × x`, values: model.products }]),
      );
    }
    return {
      title: `Query of ${tokenName(header.queryToken, header.query)}, key and value of ${view.keyName}`,
      said,
      formulas,
      pictures,
    };
  },

  norm(view) {
    const { model } = view;
    const { header } = model;
    const norm = header.queryNorm ?? header.keyNorm;
    const wide = norm.width > header.headWidth ? " over all heads together" : "";
    const pair = (label, kind, before, after) =>
      new Strips(view, [
        { label: `${label} before`, kind, values: before },
        { label: `${label} after`, kind, values: after },
      ]);
    return {
      title: "Query and key brought to one size",
      said: [
        `This model applies a ${norm.kind}${wide} to queries and keys, so that a score says how well two directions match and not how long the vectors are.`,
      ],
      formulas: normFormulas("q̂", "q", norm, "query"),
      pictures: [
        model.queryNormed && pair("query", "query", model.queryProjected, model.queryNormed),
        model.keysNormed &&
          pair("key", "key", rowOf(model.keysProjected, view.place), rowOf(model.keysNormed, view.place)),
      ].filter(Boolean),
    };
  },

  position(view) {
    const { model } = view;
    const { header } = model;
    if (header.rotation && model.queryProjected && model.keysProjected) return rotary(view);
    const distance = header.query - view.key;
    if (header.relativeBias) {
      const [low, high] = rangeOf(model.bias, model.visible);
      return {
        title: "Position: a number for each distance",
        said: [
          "Queries and keys know nothing of positions here. Instead the head adds a learned number to each score that depends on how far the key lies from the query, and on which side.",
        ],
        formulas: [
          formula(
            below(name("b"), words("distance")),
            sign("="),
            name("b"),
            bracket(number(String(view.key)), sign("−"), number(String(header.query))),
            sign("="),
            number(model.bias[view.place]),
          ),
        ],
        pictures: [
          {
            node: keyTable(
              view,
              [{ title: "distance", say: (place) => String(model.positions[place] - header.query).replace("-", "−") }],
              { title: "bias", of: (place) => model.bias[place], largest: high, lowest: low },
            ),
          },
        ],
      };
    }
    const rows = [];
    let said =
      "This layer adds no position: its queries and keys come from vectors that already carry what the layers below told of order.";
    let title = "Position: nothing is added here";
    if (header.stack === "cross")
      said = "Cross-attention adds no position: where a word stands is in the vectors of both stacks already.";
    else if (header.keyCount === 1)
      said = "A single token stands at position 0, where no position turns or adds anything.";
    else if (header.learnedPosition) {
      title = "Position: already in the vector";
      said = `This model learned one vector for each position and adds it to the embedding, so that the query of position ${header.query} and the key of position ${view.key} differ by where they stand before any layer runs. Nothing is added here.`;
      const table = header.tables.findIndex(([, kind]) => kind === "position");
      rows.push({ label: `row ${header.query} of the position table`, values: model[`table${table}`] });
    }
    if (header.stack !== "cross" && header.keyCount > 1)
      said += ` The distance between the two is ${Math.abs(distance)}.`;
    return { title, said: [said], formulas: [], pictures: rows.map((one) => new Field(view, [one])) };
  },

  match(view) {
    const { model } = view;
    const { header } = model;
    const key = rowOf(model.keys, view.place);
    const product = Float32Array.from(model.query, (value, place) => value * key[place]);
    const largest = model.dots.reduce((most, value) => Math.max(most, value), 0);
    const lowest = model.dots.reduce((least, value) => Math.min(least, value), 0);
    const first = [...Array(Math.min(3, product.length)).keys()].flatMap((place) => [
      place ? sign("+") : null,
      factor(model.query[place], "query"),
      sign("·"),
      factor(key[place], "key"),
    ]);
    return {
      title: `How well the query of ${tokenName(header.queryToken, header.query)} matches the key of ${view.keyName}`,
      said: [
        "Number by number, query times key: blue where both point the same way, orange where they point apart. The sum of the products is the match.",
      ],
      formulas: [
        formula(
          name("q", "query"),
          sign("·"),
          name("k", "key"),
          sign("="),
          total(name("c")),
          below(name("q", "query"), name("c")),
          below(name("k", "key"), name("c")),
          sign("="),
          ...first,
          product.length > 3 ? [sign("+"), sign("…")] : [],
          sign("="),
          number(model.dots[view.place]),
        ),
      ],
      pictures: [
        new Strips(view, [
          { label: "query", kind: "query", values: model.query },
          { label: `key of ${view.keyName}`, kind: "key", values: key },
          { label: "query × key", values: product },
        ]),
        new RunningSum(view, [{ label: "sum", values: product }]),
        { node: keyTable(view, [], { title: "query · key", of: (place) => model.dots[place], largest, lowest }) },
      ],
    };
  },
};

export const TABLES = {
  token: ({ queryToken }) => `row of “${queryToken.t}”`,
  position: ({ query }) => `row of position ${query}`,
  other: () => "row of the segment",
};

/** The norm's formula, and with its numbers where they are known. */
export function normFormulas(result, given, norm, kind) {
  const centred = norm.kind === "LayerNorm";
  const mean = () => math("mover", "", name(given, kind), sign("¯"));
  const inner = centred ? row(name(given, kind), sign("−"), mean()) : name(given, kind);
  const under = () =>
    centred
      ? row(words("var"), bracket(name(given, kind)))
      : row(words("mean"), bracket(above(name(given, kind), number("2"))));
  const lines = [
    formula(
      name(result, kind),
      sign("="),
      over(inner, root(under(), sign("+"), name("ε"))),
      sign("⊙"),
      name("g"),
      ...(centred ? [sign("+"), name("b")] : []),
    ),
  ];
  if (norm.spread !== undefined)
    lines.push(
      formula(
        ...(centred ? [mean(), sign("="), number(norm.mean), words(",  ")] : []),
        root(under(), sign("+"), name("ε")),
        sign("="),
        number(norm.spread),
      ),
    );
  return lines;
}

/** Rotary position: dials for some pairs, and the vectors before and after. */
export function rotary(view) {
  const { model } = view;
  const { header } = model;
  const { width, pairing, factor: stretch, known } = header.rotation;
  const pairs = width / 2;
  const place = view.place;
  const before = {
    query: model.queryNormed ?? model.queryProjected,
    key: rowOf(model.keysNormed ?? model.keysProjected, place),
  };
  const after = { query: model.query, key: rowOf(model.keys, place) };
  const angles = { query: model.queryAngles, key: rowOf(model.keyAngles, place) };
  const first = (pair) => (pairing === "halves" ? pair : 2 * pair);
  const second = (pair) => (pairing === "halves" ? pair + pairs : 2 * pair + 1);
  const shown = spread(pairs, 7);
  const dials = shown.map((pair) => dial(view, pair, [first(pair), second(pair)], before, after, angles));
  const said = [
    `Each pair of numbers is an arrow, turned by position × frequency: number ${first(0)} with number ${second(0)} fastest, later pairs ever more slowly. Since both are turned, what is left in the dot product is the distance, here ${Math.abs(header.query - view.key)}.`,
  ];
  if (width < header.headWidth)
    said.push(
      `Only the first ${width} of ${header.headWidth} numbers are turned; the rest knows nothing of positions.`,
    );
  if (stretch !== 1)
    said.push(
      `What is turned is also stretched by ${fourDigits(stretch)}, for texts longer than those it was trained on.`,
    );
  const angle = angles.query[0];
  const lines = [
    formula(
      row(sign("("), below(name("a"), words("new")), sign(","), below(name("b"), words("new")), sign(")")),
      sign("="),
      row(
        sign("("),
        name("a"),
        words(" cos "),
        name("θ"),
        sign("−"),
        name("b"),
        words(" sin "),
        name("θ"),
        sign(","),
        name("b"),
        words(" cos "),
        name("θ"),
        sign("+"),
        name("a"),
        words(" sin "),
        name("θ"),
        sign(")"),
      ),
    ),
    formula(
      below(name("θ"), words("pair 0")),
      sign("="),
      words(`position ${header.query}`),
      ...(known ? [sign("×"), number(model.frequencies[0])] : []),
      sign("="),
      number(angle),
      words(" rad"),
    ),
  ];
  const dialsNode = element("div", { class: "dials" }, ...dials);
  const note =
    pairs > shown.length
      ? element("p", { class: "quiet" }, `${shown.length} of ${pairs} pairs; the strips below show them all.`)
      : null;
  return {
    title: "Position: pairs turned by where the token stands",
    said,
    formulas: lines,
    pictures: [
      { node: element("div", {}, dialsNode, note) },
      new Strips(view, [
        { label: "query before", kind: "query", values: before.query },
        { label: "query after", kind: "query", values: after.query },
      ]),
      new Strips(view, [
        { label: "key before", kind: "key", values: before.key },
        { label: "key after", kind: "key", values: after.key },
      ]),
    ],
  };
}

export const SVG = "http://www.w3.org/2000/svg";

export function drawn(tag, properties, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [property, value] of Object.entries(properties)) made.setAttribute(property, value);
  made.append(...children);
  return made;
}

/** One pair of the query and of the key as arrows, dashed before and solid after they are turned. */
export function dial(view, pair, [one, other], before, after, angles) {
  const longest =
    Math.max(
      ...["query", "key"].flatMap((kind) => [before, after].map((of) => Math.hypot(of[kind][one], of[kind][other]))),
    ) || 1;
  const arrow = (kind, of, style) =>
    drawn("line", {
      class: `${kind} ${style}`,
      x1: 0,
      y1: 0,
      x2: (40 * of[kind][one]) / longest,
      y2: (-40 * of[kind][other]) / longest,
    });
  const picture = drawn("svg", {
    viewBox: "-46 -46 92 92",
    role: "img",
    "aria-label": `Pair ${pair}: query turned by ${fourDigits(angles.query[pair])} radians, key by ${fourDigits(angles.key[pair])}`,
  });
  picture.append(drawn("circle", { r: 42 }));
  for (const kind of ["key", "query"]) picture.append(arrow(kind, before, "before"), arrow(kind, after, "after"));
  return element(
    "figure",
    { class: "dial" },
    picture,
    element(
      "figcaption",
      {},
      element("div", {}, `pair ${pair}: ${one}, ${other}`),
      element("div", { class: "query" }, `${fourDigits(angles.query[pair])} rad`),
      element("div", { class: "key" }, `${fourDigits(angles.key[pair])} rad`),
    ),
  );
}

/** A row of an array with an axis of keys. */
export function rowOf(array, place) {
  if (!array) return undefined;
  const width = array.shape[1];
  return array.subarray(place * width, (place + 1) * width);
}

/** Up to some places from 0 to a count, evenly spread, the first ones always. */
export function spread(count, most) {
  if (count <= most) return [...Array(count).keys()];
  return [
    ...new Set([
      0,
      1,
      2,
      3,
      ...Array.from({ length: most - 4 }, (_, step) => 3 + Math.round(((count - 4) * (step + 1)) / (most - 4))),
    ]),
  ];
}

export function listed(numbers) {
  return numbers.length < 2 ? numbers.join("") : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

/** Lowest and highest of what may be looked at, zero among them. */
export function rangeOf(values, visible) {
  let [low, high] = [0, 0];
  values.forEach((value, place) => {
    if (visible[place]) [low, high] = [Math.min(low, value), Math.max(high, value)];
  });
  return [low, high];
}
