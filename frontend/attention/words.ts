// What the picture says: its title, the tooltip, remarks below it, and what a screen reader hears.

import { written } from "../shared/half_percents.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import type { Focus, Side } from "./choice.ts";
import { type AttentionModel, FAINTEST, type Link } from "./model.ts";

/** What is pointed at: a token that looks, one that is looked at, or a weight between two, of one head or of all. */
export interface Pointed extends Focus {
  head?: number;
  /** The weight of a line that is drawn with a weight of its own. */
  weight?: number | null;
}

const MOST_LETTERS = 13;

/** A token as labels beside the matrix name it; pooled tokens by their first position only. */
export function labelOf(model: AttentionModel, side: Side, position: number): string {
  if (model.block > 1) return String(position);
  const { t } = model.token(side, position);
  const short = t.length > MOST_LETTERS ? `${t.slice(0, MOST_LETTERS - 1)}…` : t;
  return model.detailed ? short : `${position} ${short}`;
}

/** The token at a position as prose names it. */
export function nameOf(model: AttentionModel, side: Side, position: number): string {
  return tokenName(model.token(side, position), position);
}

/** The tokens that a cell beginning at a position stands for. */
function blockName(model: AttentionModel, side: Side, position: number): string {
  if (model.block === 1) return nameOf(model, side, position);
  const last = Math.min(position + model.block, side === "query" ? model.queryCount : model.keyCount) - 1;
  return `${nameOf(model, side, position)} to [${last}]`;
}

/** Where a token looks most, and how much. */
interface MostLookedAt {
  /** The token that looks, or the first of those that one row of cells stands for. */
  who: string;
  /** True if these are several tokens. */
  several: boolean;
  where: string;
  share: string;
}

/**
 * What a token looks at most among the keys on the screen, by the mean of some heads.
 *
 * A row of pooled cells tells the largest single weight of its tokens, and of no mean.
 */
function mostLookedAt(model: AttentionModel, heads: readonly number[], query: number): MostLookedAt | null {
  const strongest = model.strongest(heads, query);
  if (strongest) {
    const means = heads.length > 1 ? `, the mean of ${heads.length} heads` : "";
    const [key, ...alike] = strongest.keys.map((place) => nameOf(model, "key", place));
    const others = alike.length > 1 ? `one of ${alike.length} others alike` : alike[0];
    return {
      who: nameOf(model, "query", query),
      several: false,
      where: alike.length ? `${key} or ${others}` : key,
      share: written(strongest.share) + means,
    };
  }
  const cell = model.block > 1 ? model.largestCell(heads, query) : null;
  if (!cell) return null;
  const row = query - ((query - model.part.rows[0]) % model.block);
  return {
    who: blockName(model, "query", row),
    several: true,
    where: blockName(model, "key", cell.key),
    share: `${written(cell.share)}, the most in ${cellInWords(model, heads)}`,
  };
}

/** Of what a pooled cell tells the largest weight. */
function cellInWords({ block }: AttentionModel, heads: readonly number[]): string {
  return `${block} × ${block} tokens${heads.length > 1 ? ` of ${heads.length} heads` : ""}`;
}

/** What is said of a token when only some of those it may look at are shown. */
function amongShown(model: AttentionModel): string {
  return model.count("key") === model.keyCount ? "" : "of the tokens shown, ";
}

/** The picture in a few words. */
export function titleOf(model: AttentionModel): string {
  const { stackName, layer } = model.part;
  const heads = model.chosen.length === 1 ? `head ${model.chosen[0]}` : `heads ${model.chosen.join(", ")}`;
  const [looking, lookedAt] = [thousands(model.count("query")), thousands(model.count("key"))];
  return `${stackName} layer ${layer}, ${heads}: ${looking} looking tokens, ${lookedAt} looked at`;
}

/** The lines of the tooltip. */
export function tooltipLines(model: AttentionModel, heads: readonly number[], pointed: Pointed): string[] {
  const { query, key } = pointed;
  if (query !== null && key !== null) return linkLines(model, heads, { ...pointed, query, key });
  const side = query !== null ? "query" : "key";
  const position = query ?? key;
  if (position === null) return [];
  if (query === null) return [`${nameOf(model, side, position)} is looked at`];
  const most = mostLookedAt(model, heads, query);
  if (!most) return [`${nameOf(model, side, position)} looks`];
  const { who, several, where, share } = most;
  return [`${who} ${several ? "look" : "looks"}`, `${amongShown(model)}most at ${where}: ${share}`];
}

function linkLines(
  model: AttentionModel,
  heads: readonly number[],
  { query, key, head, weight = null }: Pointed & { query: number; key: number },
): string[] {
  const pooled = weight === null && model.block > 1;
  const name = pooled ? blockName : nameOf;
  const most = pooled ? `, the most in ${cellInWords(model, [])}` : "";
  const shares = (head === undefined ? heads : [head]).map((shown) => {
    if (weight !== null) return `Head ${shown}: ${percent(weight)}`;
    const share = model.weight(shown, query, key);
    return `Head ${shown}: ${share === null ? "cannot look" : written(share) + most}`;
  });
  const mean = shares.length > 1 && weight === null ? model.mean(heads, query, key) : null;
  if (mean) shares.push(`Mean of ${heads.length} heads: ${written(mean)}`);
  return [`${name(model, "query", query)} → ${name(model, "key", key)}`, ...shares];
}

/** A token's strongest link, for a screen reader. */
export function spokenOf(model: AttentionModel, heads: readonly number[], query: number): string {
  const most = mostLookedAt(model, heads, query);
  if (!most) return `${nameOf(model, "query", query)} looks at nothing on the screen`;
  return `${amongShown(model)}${most.who} ${most.several ? "look" : "looks"} most at ${most.where}, ${most.share}`;
}

/** What is left out of the picture, and what can be done with it. */
export function remarksOn(
  model: AttentionModel,
  heads: readonly number[],
  focus: Focus,
  drawn: readonly Link[],
  withoutFirst: boolean,
): string[] {
  const said = [];
  const { block } = model;
  if (block > 1) {
    if (focus.query === null && focus.key === null)
      said.push(
        `Lines: the ${thousands(drawn.length)} strongest of ${thousands(model.part.possible * heads.length)} links; ` +
          `they carry ${percent(model.carried(heads, drawn))} of the attention shown.`,
      );
    said.push(
      `Matrix: an overview in which each cell shows the largest weight of ${block} × ${block} tokens. ` +
        "Drag over a part of it to see every pair.",
    );
  } else
    said.push(
      `Links under ${percent(FAINTEST)} are too faint to draw. ` +
        "Hover a token, a line or a cell; click one to keep it.",
    );
  if (withoutFirst && model.range("key")[0] === 0) {
    const share = model.onFirst(heads);
    const lookers = model.part.stack === "cross" ? "the target’s tokens" : "the others";
    const others = share === null ? "" : `, which ${lookers} give ${percent(share)} of their attention on average`;
    said.push(`Left out: lines to the first token${others}.`);
  }
  return said;
}

/** Which part of the text is shown. */
export function extentOf(model: AttentionModel): string {
  if (model.whole) return `all ${thousands(Math.max(model.queryCount, model.keyCount))} tokens`;
  const [rows, columns] = (["query", "key"] as const).map((side) => {
    const [start, end] = model.range(side);
    return `${thousands(start)}–${thousands(end - 1)}`;
  });
  return `${rows} look at ${columns}`;
}
