// The key/value cache as it grows: a column for each token, a row for each layer, divided by key/value heads.

import { fitted } from "../shared/canvas.ts";
import { paletteColour } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import type { CachedLayer, GenerationArrays, GenerationHeader } from "../shared/generated/messages.ts";
import { cacheInWords, heldSpan, layersAfter, layersInWords, tokensAfter } from "./cache_size.ts";

const LEFT = 62; // pixels for the names of the layers
const FOOT = 26; // pixels for the legend

interface Shown {
  header: GenerationHeader;
  arrays: GenerationArrays;
}

export class CachePane {
  readonly node: HTMLElement;
  private readonly sentence = element("p", { class: "verdict" });
  private readonly canvas = element("canvas", { role: "img" });
  private readonly note = element("div", { class: "quiet" });
  private readonly root: HTMLElement;
  private shown: Shown | null = null;

  /** @param root Has the colours. */
  constructor(root: HTMLElement) {
    this.root = root;
    this.node = element(
      "section",
      { class: "cache", "aria-label": "Key/value cache" },
      element("h5", {}, "What it keeps: the key/value cache"),
      this.sentence,
      element("div", { class: "frame" }, this.canvas),
      this.note,
    );
  }

  load(header: GenerationHeader, arrays: GenerationArrays): void {
    this.shown = { header, arrays };
  }

  /** Draw the cache as it is after a step. */
  draw(step: number): void {
    if (!this.shown) return;
    const { header, arrays } = this.shown;
    const said = cacheInWords(header, arrays, step);
    const layers = header.cache;
    this.sentence.textContent = said;
    this.canvas.setAttribute("aria-label", said);
    this.canvas.style.display = layers.length ? "block" : "none";
    if (!layers.length) return;
    this.paint(this.shown, step);
    this.note.textContent = layersInWords(layers, layersAfter(arrays.cacheTokens, layers.length, step));
  }

  private paint({ header, arrays }: Shown, step: number): void {
    const layers = header.cache;
    const held = layersAfter(arrays.cacheTokens, layers.length, step);
    const source = header.source.length;
    const most = tokensAfter(header, header.steps.length - 1);
    const width = Math.max(220, Math.min(760, this.node.clientWidth || 420));
    const column = (width - LEFT - 4) / Math.max(most, source);
    const row = Math.max(4, Math.min(18, Math.floor(200 / layers.length)));
    const pen = fitted(this.canvas, width, layers.length * row + FOOT);
    const [line, quiet] = ["line", "quiet"].map((name) => paletteColour(this.root, name));
    const bars = ["key", "value"].map((name) => ({ name, colour: paletteColour(this.root, name) }));
    pen.font = "11px sans-serif";
    pen.textBaseline = "middle";
    for (const [index, layer] of layers.entries()) {
      const top = index * row;
      pen.fillStyle = line;
      pen.globalAlpha = 0.35;
      pen.fillRect(LEFT, top, column * (layer.stack === "cross" ? source : most), row - 1);
      pen.globalAlpha = 1;
      const band = (row - 1) / 2;
      const thickness = Math.max(1, (band * layer.keyValueHeads) / layer.heads);
      const [first, end] = heldSpan(layer, held[index], tokensAfter(header, step), source);
      const cell = Math.max(0.5, column - (column > 3 ? 1 : 0));
      for (const [place, { colour }] of bars.entries()) {
        pen.fillStyle = colour;
        for (let token = first; token < end; token += 1)
          pen.fillRect(LEFT + token * column, top + place * band, cell, thickness);
      }
      if (row < 11 && !isEdge(layers, index)) continue;
      pen.fillStyle = quiet;
      pen.fillText(`${layer.stack === "cross" ? "cross " : "layer "}${layer.layer}`, 0, top + Math.max(row / 2, 5));
    }
    const base = layers.length * row + 14;
    for (const [place, { name, colour }] of bars.entries()) {
      pen.fillStyle = colour;
      pen.fillRect(LEFT + place * 70, base - 5, 10, 10);
      pen.fillStyle = quiet;
      pen.fillText(`${name}s`, LEFT + 15 + place * 70, base);
    }
  }
}

/** True for the first and last layer of all and the first of a stack, which are named however narrow the rows are. */
function isEdge(layers: readonly CachedLayer[], index: number): boolean {
  return index === 0 || index === layers.length - 1 || layers[index - 1].stack !== layers[index].stack;
}
