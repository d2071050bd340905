// Formulas as the browser's own MathML.

import { fourDigits } from "../shared/numbers.ts";

const MATHML = "http://www.w3.org/1998/Math/MathML";

type Part = Node | string | null | undefined;
type Parts = (Part | readonly Part[])[];

/** "query", "key" or "value", for the colour of what belongs to one. */
export type Kind = "query" | "key" | "value";

function math(tag: string, kind: string | undefined, ...children: Parts): MathMLElement {
  const made = document.createElementNS(MATHML, tag);
  if (kind) made.setAttribute("class", kind);
  made.append(...children.flat().filter((child): child is Node | string => child !== null && child !== undefined));
  return made;
}

export const letter = (letters: string, kind?: Kind) => math("mi", kind, letters);
export const number = (value: number | string, kind?: Kind) =>
  math("mn", kind, typeof value === "number" ? fourDigits(value) : value);
export const sign = (operator: string) => math("mo", undefined, operator);
// Spaces at the ends of a text would collapse in MathML.
export const words = (text: string) => math("mtext", undefined, text.replaceAll(" ", "\u00a0"));
export const row = (...parts: Parts) => math("mrow", undefined, ...parts);
export const below = (base: Part, index: Part) => math("msub", undefined, base, index);
export const above = (base: Part, index: Part) => math("msup", undefined, base, index);
export const both = (base: Part, low: Part, high: Part) => math("msubsup", undefined, base, low, high);
export const fraction = (top: Part, bottom: Part) => math("mfrac", undefined, row(top), row(bottom));
export const squareRoot = (...inside: Parts) => math("msqrt", undefined, ...inside);
export const total = (index: Part) => math("munder", undefined, sign("∑"), index);
export const mean = (of: Part) => math("mover", undefined, of, sign("¯"));
export const bracket = (...inside: Parts) => row(sign("("), ...inside, sign(")"));

/** A negative number in brackets, as it stands behind an operator. */
export const factor = (value: number, kind?: Kind) => (value < 0 ? bracket(number(value, kind)) : number(value, kind));

/** One line of a formula. */
export function formula(...parts: Parts): MathMLElement {
  const line = math("math", undefined, row(...parts));
  line.setAttribute("display", "block");
  return line;
}
