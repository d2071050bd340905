// The same weights as matrices, one a head: rows look, columns are looked at, hatched is "cannot look".

import { contextOf, fitted, hatching } from "../shared/canvas.ts";
import { paintedCells } from "../shared/cells.ts";
import { element } from "../shared/dom.ts";
import { arrowOf, presses } from "../shared/keyboard.ts";
import type { AttentionView } from "./attention.ts";
import type { Focus, Side } from "./choice.ts";
import { type CellPlace, cellAt, type Frame, type Gutter, type MatrixLayout, matricesOf } from "./matrix_layout.ts";
import type { AttentionModel } from "./model.ts";
import { cellAfter, quarter } from "./moves.ts";
import { PlaceMap } from "./place_map.ts";
import type { Range } from "./ranges.ts";
import { labelOf, titleOf } from "./words.ts";

const MONOSPACE = '"Source Code Pro", monospace';
const LABEL_FONT = `13px ${MONOSPACE}`;
const BRUSHED = 6; // pixels that the pointer moves before a press is a brush
const WRITTEN_FROM = 28; // pixels a side of a cell from which its number is written in it
const SEAMS_FROM = 9;

/** What is needed to draw one matrix. */
interface Pen {
  context: CanvasRenderingContext2D;
  model: AttentionModel;
  frame: Frame;
  focus: Focus;
}

export class MatrixPane {
  readonly node: HTMLElement;
  readonly canvas = element("canvas", { tabindex: 0, role: "img" });
  /** Where the matrices lie. */
  layout: MatrixLayout | null = null;
  private readonly view: AttentionView;
  private readonly map: PlaceMap;
  /** Where the pointer was pressed. */
  private pressed: CellPlace | null = null;
  /** The part that is being brushed; it ends nowhere until the pointer has moved. */
  private brush: { from: CellPlace; to: CellPlace | null } | null = null;

  constructor(view: AttentionView) {
    this.view = view;
    this.map = new PlaceMap(view);
    this.node = element("div", { class: "matrix" }, this.canvas, this.map.canvas);
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = () => this.release();
    this.canvas.onpointercancel = () => {
      this.brush = null;
    };
    this.canvas.onpointerleave = () => this.brush ?? view.hover(null);
    this.canvas.onkeydown = (event) => this.keyed(event);
    this.canvas.onwheel = (event) => this.wheel(event);
  }

  draw(model: AttentionModel, heads: readonly number[], focus: Focus): void {
    const room = Math.max(220, this.node.clientWidth) - 2; // the last frame's edge needs room too
    const gutter = heads.length === 1 ? this.gutter(model) : { left: 0, top: 22, right: 0 };
    this.layout = matricesOf(model, heads, room, gutter);
    const context = fitted(this.canvas, this.layout.width, this.layout.height);
    context.imageSmoothingEnabled = false;
    for (const frame of this.layout.frames) this.drawHead({ context, model, frame, focus }, heads.length === 1);
    if (this.brush?.to) this.drawBrush(context, this.brush.from, this.brush.to);
    this.canvas.setAttribute("aria-label", titleOf(model));
    this.map.draw(model, heads[0]);
  }

  /** Room for the longest labels. */
  private gutter(model: AttentionModel): Gutter {
    const context = contextOf(this.canvas);
    context.font = LABEL_FONT;
    const longest = (side: Side): number => {
      const [start, end] = model.range(side);
      let most = 0;
      for (let position = start; position < end; position += model.block)
        most = Math.max(most, context.measureText(labelOf(model, side, position)).width);
      return Math.min(most, 120);
    };
    const across = longest("key");
    return { left: longest("query") + 10, top: across * 0.87 + 16, right: Math.min(40, across * 0.5) };
  }

  private drawHead(pen: Pen, single: boolean): void {
    const { view } = this;
    const { context, frame } = pen;
    const { x, y, width, height, cell } = frame;
    context.drawImage(this.picture(pen.model, frame.head), x, y, width, height);
    this.hatch(pen);
    if (cell >= SEAMS_FROM) this.seams(pen);
    if (single && cell >= WRITTEN_FROM) this.numbers(pen);
    context.strokeStyle = view.colour("line");
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    if (single) this.labels(pen);
    else this.title(pen);
    this.frameFocus(pen);
  }

  private title({ context, model, frame: { head, x, y } }: Pen): void {
    context.fillStyle = this.view.colour(model.colourName(head));
    context.fillRect(x, y - 16, 11, 11);
    context.fillStyle = this.view.colour("text");
    context.font = LABEL_FONT;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(`Head ${head}`, x + 17, y - 10);
  }

  /** A frame around the row of the token in focus, and around the column of the one it is looked at with. */
  private frameFocus({ context, model, frame: { x, y, width, height, cell }, focus }: Pen): void {
    const placeOf = (side: Side): number | null => {
      const position = focus[side];
      const [start, end] = model.range(side);
      if (position === null || position < start || position >= end) return null;
      return Math.floor((position - start) / model.block) * cell;
    };
    const [row, column, thick] = [placeOf("query"), placeOf("key"), Math.max(cell, 2)];
    context.lineWidth = 2;
    context.strokeStyle = this.view.colour("query");
    if (row !== null) context.strokeRect(x, y + row, width, thick);
    context.strokeStyle = this.view.colour("key");
    if (column !== null) context.strokeRect(x + column, y, thick, height);
  }

