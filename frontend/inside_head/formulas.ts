// @ts-nocheck: not typed yet
// Numbers with four significant digits, and formulas as the browser's own MathML.

/** 0.71312 as "0.7131", 1234567 as "1.235e+6"; a true minus sign. */
export function fourDigits(number) {
  if (number === 0) return "0";
  const size = Number(Math.abs(number).toPrecision(4));
  const text =
    size < 1e-4 || size >= 1e6
      ? number.toExponential(3)
      : number.toFixed(Math.max(0, 3 - Math.floor(Math.log10(size))));
  return text.replaceAll("-", "−");
}

export function percentOf(weight) {
  return weight > 0 && weight < 0.0005 ? "< 0.1 %" : `${(100 * weight).toFixed(1)} %`;
}

export const MATHML = "http://www.w3.org/1998/Math/MathML";

export function math(tag, kind, ...children) {
  const made = document.createElementNS(MATHML, tag);
  if (kind) made.setAttribute("class", kind);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const name = (letters, kind) => math("mi", kind, letters);
export const number = (value, kind) => math("mn", kind, typeof value === "number" ? fourDigits(value) : value);
export const sign = (operator) => math("mo", "", operator);
// Spaces at the ends of a text would collapse in MathML.
export const words = (text) => math("mtext", "", text.replaceAll(" ", "\u00a0"));
export const row = (...parts) => math("mrow", "", ...parts);
export const below = (base, index) => math("msub", "", base, index);
export const above = (base, index) => math("msup", "", base, index);
export const both = (base, low, high) => math("msubsup", "", base, low, high);
export const over = (top, bottom) => math("mfrac", "", row(top), row(bottom));
export const root = (...inside) => math("msqrt", "", ...inside);
export const total = (index) => math("munder", "", sign("∑"), index);
export const bracket = (...inside) => row(sign("("), ...inside, sign(")"));

/** A negative number in brackets, as it stands behind an operator. */
export const factor = (value, kind) => (value < 0 ? bracket(number(value, kind)) : number(value, kind));

/** One line of a formula. */
export function formula(...parts) {
  const line = math("math", "", row(...parts));
  line.setAttribute("display", "block");
  return line;
}
