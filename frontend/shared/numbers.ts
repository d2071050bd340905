// Numbers in words, as Python writes them: tests/number_formats.json holds both sides to one table.

/** 0.0712 as "7.1 %"; what is not zero is never shown as "0.0 %". The same as llm_core.percentages.percent. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${tenths(100 * share)} %`;
}

/** One digit after the point, ties to the even digit as Python rounds (toFixed rounds them up). */
function tenths(number: number): string {
  const tie = Math.abs((4 * number) % 2) === 1; // only odd quarters lie exactly between two tenths
  if (!tie) return number.toFixed(1);
  const below = Math.floor(10 * number);
  return ((below % 2 === 0 ? below : below + 1) / 10).toFixed(1);
}

/** 49152 as "49,152". */
export function thousands(number: number): string {
  return number.toLocaleString("en-US");
}
