// Cells of charts by depth: where attention goes, how spread it is, and how alike two words become.

import { element } from "../shared/dom.ts";
import type { ComparedStack, ReadyPane } from "../shared/generated/messages.ts";
import { decimal, percent } from "../shared/numbers.ts";
import type { Comparison } from "./architectures.ts";
import { curvesPicture, sharesPicture } from "./charts.ts";
import { layerPlace } from "./compared.ts";
import { meanShares } from "./depth_curves.ts";
import { type NamedCurve, similarityCurves } from "./similarity.ts";

// The classes that colour where attention goes.
const FILLS: Record<string, string> = {
  "first token": "rest",
  back: "soft",
  itself: "plain",
  forward: "full",
  words: "full",
  marks: "soft",
};

export function sharesCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  return element(
    "div",
    {},
    pane.stacks.map((stack) => sharesOf(view, stack, place, pane.stacks.length > 1)),
  );
}

function sharesOf(view: Comparison, stack: ComparedStack, place: number, oneOfSeveral: boolean): HTMLElement {
  const shares = view.compared.ofStack(place, stack, "shares");
  const means = meanShares(shares);
  const fills = stack.directions.map((name) => FILLS[name]);
  const words = stack.directions.map((name, part) => `${name} ${percent(means[part])}`);
  return element(
    "div",
    { class: `of-stack ${stack.stack}${oneOfSeveral ? " one-of-several" : ""}` },
    oneOfSeveral ? element("div", { class: `quiet ${stack.stack}` }, stack.label) : null,
    sharesPicture(shares, fills, view.choice.depth, words.join(", ")),
    legend(words.map((word, part) => [fills[part], word])),
  );
}

export function entropyCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  const { depth } = view.choice;
  const curves = pane.stacks.map((stack): NamedCurve => {
    const values = view.compared.ofStack(place, stack, "entropy");
    const here = layerPlace(stack, depth);
    const name = pane.stacks.length > 1 ? `${stack.label} ` : "";
    return {
      values,
      kind: stack.stack,
      words: `${name}layer ${stack.layers[here]}: ${decimal(values[here], 2)} bits`,
    };
  });
  const label = `Entropy by depth: ${wordsOf(curves)}`;
  return element("div", {}, curvesPicture(curves, 0, view.compared.mostBits, depth, label), curveLegend(curves));
}

export function similarityCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  const { depth } = view.choice;
  const curves = similarityCurves(view.compared, view.pair, pane, place).map((curve): NamedCurve => {
    const here = Math.round(depth * (curve.values.length - 1));
    return { ...curve, words: `${curve.words} ${decimal(curve.values[here], 2)}` };
  });
  if (!curves.length) return element("div", { class: "quiet" }, "This text does not have both words.");
  const label = `Cosine similarity by depth: ${wordsOf(curves)}`;
  const picture = curvesPicture(curves, view.compared.lowestCosine, 1, depth, label);
  return element("div", {}, picture, curveLegend(curves));
}

function wordsOf(curves: readonly NamedCurve[]): string {
  return curves.map(({ words }) => words).join(", ");
}

function curveLegend(curves: readonly NamedCurve[]): HTMLElement {
  return legend(curves.map(({ kind, words }) => [`line ${kind}`, words]));
}

function legend(entries: readonly (readonly [kind: string, words: string])[]): HTMLElement {
  return element(
    "div",
    { class: "legend" },
    entries.map(([kind, words]) => element("span", {}, element("i", { class: kind }), words)),
  );
}
