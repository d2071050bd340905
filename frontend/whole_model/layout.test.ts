import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, Layout, opens, rowHeight, stepInLine } from "./layout.ts";
import { recordedPicture } from "./recorded_picture.ts";

const layoutOf = (name: Parameters<typeof recordedPicture>[0], room: number) =>
  new Layout(recordedPicture(name).header, room);
const rounded = (number: number) => Math.round(100 * number) / 100;
const placed = ({ columns }: Layout) => columns.map(({ id, x, width }) => [id, rounded(x), rounded(width)]);

test("an encoder that ends in vectors: text, first vectors, layers, last vectors, the sentence's vector", () => {
  const layout = layoutOf("encoder", 900);
  assert.deepEqual(placed(layout), [
    ["encoder.tokens", 0, 108],
    ["encoder.embedding", 108, 58],
    ["encoder.0.attention", 166, 71.92],
    ["encoder.0.feed_forward", 237.92, 44.08],
    ["encoder.1.attention", 282, 71.92],
    ["encoder.1.feed_forward", 353.92, 44.08],
    ["vectors", 398, 76],
    ["output", 474, 190],
  ]);
  assert.deepEqual([layout.row, layout.bottom, layout.height, layout.width], [32, 422, 486, 664]);
  assert.deepEqual(layout.zone("source"), { top: 92, bottom: 220, count: 4 });
  assert.equal(layout.hasAnswers, false);
});

test("a decoder has what comes out at every token where there is room, and does without where there is none", () => {
  const wide = placed(layoutOf("decoder", 900));
  assert.deepEqual(wide.slice(6), [
    ["answers", 398, 104],
    ["output", 502, 236],
  ]);
  const narrow = layoutOf("decoder", 500);
  assert.equal(narrow.hasAnswers, false);
  assert.equal(narrow.unit, 49); // what is left of 500 for two layers: (500 - 108 - 58 - 236) / 2
  assert.equal(layoutOf("decoder", 390).unit, 40); // no narrower: the frame scrolls
});

test("an encoder-decoder: the decoder's text begins below the encoder's layers, its layers follow on theirs", () => {
  const layout = layoutOf("encoder-decoder", 1000);
  assert.deepEqual(placed(layout), [
    ["encoder.tokens", 0, 108],
    ["encoder.embedding", 108, 58],
    ["encoder.0.attention", 166, 71.92],
    ["encoder.0.feed_forward", 237.92, 44.08],
    ["decoder.tokens", 116, 108],
    ["decoder.embedding", 224, 58],
    ["decoder.0.attention", 282, 71.92],
    ["cross.0.attention", 353.92, 69.6],
    ["decoder.0.feed_forward", 423.52, 44.08],
    ["answers", 467.6, 104],
    ["output", 571.6, 236],
  ]);
  assert.deepEqual(layout.zone("source"), { top: 92, bottom: 156, count: 2 });
  assert.deepEqual(layout.zone("target"), { top: 212, bottom: 276, count: 2 });
  assert.equal(layout.y("target", 1), 212 + 48);
});

test("a layer with cross-attention counts for more where room is short", () => {
  const layout = layoutOf("encoder-decoder", 700);
  assert.equal(rounded(layout.unit), 74.62); // (700 - 108 - 58 - 236 - 104) / (1 + 1.6)
  assert.equal(layoutOf("encoder-decoder", 1000).unit, 116);
});

test("cross-attention reaches from the encoder's rows down to the decoder's", () => {
  const layout = layoutOf("encoder-decoder", 1000);
  assert.deepEqual(layout.reach(layout.column("cross.0.attention")), [92, 276]);
  assert.deepEqual(layout.reach(layout.column("decoder.0.attention")), [212, 276]);
  assert.deepEqual(layout.buttonReach(layout.column("output")), [212, 422]);
  assert.deepEqual(
    layout.layersOf("decoder").map(({ id }) => id),
    ["decoder.0.attention", "decoder.0.feed_forward"],
  );
});

test("what the encoder gave runs on from its last layer to the middle of the last cross-attention", () => {
  const layout = layoutOf("encoder-decoder", 1000);
  const rail = (id: string) => layout.railIn(layout.column(id))?.map(rounded) ?? null;
  assert.deepEqual(rail("decoder.0.attention"), [282, 353.92]);
  assert.deepEqual(rail("cross.0.attention"), [353.92, 388.72]);
  for (const id of ["encoder.0.attention", "decoder.tokens", "decoder.embedding", "decoder.0.feed_forward", "output"])
    assert.equal(rail(id), null);
  const alone = layoutOf("decoder", 900);
  assert.equal(alone.railIn(alone.column("decoder.1.attention")), null);
});

