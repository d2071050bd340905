// The whole text's matrix in small, with a frame around the part on the screen; dragging moves it.

import { fitted } from "../shared/canvas.ts";
import { paintedCells } from "../shared/cells.ts";
import { element } from "../shared/dom.ts";
import { HALF_PERCENTS } from "../shared/half_percents.ts";
import type { AttentionView } from "./attention.ts";
import type { AttentionModel } from "./model.ts";

const SIDE = 96; // pixels

export class PlaceMap {
  readonly canvas = element("canvas", { class: "map", "aria-hidden": "true", title: "Where you are; drag to move" });
  private readonly view: AttentionView;

  constructor(view: AttentionView) {
    this.view = view;
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.pan(event);
    };
    this.canvas.onpointermove = (event) => {
      if (event.buttons) this.pan(event);
    };
  }

  draw(model: AttentionModel, head: number): void {
    const { view } = this;
    const { map } = model.of(head);
    this.canvas.hidden = !map;
    if (!map) return;
    const context = fitted(this.canvas, SIDE, SIDE);
    const whole = paintedCells({ ...map, ...HALF_PERCENTS }, view.colour("background"), view.colour(model.part.colour));
    context.drawImage(whole, 0, 0, SIDE, SIDE);
    context.strokeStyle = view.colour("text");
    context.lineWidth = 2;
    const [across, down] = [SIDE / model.keyCount, SIDE / model.queryCount];
    context.strokeRect(
      model.part.columns[0] * across,
      model.part.rows[0] * down,
      Math.max(3, model.count("key") * across),
      Math.max(3, model.count("query") * down),
    );
  }

  private pan(event: PointerEvent): void {
    const { model } = this.view;
    if (!model) return;
    const box = this.canvas.getBoundingClientRect();
    this.view.centre(
      ((event.clientY - box.top) / box.height) * model.queryCount,
      ((event.clientX - box.left) / box.width) * model.keyCount,
    );
  }
}