  /** The weights of a head, one pixel a cell; masked cells stay clear. Painted once a theme. */
  private picture(model: AttentionModel, head: number): HTMLCanvasElement {
    const { view } = this;
    const name = `${head} ${view.theme}`;
    const known = model.painted.get(name);
    if (known) return known;
    const { cells, masked, full } = model.of(head);
    const made = paintedCells(
      { values: cells, rows: model.cellRows, columns: model.cellColumns, masked, full },
      view.colour("background"),
      view.colour(model.part.colour),
    );
    model.painted.set(name, made);
    return made;
  }

  private hatch({ context, model, frame: { x, y, cell } }: Pen): void {
    context.fillStyle = hatching(this.view.root, context);
    for (const [row, start, end] of model.closed)
      context.fillRect(x + start * cell, y + row * cell, (end - start) * cell, cell);
  }

  private seams({ context, model, frame: { x, y, width, height, cell } }: Pen): void {
    context.fillStyle = this.view.colour("background");
    for (let row = 1; row < model.cellRows; row++) context.fillRect(x, y + row * cell - 0.5, width, 1);
    for (let column = 1; column < model.cellColumns; column++) context.fillRect(x + column * cell - 0.5, y, 1, height);
  }

  private numbers({ context, model, frame: { head, x, y, cell } }: Pen): void {
    context.font = `11px ${MONOSPACE}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = 0; row < model.cellRows; row++)
      for (let column = 0; column < model.cellColumns; column++) {
        const weight = model.cell(head, row, column);
        if (weight === null || weight < 0.01) continue;
        context.fillStyle = this.view.colour(weight > 0.5 ? "background" : "text");
        context.fillText(String(Math.round(100 * weight)), x + (column + 0.5) * cell, y + (row + 0.5) * cell);
      }
  }

  private labels({ context, model, frame: { x, y, cell }, focus }: Pen): void {
    const { view, layout } = this;
    const every = Math.max(1, Math.ceil(13 / cell));
    const { rows, columns } = model.part;
    context.font = LABEL_FONT;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let row = 0; row < model.cellRows; row += every) {
      const position = rows[0] + row * model.block;
      context.fillStyle = view.colour(focus.query === position ? "query" : "quiet");
      context.fillText(labelOf(model, "query", position), x - 7, y + (row + 0.5) * cell, layout?.gutter.left);
    }
    context.textAlign = "left";
    for (let column = 0; column < model.cellColumns; column += every) {
      const position = columns[0] + column * model.block;
      context.save();
      context.translate(x + (column + 0.5) * cell, y - 7);
      context.rotate(-Math.PI / 3);
      context.fillStyle = view.colour(focus.key === position ? "key" : "quiet");
      context.fillText(labelOf(model, "key", position), 0, 0, 130);
      context.restore();
    }
  }

  private drawBrush(context: CanvasRenderingContext2D, from: CellPlace, to: CellPlace): void {
    context.fillStyle = this.view.colour("query");
    context.globalAlpha = 0.18;
    context.fillRect(Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    context.globalAlpha = 1;
  }

  private at(event: MouseEvent): CellPlace | null {
    const { layout } = this;
    const { model } = this.view;
    if (!layout || !model) return null;
    const box = this.canvas.getBoundingClientRect();
    return cellAt(layout.frames, model, event.clientX - box.left, event.clientY - box.top);
  }

  private press(event: PointerEvent): void {
    this.pressed = this.at(event);
    const brushes = this.pressed && this.view.zoomable && event.pointerType !== "touch";
    this.brush = brushes && this.pressed ? { from: this.pressed, to: null } : null;
    if (this.brush) this.canvas.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const { brush, view } = this;
    const at = this.at(event);
    if (brush && at?.head === brush.from.head && Math.hypot(at.x - brush.from.x, at.y - brush.from.y) > BRUSHED) {
      brush.to = at;
      view.redraw();
      return;
    }
    view.hover(at && { query: at.query, key: at.key, head: at.head }, event);
  }

  private release(): void {
    const { pressed, brush, view } = this;
    const { model } = view;
    this.brush = null;
    if (brush?.to && model) {
      const { from, to } = brush;
      const range = (side: Side): Range => [
        Math.min(from[side], to[side]),
        Math.max(from[side], to[side]) + model.block,
      ];
      view.hover(null);
      view.zoomTo(range("query"), range("key"));
    } else if (pressed) view.keep({ query: pressed.query, key: pressed.key });
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = this.at(event);
    if (!at) return;
    this.view.hover(null); // what lies under the pointer is another cell then
    this.view.zoom(event.deltaY < 0 ? 0.5 : 2, at);
  }

  private keyed(event: KeyboardEvent): void {
    const { view } = this;
    const { model } = view;
    if (!model) return;
    const { query, key } = view.focus();
    const arrow = arrowOf(event.key);
    if (arrow && event.shiftKey)
      view.move(arrow[1] * quarter(model.count("query")), arrow[0] * quarter(model.count("key")));
    else if (arrow) {
      const next = cellAfter(arrow, { query, key }, model);
      view.hover(next);
      view.say(next.query);
    } else if (event.key === "+" || event.key === "=") view.zoom(0.5, { query, key });
    else if (event.key === "-") view.zoom(2, { query, key });
    else if (event.key === "0") view.zoomOut();
    else if (presses(event.key) && query !== null) view.keep({ query, key });
    else return;
    event.preventDefault();
  }
}