test("a place of the picture is a row of a column; cross-attention is met at the rows of both texts", () => {
  const layout = layoutOf("encoder-decoder", 1000);
  const at = (x: number, y: number) => {
    const found = layout.at(x, y);
    return found && [found.column.id, found.place.sequence, found.place.row];
  };
  assert.deepEqual(at(200, 100), ["encoder.0.attention", "source", 0]);
  assert.deepEqual(at(300, 250), ["decoder.0.attention", "target", 1]);
  assert.deepEqual(at(360, 130), ["cross.0.attention", "source", 1]);
  assert.deepEqual(at(360, 220), ["cross.0.attention", "target", 0]);
  assert.equal(at(300, 100), null); // above the decoder's own attention runs only what the encoder gave
  assert.equal(at(200, 180), null); // between the texts
  assert.equal(at(5000, 100), null);
});

test("rows are tall enough to read and low enough for one screen", () => {
  assert.deepEqual([rowHeight(4, 1), rowHeight(20, 1), rowHeight(64, 1), rowHeight(20, 2)], [32, 21, 15, 25]);
  assert.equal(layoutOf("pooled", 900).row, 15);
});

test("the output is reached at the middle of its rows, but never above the room that its words need", () => {
  assert.equal(layoutOf("encoder-decoder", 1000).outcomeMiddle, 212 + 130);
  assert.equal(layoutOf("pooled", 900).outcomeMiddle, 92 + (33 * 15) / 2);
});

test("a block that opens moves what lies right of it", () => {
  const layout = layoutOf("decoder", 900);
  const { left, openWidth, width, shift } = layout.parting("decoder.0.attention", 780);
  assert.deepEqual([left, openWidth], [166, 780]);
  assert.equal(rounded(width), rounded(738 + 780 - 71.92));
  assert.equal(shift(166), 0);
  assert.equal(rounded(shift(237.92)), 708.08);
});

test("the output takes what comes out at every token with it, and no block gets less room than it has", () => {
  const layout = layoutOf("decoder", 900);
  const { left, openWidth } = layout.parting("output", 560);
  assert.deepEqual([left, openWidth], [398, 560]);
  assert.deepEqual([layout.parting("output", 100).openWidth, layout.parting("output", 100).width], [340, 738]);
  assert.deepEqual(layout.parting(null, 0).left, null);
  assert.equal(layout.parting(null, 0).shift(400), 0);
});

test("blocks open in the order in which a text passes them", () => {
  const order = (name: Parameters<typeof recordedPicture>[0]) =>
    layoutOf(name, 1000)
      .columns.filter(opens)
      .map(({ block }) => block);
  assert.deepEqual(order("encoder-decoder"), [
    ...["encoder.embedding", "encoder.0.attention", "encoder.0.feed_forward"],
    ...["decoder.embedding", "decoder.0.attention", "cross.0.attention", "decoder.0.feed_forward", "output"],
  ]);
  assert.equal(order("encoder").at(-1), "output");
  assert.equal(order("decoder").length, 1 + 2 * 2 + 1);
});

test("keys go through places in a line and stop at its ends", () => {
  assert.deepEqual([stepInLine(5, 2, "ArrowLeft"), stepInLine(5, 2, "ArrowRight")], [1, 3]);
  assert.deepEqual([stepInLine(5, 0, "ArrowLeft"), stepInLine(5, 4, "ArrowRight")], [0, 4]);
  assert.deepEqual([stepInLine(5, 3, "Home"), stepInLine(5, 1, "End")], [0, 4]);
  assert.equal(stepInLine(5, 2, "Tab"), null);
});

test("every fifth layer is numbered where there is no room for all", () => {
  const layout = layoutOf("decoder", 900);
  const numbered = (column: Column) => layout.isNumbered(column);
  assert.deepEqual(
    layout.columns.filter(numbered).map(({ id }) => id),
    ["decoder.0.attention", "decoder.1.attention"],
  );
  assert(!layoutOf("encoder-decoder", 900).isNumbered(layoutOf("encoder-decoder", 900).column("cross.0.attention")));
});

test("a column, block or sequence that is not there is said", () => {
  const layout = layoutOf("encoder", 900);
  assert.throws(() => layout.column("decoder.0.attention"), /no column decoder\.0\.attention/);
  assert.throws(() => layout.blockColumn("cross.0.attention"), /no block cross\.0\.attention/);
  assert.throws(() => layout.y("target", 0), /no target/);
});
