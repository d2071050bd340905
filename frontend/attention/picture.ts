// @ts-nocheck: not typed yet
// The picture on the screen as SVG, and from that as PNG.

import { escaped } from "../shared/saving.ts";

/** Lines and matrices as one SVG of their own, in the colours of the theme. */
export function svgOf(view, heads, focus) {
  const { model, lines, matrix } = view;
  const colour = (name) => view.colour(name);
  const parts = [];
  const text = (x, y, value, { anchor = "start", fill = "text", size = 13, turn = "" } = {}) =>
    parts.push(
      `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${colour(fill)}" font-size="${size}" ${turn}>${escaped(value)}</text>`,
    );
  const top = 64;
  const left = 150;
  const width = 300;
  text(16, 26, view.inWords(), { size: 15 });
  for (const side of ["query", "key"]) {
    const step = model.detailed ? 1 : model.rulerSteps[side === "query" ? 0 : 1];
    const [start, end] = side === "query" ? model.rows : model.columns;
    for (let position = start; position < end; position += step) {
      const at = side === "query" ? left - 10 : left + width + 10;
      const dim = focus.query !== null && side === "query" && focus.query !== position;
      text(at, top + lines.y(side, position) + 4, matrix.label(side, position), {
        anchor: side === "query" ? "end" : "start",
        fill: dim ? "quiet" : side,
      });
    }
  }
  for (const [head, query, key, weight] of model.links(heads, { ...focus, withoutFirst: view.choice.withoutFirst })) {
    const lane = top + lines.lane(heads, head);
    const [from, to] = [lane + lines.y("query", query), lane + lines.y("key", key)];
    parts.push(
      `<path d="M${left} ${from.toFixed(1)}C${left + width * 0.45} ${from.toFixed(1)} ${left + width * 0.55} ${to.toFixed(1)} ${left + width} ${to.toFixed(1)}" fill="none" ` +
        `stroke="${colour(model.colourName(head))}" stroke-width="${(1 + 3.5 * weight).toFixed(2)}" stroke-opacity="${Math.min(1, 0.04 + 0.96 * weight).toFixed(3)}" stroke-linecap="round"/>`,
    );
  }
  const image = matrix.canvas.toDataURL("image/png");
  const [wide, high] = [matrix.canvas.clientWidth, matrix.canvas.clientHeight];
  const beside = left + width + 150;
  parts.push(`<image x="${beside}" y="44" width="${wide}" height="${high}" href="${image}"/>`);
  const total = { width: beside + wide + 16, height: Math.max(top + lines.height, 44 + high) + 24 };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total.width}" height="${total.height}" viewBox="0 0 ${total.width} ${total.height}" font-family="Source Code Pro, monospace">` +
    `<rect width="100%" height="100%" fill="${colour("background")}"/>${parts.join("")}</svg>`
  );
}
