// What was measured of the heads, in words.

import type { HeadGridHeader, HeadMeasure } from "../shared/generated/messages.ts";
import { counted, decimal, percent, thousands } from "../shared/numbers.ts";
import type { Cell } from "./places.ts";

const WORTH_SAYING = 0.05; // smaller shares of a role are left out of what is said of a head

/** What is shown of the heads: small matrices or a measure, in place or in order; and what a click does. */
export interface Mode {
  /** The name of a measure, or "". */
  measure: string;
  sorted: boolean;
  /** True if a click switches a head off. */
  off: boolean;
}

/** The measured value of a head, null where this text does not tell. */
export function measured(measure: HeadMeasure, cell: Cell): number | null {
  return measure.values[cell.row][cell.head];
}

/** A measured value with its unit. */
export function writtenOf(measure: HeadMeasure, cell: Cell): string {
  const value = measured(measure, cell);
  if (value !== null) return withUnit(measure, value);
  const queries = measure.queries[cell.row];
  if (queries === 0) return "not triggered by this text";
  return `too few queries to tell (${queries}, at least ${measure.fewest})`;
}

function withUnit({ unit }: HeadMeasure, value: number): string {
  return unit === "%" ? percent(value) : `${decimal(value, value < 10 ? 1 : 0)} ${unit}`;
}

/** What a layer's values rest on: over how many queries they are means, and what heads of a random network have. */
export function evidenceOf(measure: HeadMeasure, row: number): string {
  const random = measure.random[row];
  const over = `over ${counted(measure.queries[row], "query", "queries")}`;
  return random === null ? over : `${over}; random network ${withUnit(measure, random)}`;
}

/** The same of all layers. */
function evidenceOfAll(measure: HeadMeasure): string {
  const queries = measure.queries.filter((count) => count >= measure.fewest);
  const random = measure.random.filter((value) => value !== null);
  const range = (values: readonly number[], write: (value: number) => string) => {
    const [least, most] = [write(Math.min(...values)), write(Math.max(...values))];
    return least === most ? most : `${least} to ${most}`;
  };
  if (!random.length) return `Means over ${range(queries, thousands)} queries.`;
  return (
    `Means over ${range(queries, thousands)} queries. A head of a random network of this shape has ` +
    `${range(random, (value) => withUnit(measure, value))} on average on the same tokens: its attention is even.`
  );
}

/** A measured value as it fits into a small cell. */
export function shortOf(measure: HeadMeasure, value: number): string {
  return measure.unit === "%" ? String(Math.round(100 * value)) : decimal(value, 1);
}

/** The name of a head. */
export function nameOf(cell: Cell): string {
  return `Layer ${cell.layer}, head ${cell.head}`;
}

/** What is known of a head: its role, and what was measured, of roles only those that it plays or that are shown. */
export function aboutHead(header: HeadGridHeader, cell: Cell, shown: string, off: boolean): string[] {
  const { roles, measures } = header;
  const lines = [];
  const role = roles[cell.row]?.[cell.head];
  if (role) lines.push(role);
  const guided = header.guided.find(({ layer, head }) => layer === cell.layer && head === cell.head);
  if (guided) lines.push(`training guided it to ${guided.taught}`);
  for (const measure of measures) {
    const value = measured(measure, cell);
    if (value === null || (measure.unit === "%" && value < WORTH_SAYING && measure.id !== shown)) continue;
    lines.push(`${measure.label}: ${writtenOf(measure, cell)} (${evidenceOf(measure, cell.row)})`);
  }
  if (off) lines.push("switched off");
  return lines;
}

/** What the grid shows, and what can be done with it. */
export function remarksOn(
  { rowsRead, rows, guided }: HeadGridHeader,
  mode: Mode,
  heads: number,
  measure?: HeadMeasure,
) {
  const said = [];
  if (measure) said.push(`${measure.label}: ${measure.help}`, evidenceOfAll(measure));
  else
    said.push(
      "Each picture is one head: rows look, columns are looked at. " +
        "Hover for what it does; click to open it, Shift-click to add it.",
    );
  if (mode.sorted) said.push(`Largest first, all ${heads} heads: scroll for more. 3·1 is layer 3, head 1.`);
  if (guided.length) {
    const each = guided.map(({ layer, head, taught }) => `layer ${layer}, head ${head} to ${taught}`);
    said.push(`Training guided ${each.join(", and ")}; the others were left to themselves.`);
  }
  if (mode.off) said.push("A click switches a head off or on again; below you see what the model does without it.");
  if (rowsRead < rows)
    said.push(
      `Small matrices are drawn from ${thousands(rowsRead)} of ${thousands(rows)} looking tokens, evenly spread.`,
    );
  return said;
}
