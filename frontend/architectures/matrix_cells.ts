// Cells of matrices: masks, attention of a layer, and the head nearest to a role.

import { element } from "../shared/dom.ts";
import type { ComparedStack, ReadyPane } from "../shared/generated/messages.ts";
import { counted, percent } from "../shared/numbers.ts";
import type { Comparison } from "./architectures.ts";
import { layerPlace } from "./compared.ts";
import type { Numbers } from "./depth_curves.ts";
import { MatrixPicture } from "./matrix_picture.ts";
import { cellsAcross, type Matrix } from "./weights.ts";

/** What stands under a stack's matrix; nothing of a stack that the row does not speak of. */
interface Captioned {
  words: string;
  matrix?: Matrix;
}

/**
 * One matrix for each stack that `choose` gives cells for, all with cells of one size.
 *
 * Of an encoder-decoder they stand as one matrix in blocks: the encoder above cross-attention (both look at the
 * source), the decoder beside it (both look from the target).
 */
function matricesCell(
  view: Comparison,
  pane: ReadyPane,
  place: number,
  choose: (stack: ComparedStack) => Captioned | null,
): HTMLElement {
  const inBlocks = pane.stacks.length > 1;
  const figure = (stack: ComparedStack) => {
    const { words, matrix } = choose(stack) ?? {};
    const label = inBlocks ? element("div", { class: `quiet ${stack.stack}` }, stack.label) : null;
    const caption = words ? element("figcaption", {}, words) : null;
    if (!matrix) return element("figure", { class: `in-${stack.stack}` }, caption && label, caption);
    const picture = new MatrixPicture(view.root, matrix, stack.stack, `${stack.label}: ${words}`);
    const across = inBlocks ? cellsAcross(pane.stacks) : Math.max(matrix.rows, matrix.columns);
    view.showMatrix({ picture, pane, place, stack, across, inBlocks });
    return element("figure", { class: `in-${stack.stack}` }, label, picture.node, caption);
  };
  return element("div", { class: inBlocks ? "matrices blocked" : "matrices" }, pane.stacks.map(figure));
}

/** One matrix of an array (matrix row column). */
function matrixOf(numbers: Numbers, which: number, isMask = false): Matrix {
  const [, rows, columns] = numbers.shape;
  const size = rows * columns;
  return { cells: numbers.subarray(which * size, (which + 1) * size), rows, columns, isMask };
}

export function maskCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  return matricesCell(view, pane, place, (stack) => {
    const masks = view.compared.ofStack(place, stack, "masks");
    return { words: stack.mask, matrix: matrixOf(masks, stack.maskOf[layerPlace(stack, view.choice.depth)], true) };
  });
}

export function attentionCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  return matricesCell(view, pane, place, (stack) => {
    const { layers } = stack;
    const layer = layerPlace(stack, view.choice.depth);
    const overview = view.compared.ofStack(place, stack, "overview");
    const words = `layer ${layers[layer]} of ${layers[0]}–${layers[layers.length - 1]}`;
    return { words, matrix: matrixOf(overview, layer) };
  });
}

export function roleCell(view: Comparison, pane: ReadyPane, place: number): HTMLElement {
  return matricesCell(view, pane, place, ({ nearest }) => {
    const { role } = view.choice;
    if (!(role in nearest)) return null;
    const found = nearest[role];
    if (!found) return { words: "This text does not call for it, or the mask closes it." };
    if (!("array" in found))
      return {
        words: `Only ${counted(found.queries, "token tells", "tokens tell")} of it, of ${found.fewest} at least.`,
      };
    const cells = view.compared.named(found.array);
    const [rows, columns] = cells.shape;
    const guided = found.note && ` (${found.note})`;
    const random = found.random === null ? "not known" : percent(found.random);
    const words =
      `layer ${found.layer}, head ${found.head}: ${percent(found.score)} over ` +
      `${counted(found.queries, "query", "queries")}; random network ${random}${guided}`;
    return { words, matrix: { cells, rows, columns, isMask: false } };
  });
}
