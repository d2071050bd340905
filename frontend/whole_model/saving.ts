// @ts-nocheck: not typed yet
// Saving the picture: SVG and PNG of the whole, drawn by the same strokes as on the page.

import { percent } from "../shared/numbers.ts";
import { savePicture } from "../shared/saving.ts";
import { HEAD } from "./layout.ts";
import { SvgPen } from "./pens.ts";

/** Every column, chip and label once more, with a pen that writes SVG. */
export function pictureAsSvg(view) {
  const { stage, header } = view;
  const { layout, painter, colours } = stage;
  const pen = new SvgPen();
  for (const { column } of stage.columns) painter.column(pen, column, view.lit());
  for (const { column } of stage.columns) {
    if (
      column.layer !== undefined &&
      column.kind === "attention" &&
      column.stack !== "cross" &&
      (layout.unit >= 16 || column.layer % 5 === 0)
    ) {
      pen.text(column.x + layout.unit / 2, HEAD - 48, String(column.layer), {
        colour: colours.quiet,
        size: 11,
        anchor: "middle",
      });
    }
    const share = column.layer === undefined ? null : painter.meanShare(column);
    if (share === null) continue;
    const high = Math.max(1.5, 34 * Math.min(share, 1));
    pen.rectangle(column.x + 2, layout.bottom + 48 - high, column.width - 4, high, {
      colour: column.kind === "attention" ? colours[column.stack] : colours.quiet,
      alpha: 0.8,
    });
  }
  for (const { stack, sequence, layers } of header.stacks) {
    const [one, other] = layout.layersOf(stack);
    pen.text(
      (one.x + other.x + other.width) / 2,
      16,
      `${stack === "encoder" ? "Encoder" : "Decoder"}: ${layers.length} layers`,
      { colour: colours[stack], size: 14, weight: 600, anchor: "middle" },
    );
    const column = layout.column(`${stack}.tokens`);
    header.sequences[sequence].rows.forEach((token, row) => {
      const words = token.n > 1 ? `${token.t} +${token.n - 1}` : token.t;
      pen.text(column.x + column.width - 12, layout.y(sequence, row), shortened(words, 13), {
        colour: token.x ? colours.quiet : colours.text,
        size: Math.max(9, Math.min(13, layout.row - 5)),
        anchor: "end",
        mono: true,
      });
    });
  }
  if (layout.hasAnswers) {
    const column = layout.column("answers");
    header.output.rows.forEach(([token], row) =>
      pen.text(column.x + 10, layout.y(column.sequence, row), shortened(token.t, 12), {
        colour: colours.text,
        size: Math.max(9, Math.min(13, layout.row - 5)),
        mono: true,
      }),
    );
  }
  const end = layout.column("output");
  const middle = painter.outcomeMiddle();
  view.endings().forEach(([token, share], place, all) => {
    const y = middle + (place - (all.length - 1) / 2) * 24;
    pen.rectangle(end.x + 34, y - 9, 76 * share, 18, { colour: colours[end.stack], alpha: 0.25, radius: 3 });
    pen.text(end.x + 38, y, shortened(token.t, 12), { colour: colours.text, size: 13, mono: true });
    pen.text(end.x + end.width - 8, y, percent(share), { colour: colours.text, size: 12, anchor: "end" });
  });
  pen.text(8, layout.height - 8, `${header.model}: ${shortened(header.text, 90)}`, { colour: colours.quiet, size: 11 });
  return {
    file: pen.file(layout.width, layout.height, colours.background),
    width: layout.width,
    height: layout.height,
  };
}

export const shortened = (words, most) =>
  [...words].length > most ? `${[...words].slice(0, most - 1).join("")}…` : words;

export function saveSvg(view) {
  savePicture("svg", view.header.fileName, pictureAsSvg(view).file);
}

export function savePng(view) {
  savePicture("png", view.header.fileName, pictureAsSvg(view).file);
}
