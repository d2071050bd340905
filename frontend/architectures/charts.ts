// Charts over depth as SVG: stacked shares and curves.

import { element } from "../shared/dom.ts";
import { decimal } from "../shared/numbers.ts";
import type { Numbers } from "./depth_curves.ts";

const SVG = "http://www.w3.org/2000/svg";
const BAR_GAP = 0.04; // of a column's width
const WIDTH = 100; // of a chart of curves, and its height, in its own units
const HEIGHT = 40;

/** A curve over depth, from the first value at the left to the last at the right; its class gives its colour. */
export interface Curve {
  values: ArrayLike<number>;
  kind: string;
  dashed?: boolean;
}

/** Stacked shares of an array (layer share), one column a layer; `fills` are the classes of the shares. */
export function sharesPicture(shares: Numbers, fills: readonly string[], depth: number, label: string): HTMLElement {
  const [layers, parts] = shares.shape;
  const picture = chart(`0 0 ${layers} 1`, label);
  for (let layer = 0; layer < layers; layer++) {
    let top = 1;
    for (let part = 0; part < parts; part++) {
      const share = shares[layer * parts + part];
      top -= share;
      const [y, height] = [Math.max(top, 0), Math.max(share, 0)];
      picture.append(shape("rect", { x: layer + BAR_GAP, y, width: 1 - 2 * BAR_GAP, height, class: fills[part] }));
    }
  }
  return framed(picture, layers > 1 ? (Math.round(depth * (layers - 1)) + 0.5) / layers : 0.5);
}

/** Curves between a low and a high value. */
export function curvesPicture(
  curves: readonly Curve[],
  low: number,
  high: number,
  depth: number,
  label: string,
): HTMLElement {
  const height = (value: number) => HEIGHT - (HEIGHT * (value - low)) / (high - low || 1);
  const picture = chart(`0 0 ${WIDTH} ${HEIGHT}`, label);
  if (low < 0) picture.append(shape("line", { x1: 0, x2: WIDTH, y1: height(0), y2: height(0), class: "zero" }));
  for (const { values, kind, dashed } of curves)
    picture.append(
      shape("polyline", { points: pointsOf(values, height), class: `curve ${kind}${dashed ? " dashed" : ""}` }),
    );
  const frame = framed(picture, depth);
  frame.prepend(
    element("span", { class: "high quiet" }, shortest(high)),
    element("span", { class: "low quiet" }, shortest(low)),
  );
  return frame;
}

/** The points of a curve; a single value makes a short line, since one point cannot be seen. */
function pointsOf(values: ArrayLike<number>, height: (value: number) => number): string {
  if (values.length === 1) return [0, 0.1].map((shift) => `${WIDTH / 2 + shift},${height(values[0])}`).join(" ");
  return Array.from(values, (value, index) => `${(WIDTH * index) / (values.length - 1)},${height(value)}`).join(" ");
}

function shortest(number: number): string {
  return decimal(number, Number.isInteger(number) ? 0 : 1);
}

function chart(viewBox: string, label: string): SVGElement {
  return shape("svg", { viewBox, preserveAspectRatio: "none", class: "chart", role: "img", "aria-label": label });
}

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** A chart with a mark at the depth that is looked at. */
function framed(picture: SVGElement, at: number): HTMLElement {
  return element(
    "div",
    { class: "frame" },
    picture,
    element("div", { class: "cursor", style: { left: `${100 * at}%` } }),
  );
}
