import assert from "node:assert/strict";
import { test } from "node:test";
import { type Colours, percentile, SignedColours } from "./colours.ts";
import { Layout } from "./layout.ts";
import { Painter } from "./painting.ts";
import { SvgPen } from "./pens.ts";
import { Picture } from "./picture.ts";
import { recordedPicture } from "./recorded_picture.ts";
import { pictureAsSvg } from "./saving.ts";
import { placeAt } from "./strip.ts";

const colours: Colours = {
  ...{ background: "#ffffff", panel: "#eeeeee", text: "#111111", quiet: "#777777", line: "#cccccc" },
  ...{ encoder: "#000001", decoder: "#000002", cross: "#000003", query: "#000004", key: "#000005", value: "#000006" },
  ...{ positive: "#0000ff", negative: "#ff0000" },
};

function saved(picture: Picture): string {
  const layout = new Layout(picture.header, 1000);
  return pictureAsSvg(picture, layout, new Painter(picture, layout, colours), null);
}

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, words]) => words);

test("a saved picture holds tokens, names of stacks, numbers of layers, and what comes out", () => {
  const svg = saved(recordedPicture("encoder-decoder"));
  const words = texts(svg);
  for (const one of ["red", "green", "[S]", "rouge", "Encoder: 1 layer", "Decoder: 1 layer", "two", "100.0 %"])
    assert(words.includes(one), one);
  assert.equal(words.at(-1), "made: red green");
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="807\.6/);
});

test("its strokes are those of the page: a curve for each link", () => {
  const curves = (name: Parameters<typeof recordedPicture>[0]) =>
    saved(recordedPicture(name)).match(/fill="none"/g)?.length;
  assert.equal(curves("decoder"), 6 + 6 + 1);
  assert.equal(curves("encoder"), 7 + 4 + 4);
  assert.equal(curves("encoder-decoder"), 3 + 3 + 3 + 1);
});

test("tokens that share a row are counted", () => {
  assert(texts(saved(recordedPicture("pooled"))).includes("word2 +1"));
});

test("text is only ever text", () => {
  const { header, arrays } = recordedPicture("decoder");
  const svg = saved(new Picture({ ...header, text: '<script>alert("1") & more' }, arrays));
  assert(!svg.includes("<script"));
  assert.equal(texts(svg).at(-1), "made: &#60;script&#62;alert(&#34;1&#34;) &#38; more");
});

test("a pen writes each stroke as SVG", () => {
  const pen = new SvgPen();
  pen.line(0, 1, 2.3456, 3, { colour: "#abc", width: 2 });
  pen.curve(0, 0, 10, 20, { colour: "#abc" });
  pen.lens(0, 10, 5, 2, { colour: "#abc", alpha: 0.5 });
  pen.rectangle(1, 2, 3, 4, { colour: "#abc", radius: 3 });
  pen.circle(1, 2, 3, { colour: "#abc" });
  pen.text(1, 2, "a<b", { colour: "#abc", anchor: "end", mono: true });
  const lines = pen.file(30, 20, "#fff").split("\n");
  assert.equal(lines[1], '<rect width="30" height="20" fill="#fff"/>');
  assert.match(lines[2], /<line x1="0" y1="1" x2="2.35" y2="3" stroke="#abc" stroke-width="2" stroke-opacity="1">/);
  assert.match(lines[3], /d="M0.0 0.0 C5.0 0.0 5.0 20.0 10.0 20.0" fill="none"/);
  assert.match(lines[4], /d="M0.0 5.0 Q5.0 1.0 10.0 5.0 Q5.0 9.0 0.0 5.0Z" fill="#abc" fill-opacity="0.5"/);
  assert.match(lines[5], /<rect x="1" y="2" width="3" height="4" rx="3"/);
  assert.match(lines[6], /<circle cx="1" cy="2" r="3"/);
  assert.match(lines[7], /text-anchor="end".*font-family="Source Code Pro, monospace">a&#60;b<\/text>/);
  assert.equal(lines[8], "</svg>");
});

test("signed numbers are colours, and a scale is not spoilt by outliers", () => {
  const signed = new SignedColours(colours);
  assert.deepEqual(
    [signed.css(0), signed.css(1), signed.css(-1), signed.css(7)],
    ["rgb(255,255,255)", "rgb(0,0,255)", "rgb(255,0,0)", "rgb(0,0,255)"],
  );
  assert.equal(percentile([-3, 1, 2, 100], 0.5), 3);
  assert.equal(percentile([-3, 1, 2, 100], 1), 100);
  assert.equal(percentile([0, 0], 0.97), 1);
});

test("a place of a strip is one of its numbers", () => {
  assert.deepEqual([placeAt(0, 100, 4), placeAt(26, 100, 4), placeAt(99.9, 100, 4)], [0, 1, 3]);
  assert.deepEqual([placeAt(-3, 100, 4), placeAt(130, 100, 4)], [0, 3]);
});
