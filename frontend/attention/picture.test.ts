import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_FOCUS } from "./choice.ts";
import { LinesLayout } from "./lines_layout.ts";
import { svgOf } from "./picture.ts";
import { modelOf } from "./recorded.ts";

const lines = new LinesLayout(modelOf("attention-short"));
const drawn = {
  lines,
  heads: [0],
  focus: NO_FOCUS,
  withoutFirst: false,
  matrix: { href: "data:image/png;base64,AA", width: 200, height: 210 },
  colour: (name: string) => `[${name}]`,
};
const fills = (svg: string) =>
  [...svg.matchAll(/<text [^>]*fill="(\[\w+\])"[^>]*>(\w+)</g)].map(([, ...found]) => found);

test("a saved picture is as large as lines and matrices beside one another", () => {
  const svg = svgOf(drawn);
  assert.match(svg, /^<svg [^>]*width="816" height="278" viewBox="0 0 816 278"/); // 600 + 200 + 16, 44 + 210 + 24
  assert.match(svg, /<image x="600" y="44" width="200" height="210" href="data:image\/png;base64,AA"\/>/);
  assert(svg.includes("Decoder layer 0, head 0: 3 looking tokens, 3 looked at"));
});

test("a link runs from the middle of its token to the middle of the other, as wide as it is strong", () => {
  const svg = svgOf(drawn);
  assert.equal([...svg.matchAll(/<path /g)].length, 6);
  assert(svg.includes('<path d="M150 109.0C285 109.0 315 109.0 450 109.0"')); // the second token looks at itself
  assert.match(svg, /stroke="\[head-0\]" stroke-width="3.63" stroke-opacity="0.760"/); // 75 %
});

test("tokens have the colours of query and key, and those not in focus are quiet", () => {
  assert.deepEqual(fills(svgOf(drawn)), [
    ["[query]", "red"],
    ["[query]", "green"],
    ["[query]", "blue"],
    ["[key]", "red"],
    ["[key]", "green"],
    ["[key]", "blue"],
  ]);
  const focused = fills(svgOf({ ...drawn, focus: { query: 1, key: null } })).slice(0, 3);
  assert.deepEqual(
    focused.map(([fill]) => fill),
    ["[quiet]", "[query]", "[quiet]"],
  );
});

test("a saved picture leaves out what the screen leaves out", () => {
  assert.equal([...svgOf({ ...drawn, withoutFirst: true }).matchAll(/<path /g)].length, 3);
});
