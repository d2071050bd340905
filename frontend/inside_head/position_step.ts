// What a layer does so that a score knows how far apart two tokens stand.

import { element } from "../shared/dom.ts";
import { fourDigits } from "../shared/numbers.ts";
import { below, bracket, formula, letter, number, row, sign, words } from "./formulas.ts";
import { keyTable } from "./keys.ts";
import { rowOf } from "./model.ts";
import type { Drawn, Stage } from "./stage.ts";
import { Field, Strips } from "./strips.ts";
import { rangeOf, spread } from "./vectors.ts";
import { isRotary, pairOf } from "./words.ts";

const MOST_DIALS = 7;

export function position(stage: Stage): Drawn {
  const { header, arrays } = stage.model;
  if (isRotary(stage.model)) return rotary(stage);
  if (arrays.bias) return relative(stage, arrays.bias);
  const table = header.tables.indexOf("position");
  if (table < 0 || !arrays.tables || header.stack === "cross" || header.keyCount === 1)
    return { formulas: [], pictures: [] };
  const label = `row ${header.query} of the position table`;
  return { formulas: [], pictures: [new Field(stage, [{ label, values: rowOf(arrays.tables, table) }])] };
}

/** A learned number for each distance. */
function relative(stage: Stage, bias: Float32Array): Drawn {
  const { header, arrays } = stage.model;
  const [lowest, largest] = rangeOf(bias, arrays.visible);
  const distance = (place: number) => String(arrays.positions[place] - header.query).replace("-", "−");
  const column = { title: "distance", say: distance };
  return {
    formulas: [
      formula(
        below(letter("b"), words("distance")),
        sign("="),
        letter("b"),
        bracket(number(String(stage.key)), sign("−"), number(String(header.query))),
        sign("="),
        number(bias[stage.place]),
      ),
    ],
    pictures: [{ node: keyTable(stage, [column], { title: "bias", values: bias, largest, lowest }) }],
  };
}

/** Query and key, of each something. */
type Both<Something> = Record<"query" | "key", Something>;

/** Rotary position: dials for some pairs, and the vectors before and after. */
function rotary(stage: Stage): Drawn {
  const { place } = stage;
  const { header, arrays } = stage.model;
  const { rotation } = header;
  const before = {
    query: arrays.queryNormed ?? arrays.queryProjected,
    key: rowOf(arrays.keysNormed ?? arrays.keysProjected, place),
  };
  const angles = { query: arrays.queryAngles, key: rowOf(arrays.keyAngles, place) };
  if (!rotation || !isComplete(before) || !isComplete(angles)) return { formulas: [], pictures: [] };
  const after = { query: arrays.query, key: rowOf(arrays.keys, place) };
  const pairs = rotation.width / 2;
  const shown = spread(pairs, MOST_DIALS);
  const dials = shown.map((pair) => dial(pair, pairOf(pair, rotation.width, rotation.pairing), before, after, angles));
  const note =
    pairs > shown.length
      ? element("p", { class: "quiet" }, `${shown.length} of ${pairs} pairs; the strips below show them all.`)
      : null;
  const strips = (kind: "query" | "key") =>
    new Strips(stage, [
      { label: `${kind} before`, kind, values: before[kind] },
      { label: `${kind} after`, kind, values: after[kind] },
    ]);
  return {
    formulas: [turned(), angleOf(header.query, angles.query[0], arrays.frequencies?.[0])],
    pictures: [
      { node: element("div", {}, element("div", { class: "dials" }, dials), note) },
      strips("query"),
      strips("key"),
    ],
  };
}

function isComplete(both: Both<Float32Array | undefined>): both is Both<Float32Array> {
  return Boolean(both.query && both.key);
}

/** How an arrow is turned by an angle. */
function turned(): Element {
  const part = (name: string) => below(letter(name), words("new"));
  return formula(
    bracket(part("a"), sign(","), part("b")),
    sign("="),
    bracket(
      row(letter("a"), words(" cos "), letter("θ"), sign("−"), letter("b"), words(" sin "), letter("θ")),
      sign(","),
      row(letter("b"), words(" cos "), letter("θ"), sign("+"), letter("a"), words(" sin "), letter("θ")),
    ),
  );
}

function angleOf(query: number, angle: number, frequency: number | undefined): Element {
  return formula(
    below(letter("θ"), words("pair 0")),
    sign("="),
    words(`position ${query}`),
    ...(frequency === undefined ? [] : [sign("×"), number(frequency)]),
    sign("="),
    number(angle),
    words(" rad"),
  );
}

const SVG = "http://www.w3.org/2000/svg";

function svg(tag: string, properties: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag) as SVGElement;
  for (const [property, value] of Object.entries(properties)) made.setAttribute(property, String(value));
  return made;
}

/** One pair of the query and of the key as arrows, dashed before and solid after they are turned. */
function dial(
  pair: number,
  [one, other]: [number, number],
  before: Both<Float32Array>,
  after: Both<Float32Array>,
  angles: Both<Float32Array>,
): HTMLElement {
  const kinds = ["key", "query"] as const;
  const lengths = kinds.flatMap((kind) => [before, after].map((of) => Math.hypot(of[kind][one], of[kind][other])));
  const longest = Math.max(...lengths) || 1;
  const arrow = (kind: "query" | "key", of: Both<Float32Array>, style: string) =>
    svg("line", {
      class: `${kind} ${style}`,
      x1: 0,
      y1: 0,
      x2: (40 * of[kind][one]) / longest,
      y2: (-40 * of[kind][other]) / longest,
    });
  const [ofQuery, ofKey] = [fourDigits(angles.query[pair]), fourDigits(angles.key[pair])];
  const picture = svg("svg", {
    viewBox: "-46 -46 92 92",
    role: "img",
    "aria-label": `Pair ${pair}: query turned by ${ofQuery} radians, key by ${ofKey}`,
  });
  picture.append(svg("circle", { r: 42 }));
  for (const kind of kinds) picture.append(arrow(kind, before, "before"), arrow(kind, after, "after"));
  return element(
    "figure",
    { class: "dial" },
    picture,
    element(
      "figcaption",
      {},
      element("div", {}, `pair ${pair}: ${one}, ${other}`),
      element("div", { class: "query" }, `${ofQuery} rad`),
      element("div", { class: "key" }, `${ofKey} rad`),
    ),
  );
}
