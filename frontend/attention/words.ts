// What the picture says: its title, the tooltip, remarks below it, and what a screen reader hears.

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

/** A weight read off a cell: whole percents where it travelled in one byte. */
export function written(model: AttentionModel, weight: number): string {
  if (!model.rounded || weight === 0) return percent(weight);
  return weight < FAINTEST ? "under 1 %" : `about ${Math.round(100 * weight)} %`;
}

/** A weight of one token's row; only the kept token's row is exact where tokens are pooled. */
function writtenInRow(model: AttentionModel, query: number, weight: number): string {
  return model.exactRow(query) ? percent(weight) : written(model, weight);
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
  const lines = [`${nameOf(model, side, position)} ${side === "query" ? "looks" : "is looked at"}`];
  const strongest = query === null ? null : model.strongest(heads, query);
  const several = heads.length > 1 ? `, the mean of ${heads.length} heads` : "";
  if (strongest) {
    const share = writtenInRow(model, position, strongest.weight);
    lines.push(`most at ${nameOf(model, "key", strongest.key)}: ${share}${several}`);
  }
  return lines;
}

function linkLines(
  model: AttentionModel,
  heads: readonly number[],
  { query, key, head, weight = null }: Pointed & { query: number; key: number },
): string[] {
  const pooled = weight === null && model.block > 1;
  const name = pooled ? blockName : nameOf;
  const most = pooled ? `, the most in ${model.block} × ${model.block} tokens` : "";
  const shares = (head === undefined ? heads : [head]).map((shown) => {
    if (weight !== null) return `Head ${shown}: ${percent(weight)}`;
    const share = model.weight(shown, query, key);
    return `Head ${shown}: ${share === null ? "cannot look" : written(model, share) + most}`;
  });
  return [`${name(model, "query", query)} → ${name(model, "key", key)}`, ...shares];
}

/** A token's strongest link, for a screen reader. */
export function spokenOf(model: AttentionModel, heads: readonly number[], query: number): string {
  const strongest = model.strongest(heads, query);
  const where = strongest
    ? `${nameOf(model, "key", strongest.key)}, ${writtenInRow(model, query, strongest.weight)}`
    : "nothing on the screen";
  return `${nameOf(model, "query", query)} looks most at ${where}`;
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
  if (withoutFirst) {
    const share = percent(model.onFirst(heads));
    said.push(`Left out: lines to the first token, which gets ${share} of the attention on average.`);
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
