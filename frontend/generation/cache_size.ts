// How large the key/value cache is after a step, and what that says of the model.

import type { CachedLayer, GenerationArrays, GenerationHeader } from "../shared/generated/messages.ts";
import { counted, decimal } from "../shared/numbers.ts";

type CacheArrays = Pick<GenerationArrays, "cacheBytes" | "cacheTokens">;
type CacheHeader = Pick<GenerationHeader, "cache" | "prompt" | "promptHidden" | "source">;

/** The numbers of all layers after a step. */
export function layersAfter<Numbers extends Uint32Array>(all: Numbers, layers: number, step: number): Uint32Array {
  return all.subarray(step * layers, (step + 1) * layers);
}

/** Tokens that a layer of the decoder could hold after a step. */
export function tokensAfter({ prompt, promptHidden }: CacheHeader, step: number): number {
  return promptHidden + prompt.length + step;
}

/** The first and the last token (exclusive) that a layer holds: the source's for cross-attention. */
export function heldSpan(
  layer: CachedLayer,
  held: number,
  tokens: number,
  source: number,
): [first: number, end: number] {
  const end = layer.stack === "cross" ? source : tokens;
  return [Math.max(0, end - held), end];
}

/** Size and growth of the cache after a step, what sharing heads saves, and whether older tokens are let go. */
export function cacheInWords(header: CacheHeader, { cacheBytes, cacheTokens }: CacheArrays, step: number): string {
  const layers = header.cache;
  if (!layers.length)
    return "This model keeps no cache that the library can use: every step reads the whole text again.";
  const sizes = layersAfter(cacheBytes, layers.length, step);
  const held = layersAfter(cacheTokens, layers.length, step);
  const total = sum(sizes);
  const tokens = tokensAfter(header, step);
  const grown = step ? total - sum(layersAfter(cacheBytes, layers.length, step - 1)) : 0;
  const growth = grown > 0 ? `, ${bytes(grown)} more than a step ago` : "";
  const windowed = layers.some(({ stack }, place) => stack === "decoder" && held[place] && held[place] < tokens);
  const ofSource = sizes.filter((_, place) => layers[place].stack === "cross");
  const ofState = sizes.filter((_, place) => !held[place]);
  const own = counted(layers.length - ofSource.length, "layer");
  const decoder = total - sum(ofSource) - sum(ofState);
  const parts = decoder
    ? [`${bytes(decoder)} for ${counted(tokens, "token")}${ofSource.length ? " of the target" : ""}`]
    : [];
  if (ofSource.length)
    parts.push(`${bytes(sum(ofSource))} for ${counted(header.source.length, "token")} of the source`);
  if (ofState.length) parts.push(`${bytes(sum(ofState))} of state, which is as large for any text`);
  return (
    `${parts.join(" and ")}, in ${own}${growth}.` +
    sharedInWords(layers, sizes) +
    (windowed ? " Layers with a sliding window let go of older tokens." : "")
  );
}

/** What the picture of the layers shows. */
export function layersInWords(layers: readonly CachedLayer[], held: Uint32Array): string {
  if (!sum(held)) return "A state is not kept token by token, so there is no column for a token here.";
  return layers.some(({ heads, keyValueHeads }) => keyValueHeads < heads)
    ? "One column a token, one row a layer. Bars are as thick as the key/value heads' share of the query heads; " +
        "grey is what one for each query head would take, and what is still to come."
    : "One column a token, one row a layer; grey is still to come.";
}

/** By how much the cache is smaller because query heads share key/value heads; empty if they do not. */
function sharedInWords(layers: readonly CachedLayer[], sizes: Uint32Array): string {
  const ungrouped = layers.reduce(
    (total, { heads, keyValueHeads }, place) => total + (sizes[place] * heads) / Math.max(1, keyValueHeads),
    0,
  );
  const total = sum(sizes);
  if (ungrouped <= total) return "";
  const [{ heads, keyValueHeads }] = layers;
  const alike = layers.every((layer) => layer.heads === heads && layer.keyValueHeads === keyValueHeads);
  const share = alike ? `: ${heads} query heads share ${keyValueHeads}, without that it` : ". Without that it";
  const most = `would be ${bytes(ungrouped)}`;
  return ` Grouped heads make it ${trimmed(ungrouped / total)} times smaller${share} ${most}.`;
}

function sum(numbers: Uint32Array): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** 1,234,567 bytes as "1.23 MB", 1,234 as "1.2 kB", fewer than a thousand as they are. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count >= 999_950 ? `${decimal(count / 1e6, 2)} MB` : `${decimal(count / 1e3, 1)} kB`;
}

/** A number with one digit after the point, whole ones without. */
export function trimmed(value: number): string {
  return decimal(value, Number.isInteger(value) ? 0 : 1);
}
