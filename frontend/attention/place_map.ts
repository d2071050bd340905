// @ts-nocheck: not typed yet
// The whole text's matrix in small, with a frame around the part on the screen; dragging moves it.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { paintedCells } from "./matrix.ts";
import { MASKS } from "./model.ts";

export const MAP_SIDE = 96;

export class PlaceMap {
  constructor(view) {
    this.view = view;
    this.canvas = element("canvas", { class: "map", "aria-hidden": "true", title: "Where you are; drag to move" });
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.pan(event);
    };
    this.canvas.onpointermove = (event) => event.buttons && this.pan(event);
  }

  draw(head) {
    const { view } = this;
    const { model } = view;
    const { map, mapShape } = model.byHead.get(head);
    this.canvas.hidden = !map;
    if (!map) return;
    const context = fitted(this.canvas, MAP_SIDE, MAP_SIDE);
    context.drawImage(
      paintedCells(map, ...mapShape, ...MASKS[1], view.colour("background"), view.colour(model.colour)),
      0,
      0,
      MAP_SIDE,
      MAP_SIDE,
    );
    context.strokeStyle = view.colour("text");
    context.lineWidth = 2;
    const [left, top] = [(model.columns[0] / model.keyCount) * MAP_SIDE, (model.rows[0] / model.queryCount) * MAP_SIDE];
    context.strokeRect(
      left,
      top,
      Math.max(3, (model.columnCount / model.keyCount) * MAP_SIDE),
      Math.max(3, (model.rowCount / model.queryCount) * MAP_SIDE),
    );
  }

  pan(event) {
    const box = this.canvas.getBoundingClientRect();
    const { model } = this.view;
    this.view.centre(
      ((event.clientY - box.top) / box.height) * model.queryCount,
      ((event.clientX - box.left) / box.width) * model.keyCount,
    );
  }
}
