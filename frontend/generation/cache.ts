// @ts-nocheck: not typed yet
// The key/value cache as it grows: a column for each token, a row for each layer, divided by key/value heads.

import { fitted } from "../shared/canvas.ts";
import { paletteColour } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";

export class CacheView {
  constructor(owner) {
    this.owner = owner;
    this.node = element("section", { class: "cache", "aria-label": "Key/value cache" });
    this.sentence = element("p", { class: "verdict" });
    this.canvas = element("canvas", { role: "img" });
    this.node.append(
      element("h5", {}, "What it keeps: the key/value cache"),
      this.sentence,
      element("div", { class: "frame" }, this.canvas),
      (this.note = element("div", { class: "quiet" })),
    );
  }

  load(header, arrays) {
    this.header = header;
    this.arrays = arrays;
  }

  draw(place) {
    const { header, arrays, canvas } = this;
    const layers = header.cache;
    if (!layers.length) {
      canvas.style.display = "none";
      this.sentence.textContent =
        "This model keeps no cache that the library can use: every step reads the whole text again.";
      return;
    }
    canvas.style.display = "block";
    const sizes = arrays.cacheBytes.subarray(place * layers.length, (place + 1) * layers.length);
    const held = arrays.cacheTokens.subarray(place * layers.length, (place + 1) * layers.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const ungrouped = layers.reduce(
      (sum, layer, index) => sum + (sizes[index] * layer.heads) / Math.max(1, layer.keyValueHeads),
      0,
    );
    const tokens = header.promptHidden + header.prompt.length + place;
    const grown = place
      ? total -
        arrays.cacheBytes
          .subarray((place - 1) * layers.length, place * layers.length)
          .reduce((sum, size) => sum + size, 0)
      : 0;
    const grouped =
      ungrouped > total
        ? ` Grouped heads make it ${trimmed(ungrouped / total)} times smaller: ${layers[0].heads} query heads share ${layers[0].keyValueHeads}, without that it would be ${bytes(ungrouped)}.`
        : "";
    const windowed = layers.some((layer, index) => layer.stack === "decoder" && held[index] && held[index] < tokens)
      ? " Layers with a sliding window let go of older tokens."
      : "";
    this.sentence.textContent = `${bytes(total)} for ${thousands(tokens)} tokens in ${thousands(layers.length)} layers${grown > 0 ? `, ${bytes(grown)} more than a step ago` : ""}.${grouped}${windowed}`;
    canvas.setAttribute("aria-label", this.sentence.textContent);
    this.paint(held, tokens);
  }

  paint(held, tokens) {
    const { header, canvas } = this;
    const layers = header.cache;
    const { root } = this.owner;
    const most = header.promptHidden + header.prompt.length + header.steps.length - 1;
    const columns = Math.max(most, header.source.length);
    const width = Math.max(220, Math.min(760, this.node.clientWidth || 420));
    const left = 62;
    const column = (width - left - 4) / columns;
    const row = Math.max(4, Math.min(18, Math.floor(200 / layers.length)));
    const height = layers.length * row + 26;
    const pen = fitted(canvas, width, height);
    const colours = {
      key: paletteColour(root, "key"),
      value: paletteColour(root, "value"),
      line: paletteColour(root, "line"),
      quiet: paletteColour(root, "quiet"),
    };
    pen.font = "11px sans-serif";
    pen.textBaseline = "middle";
    layers.forEach((layer, index) => {
      const top = index * row;
      const span = layer.stack === "cross" ? header.source.length : tokens;
      const first = Math.max(0, span - held[index]);
      const share = layer.keyValueHeads / layer.heads;
      const band = (row - 1) / 2;
      pen.fillStyle = colours.line;
      pen.globalAlpha = 0.35;
      pen.fillRect(left, top, column * (layer.stack === "cross" ? header.source.length : most), row - 1);
      pen.globalAlpha = 1;
      for (const [place, name] of ["key", "value"].entries()) {
        pen.fillStyle = colours[name];
        const thickness = Math.max(1, band * share);
        for (let token = first; token < span; token += 1)
          pen.fillRect(
            left + token * column,
            top + place * band,
            Math.max(0.5, column - (column > 3 ? 1 : 0)),
            thickness,
          );
      }
      if (row >= 11 || index === 0 || index === layers.length - 1 || layers[index - 1].stack !== layer.stack) {
        pen.fillStyle = colours.quiet;
        pen.fillText(`${layer.stack === "cross" ? "cross " : "layer "}${layer.layer}`, 0, top + Math.max(row / 2, 5));
      }
    });
    const base = layers.length * row + 14;
    for (const [place, name] of ["key", "value"].entries()) {
      pen.fillStyle = colours[name];
      pen.fillRect(left + place * 70, base - 5, 10, 10);
      pen.fillStyle = colours.quiet;
      pen.fillText(`${name}s`, left + 15 + place * 70, base);
    }
    const shared = layers.some((layer) => layer.keyValueHeads < layer.heads);
    this.note.textContent = shared
      ? "One column a token. Bars are as thick as the key/value heads' share of the query heads; grey is what one for each query head would take."
      : "One column a token, one row a layer; grey is still to come.";
  }
}

export function bytes(count) {
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} MB`;
  return `${(count / 1e3).toFixed(1)} kB`;
}

export function trimmed(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
