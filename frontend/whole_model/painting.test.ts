import assert from "node:assert/strict";
import { test } from "node:test";
import type { Colours } from "./colours.ts";
import { Layout } from "./layout.ts";
import { Painter, sizeOf } from "./painting.ts";
import type { Fill, Pen, Stroke } from "./pens.ts";
import type { LitRow } from "./picture.ts";
import { recordedPicture } from "./recorded_picture.ts";

const colours: Colours = {
  ...{ background: "#ffffff", panel: "#eeeeee", text: "#111111", quiet: "#777777", line: "#cccccc" },
  ...{ encoder: "#000001", decoder: "#000002", cross: "#000003", query: "#000004", key: "#000005", value: "#000006" },
  ...{ positive: "#0000ff", negative: "#ff0000" },
};

type Made = { kind: keyof Pen; numbers: number[]; style: Stroke & Fill };

/** Keeps what is drawn, rounded to hundredths. */
function notebook(): { pen: Pen; made: Made[] } {
  const made: Made[] = [];
  const rounded = (numbers: number[]) => numbers.map((number) => Math.round(100 * number) / 100);
  const note =
    (kind: keyof Pen) =>
    (...given: unknown[]) => {
      const numbers = given.filter((one) => typeof one === "number");
      made.push({ kind, numbers: rounded(numbers), style: given.at(-1) as Stroke & Fill });
    };
  const kinds = ["line", "curve", "circle", "rectangle", "lens", "text"] as const;
  return { pen: Object.fromEntries(kinds.map((kind) => [kind, note(kind)])) as Record<keyof Pen, never>, made };
}

function drawn(name: Parameters<typeof recordedPicture>[0], id: string, lit: LitRow | null = null): Made[] {
  const picture = recordedPicture(name);
  const layout = new Layout(picture.header, 1000);
  const { pen, made } = notebook();
  new Painter(picture, layout, colours).column(pen, layout.column(id), lit);
  return made;
}

const of = (made: Made[], kind: keyof Pen) => made.filter((one) => one.kind === kind);
const round = (number: number | undefined) => number && Math.round(1000 * number) / 1000;

test("attention: a curve for each link from the row looked at to the row that looks, in its stack's colour", () => {
  const curves = of(drawn("decoder", "decoder.0.attention"), "curve");
  const rows = curves.map(({ numbers: [, from, , to] }) => [(from - 108) / 32, (to - 108) / 32]);
  assert.deepEqual(rows, [
    [2, 2],
    [0, 1],
    [1, 2],
    [0, 2],
    [1, 1],
    [0, 0],
  ]);
  assert(curves.every(({ style }) => style.colour === colours.decoder));
  assert(curves.every(({ numbers: [x1, , x2] }) => x1 < x2));
});

test("the stronger a link the wider, and links to where heads rest are faint", () => {
  const curves = of(drawn("decoder", "decoder.0.attention"), "curve");
  const style = (place: number) => [round(curves[place].style.width), round(curves[place].style.alpha)];
  assert.deepEqual(style(0), [1.2, 0.35]); // 1/8 from the third to itself: 0.8 + 3.2/8, 0.1 + 2/8
  assert.deepEqual(style(2), [1.6, 0.6]); // 1/4 from the third to the second
  assert.deepEqual(style(3), [1.325, 0.175]); // 5/8 from the third to the first, where a decoder's heads rest
  assert.deepEqual(style(5), [4, 1]); // the first to itself does not rest
});

test("cross-attention leads from the encoder's rows to the decoder's", () => {
  const curves = of(drawn("encoder-decoder", "cross.0.attention"), "curve");
  assert.deepEqual(
    curves.map(({ numbers: [, from, , to] }) => [from, to]),
    [
      [92 + 48, 212 + 16],
      [92 + 16, 212 + 16],
      [92 + 48, 212 + 48],
    ],
  );
  assert(curves.every(({ style }) => style.colour === colours.cross));
});

test("with a row lit its links stand out, those that look at it less, the rest steps back", () => {
  const lit = { sequence: "source", row: 1 } as const;
  const curves = of(drawn("decoder", "decoder.0.attention", lit), "curve");
  const alpha = curves.map(({ style }) => round(style.alpha));
  assert.equal(alpha[4], 1); // the second looks at itself: 0.35 + 3/4, no more than 1
  assert.equal(alpha[1], 0.35); // and at the first, where heads rest: 0.1 + 1/4
  assert.equal(alpha[2], 0.4); // the third looks at it: 0.15 + 1/4
  assert.equal(alpha[0], 0.042); // 0.12 of what it had
});

