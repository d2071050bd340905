// Numbers in words, as llm_core/numbers.py writes them: tests/number_formats.json holds both sides to one table.

/** 0.0712 as "7.1 %"; what is not zero is never written as zero, and from 1,000 % on there are no decimals. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 0 && share > -0.0005) return "> −0.1 %";
  return `${decimal(100 * share, Math.abs(100 * share) >= 999.95 ? 0 : 1)} %`;
}

/** A number with so many digits after the point: "−1,234.50"; a zero has no sign. */
export function decimal(number: number, digits: number): string {
  const [whole, rest] = fixed(Math.abs(number), digits).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
  return number < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** The same with its sign: "+3.76", "−0.50"; a zero has none. */
export function signed(number: number, digits: number): string {
  const text = decimal(number, digits);
  return number > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** 49152 as "49,152". */
export function thousands(number: number): string {
  return number.toLocaleString("en-US");
}

/** A number of things: "1 token", "1,024 tokens". */
export function counted(number: number, one: string, several = `${one}s`): string {
  return `${thousands(number)} ${number === 1 ? one : several}`;
}

/** Four significant digits and a true minus sign: 0.7131, −12.35, 1.200e−5. */
export function fourDigits(number: number): string {
  if (number === 0) return "0";
  const scientific = exponential(number, 3);
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  const text = power < -4 || power > 5 ? scientific : fixed(number, Math.max(0, 3 - power));
  return text.replaceAll("-", "−");
}

/** Two significant digits and a power of ten, for sizes of errors: 1.1e−6. */
export function twoDigits(number: number): string {
  return number === 0 ? "0" : exponential(number, 1).replaceAll("-", "−");
}

const ALL = 100; // digits, more than a number that lies between two of few digits can have

/** Digits behind the point, ties to the even digit as Python rounds (toFixed rounds them up). */
function fixed(number: number, digits: number): string {
  const all = number.toFixed(ALL);
  const end = all.length - ALL + digits;
  return tieToEven(all.slice(0, end), all.slice(end)) ?? number.toFixed(digits);
}

/** Digits behind the first and a power of ten, ties to the even digit as Python rounds. */
function exponential(number: number, digits: number): string {
  const [all, power] = number.toExponential(ALL).split("e");
  const end = all.length - ALL + digits;
  const below = tieToEven(all.slice(0, end), all.slice(end));
  return below === null ? number.toExponential(digits) : `${below}e${power}`;
}

/** What was cut off lies exactly in the middle and the last digit kept is even: then that is the number, else null. */
function tieToEven(kept: string, rest: string): string | null {
  const number = kept.endsWith(".") ? kept.slice(0, -1) : kept;
  return /^50*$/.test(rest) && /[02468]$/.test(number) ? number : null;
}
