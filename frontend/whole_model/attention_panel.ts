// An attention block, open: it follows the lit token, and hovering a cell tells its weight.

import { element } from "../shared/dom.ts";
import type { InsideAttention } from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import { AttentionDrawing } from "./attention_drawing.ts";
import { AttentionLayout } from "./attention_layout.ts";
import { isLayer } from "./layout.ts";
import type { Panel } from "./panels.ts";
import type { Arrays, LitRow, Picture } from "./picture.ts";

export function fillAttention(panel: Panel, inside: InsideAttention, numbers: Arrays): void {
  const { picture, stage, column } = panel;
  if (!isLayer(column)) return;
  const width = panel.width();
  const layout = new AttentionLayout(picture, stage.layout, column, { inside, numbers, width });
  const canvas = element("canvas", { class: "inside", role: "img", "aria-label": inside.caption });
  const drawing = new AttentionDrawing(panel.node, layout, numbers, {
    head: inside.head,
    colour: stage.colours[column.stack],
    colours: stage.colours,
    signed: stage.painter.signed,
  });
  panel.redraw = () => drawing.draw(canvas, followed(picture, layout, panel.actions.lit(), inside.query));
  panel.tools.replaceChildren(headChoice(panel, inside));
  panel.summarise(`${inside.caption} ${inside.note}`);
  panel.body.replaceChildren(canvas);
  listen(panel, canvas, layout);
  panel.redraw();
}

/** The row that is followed: that of the lit token, else that of the chosen one. */
export function followed(picture: Picture, layout: AttentionLayout, lit: LitRow | null, chosen: number): number {
  const { sequence, positions, own } = layout.queries;
  const position = lit && own && lit.sequence === sequence ? picture.row(lit).position : chosen;
  return Math.max(0, positions.indexOf(position));
}

function headChoice(panel: Panel, { head, heads }: InsideAttention): HTMLSelectElement {
  const options = Array.from({ length: heads }, (_, one) => element("option", { value: one }, `Head ${one}`));
  const select = element("select", { "aria-label": "Head" }, options);
  select.onchange = () => panel.actions.chooseHead(Number(select.value));
  select.value = String(head);
  select.disabled = panel.picture.header.standalone;
  return select;
}

function listen({ actions, tooltip }: Panel, canvas: HTMLCanvasElement, layout: AttentionLayout): void {
  const { queries, keys } = layout;
  const rowOf = (query: number): LitRow => ({ sequence: queries.sequence, row: queries.positions[query] });
  canvas.onpointermove = (event) => {
    event.stopPropagation();
    const { query, key } = layout.at(event.offsetX, event.offsetY);
    if (query < 0) return actions.point(null);
    if (queries.own) actions.point(rowOf(query));
    if (key < 0) return tooltip.hide();
    const weight = layout.weight(query, key);
    const from = tokenName(queries.tokens[query], queries.positions[query]);
    const to = tokenName(keys.tokens[key], keys.positions[key]);
    const words = weight === null ? "cannot look: the mask closes it" : percent(weight);
    tooltip.show(event.clientX, event.clientY, `${from} → ${to}`, words);
  };
  canvas.onpointerleave = () => {
    tooltip.hide();
    actions.point(null);
  };
  canvas.onclick = (event) => {
    const { query } = layout.at(event.offsetX, event.offsetY);
    if (query >= 0 && queries.own) actions.lock(rowOf(query));
  };
}