test("dots grow with what attention adds; their area is the share, and none is larger than the stream itself", () => {
  const circles = of(drawn("encoder", "encoder.0.attention"), "circle");
  assert.equal(circles.length, 4);
  const radii = circles.map(({ numbers: [, , radius] }) => radius);
  assert.deepEqual(radii, [3.5, 4.95, 6.06, 7]); // 7 times the roots of 1/4, 1/2, 3/4, 1
  assert.deepEqual([sizeOf(0.25), sizeOf(4), sizeOf(-1)], [0.5, 1, 0]);
  assert.equal(of(drawn("decoder", "decoder.0.attention"), "circle").length, 0); // not known
});

test("feed-forward: a lens in each row, as high as what it adds, of one height where that is not known", () => {
  const half = (name: "encoder" | "decoder", id: string) =>
    of(drawn(name, id), "lens").map(({ numbers: [, , , high] }) => high);
  assert.deepEqual(half("encoder", "encoder.1.feed_forward"), [13.44, 13.44, 0.8, 9.5]); // 0.42 * 32 * root
  assert.deepEqual(half("encoder", "encoder.0.feed_forward"), [4.8, 4.8, 4.8, 4.8]);
  assert.deepEqual(half("decoder", "decoder.0.feed_forward"), [4.8, 4.8, 4.8]);
});

test("streams run through; behind what comes out only the chosen row's goes on", () => {
  const streams = of(drawn("decoder", "answers"), "line");
  assert.deepEqual(
    streams.map(({ numbers: [from, , to] }) => to - from),
    [9, 9, 104],
  );
  const lit = of(drawn("decoder", "answers", { sequence: "source", row: 0 }), "line");
  assert.deepEqual(
    lit.map(({ numbers: [from, , to], style }) => [to - from, style.colour, style.alpha]),
    [
      [104, colours.text, undefined],
      [9, colours.quiet, 0.18],
      [9, colours.quiet, 0.18],
    ],
  );
});

test("what the encoder gave runs on above the decoder, in the colour of cross-attention", () => {
  const lines = of(drawn("encoder-decoder", "decoder.0.attention"), "line");
  const rails = lines.filter(({ style }) => style.colour === colours.cross);
  assert.deepEqual(
    rails.map(({ numbers }) => numbers),
    [
      [282, 108, 353.92, 108],
      [282, 140, 353.92, 140],
    ],
  );
  assert.equal(lines.length, 2 + 2);
});

test("first and last vectors are cells, blue above zero and red below, on one scale", () => {
  const cells = of(drawn("encoder", "encoder.embedding"), "rectangle").filter(({ style }) =>
    style.colour.startsWith("rgb"),
  );
  assert.equal(cells.length, 4 * 2);
  assert.equal(cells[4].style.colour, "rgb(255,0,0)"); // -4 is the largest
  assert.equal(cells[5].style.colour, "rgb(255,255,255)"); // 0
  assert.equal(cells[2].style.colour, "rgb(127,127,255)"); // 2 of 4
  assert.equal(of(drawn("encoder", "vectors"), "rectangle").length, 4 + 4 * 2);
});

test("the outcome is reached from the chosen row, or from all rows whose mean stands for the text", () => {
  assert.equal(of(drawn("decoder", "output"), "curve").length, 1);
  assert.deepEqual(of(drawn("decoder", "output"), "curve")[0].numbers[1], 92 + 2.5 * 32);
  assert.equal(of(drawn("decoder", "output", { sequence: "source", row: 0 }), "curve")[0].numbers[1], 92 + 16);
  assert.equal(of(drawn("encoder", "output"), "curve").length, 4);
});

test("another row may be the chosen one in a later answer", () => {
  const picture = recordedPicture("decoder");
  const layout = new Layout(picture.header, 1000);
  const painter = new Painter(picture, layout, colours);
  const { pen, made } = notebook();
  painter.picture = Object.assign(recordedPicture("decoder"), { header: { ...picture.header, chosenRow: 1 } });
  painter.column(pen, layout.column("output"), null);
  assert.equal(of(made, "curve")[0].numbers[1], 92 + 1.5 * 32);
});
