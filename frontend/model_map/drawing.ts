// The map on its canvas.

import { paletteColour } from "../shared/colours.ts";
import type { ModelMapHeader } from "../shared/generated/messages.ts";
import type { Line, Plan, Rectangle } from "./layout.ts";
import { type Box, cellsOf, columnOf, type EndBox, isLayered, type LayerBox } from "./layout.ts";
import type { Looking } from "./looking.ts";
import { type Spot, sameBox } from "./spots.ts";
import { short } from "./words.ts";

export class Drawing {
  private readonly root: HTMLElement;
  private readonly model: ModelMapHeader;
  private readonly plan: Plan;
  private readonly context: CanvasRenderingContext2D;

  constructor(root: HTMLElement, model: ModelMapHeader, plan: Plan, context: CanvasRenderingContext2D) {
    this.root = root;
    this.model = model;
    this.plan = plan;
    this.context = context;
  }

  draw(looking: Looking, pointed: Spot | null): void {
    for (const line of this.plan.lines) this.line(line);
    for (const box of this.plan.boxes) this.box(box, looking, pointed);
  }

  private colour(name: string): string {
    return paletteColour(this.root, name);
  }

  private line({ kind, stack, path }: Line): void {
    const { context } = this;
    context.strokeStyle = this.colour(stack);
    context.globalAlpha = kind === "cross" ? 0.75 : 0.55;
    context.lineWidth = kind === "cross" ? 1 : 3;
    context.beginPath();
    path.forEach(([x, y], place) => {
      if (place) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.stroke();
    context.globalAlpha = 1;
  }

  private box(box: Box, looking: Looking, pointed: Spot | null): void {
    const looks = looking.at(box);
    if (isLayered(box)) this.block(box, looks);
    else this.end(box);
    if (looks) this.frame(box, "text");
    if (pointed && sameBox(pointed.box, box)) this.frame(pointed.cell ?? box, "query");
    if (looks && isLayered(box) && !looking.inEveryLayer()) this.mark(box);
  }

  private block(box: LayerBox, looks: boolean | readonly number[]): void {
    const { context } = this;
    const cells = cellsOf(box);
    context.fillStyle = this.colour(box.stack);
    for (const cell of cells) {
      context.globalAlpha = typeof looks === "boolean" ? 0.75 : looks.includes(cell.head) ? 1 : 0.4;
      context.fillRect(cell.x, cell.y, Math.max(1, cell.width - (cell.width > 6 ? 1 : 0.5)), cell.height);
    }
    if (!cells.length) {
      context.globalAlpha = box.kind === "forward" ? 0.3 : 0.75;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    context.globalAlpha = 1;
    if (this.model.large && box.layer === 0) this.name(box);
  }

  /** What stands at the beginning and the end: tables, and scores or vectors. */
  private end(box: EndBox): void {
    const { context, model } = this;
    context.fillStyle = this.colour("panel");
    context.fillRect(box.x, box.y, box.width, box.height);
    context.strokeStyle = this.colour("quiet");
    context.lineWidth = 1;
    if (box.kind === "head" && !model.hasHead) context.setLineDash([3, 3]);
    context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    context.setLineDash([]);
    context.font = this.font();
    const name = box.kind === "embedding" ? "embedding" : model.hasHead ? "output" : "vectors out";
    const parameters = box.kind === "embedding" ? model.embedding : model.head;
    const whole = parameters ? `${name} · ${short(parameters)}` : name;
    this.write(box, context.measureText(whole).width < box.width - 8 ? whole : name);
  }

  /** The large map says in its first layer what its blocks are. */
  private name(box: LayerBox): void {
    const { context } = this;
    const name = { attention: "attention", cross: "cross-attention", forward: "feed-forward" }[box.kind];
    context.font = this.font(600);
    const wide = context.measureText(name).width + 10;
    if (wide > box.width || box.height < 12) return;
    context.fillStyle = this.colour("background");
    context.fillRect(box.x + box.width / 2 - wide / 2, box.y + box.height / 2 - 8, wide, 16);
    this.write(box, name);
  }

  private font(weight?: number): string {
    const size = `${this.plan.sizes.text}px ${getComputedStyle(this.root).fontFamily}`;
    return weight ? `${weight} ${size}` : size;
  }

  private write({ x, y, width, height }: Rectangle, words: string): void {
    const { context } = this;
    context.fillStyle = this.colour("text");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(words, x + width / 2, y + height / 2 + 0.5);
  }

  private frame({ x, y, width, height }: Rectangle, colour: string): void {
    this.context.strokeStyle = this.colour(colour);
    this.context.lineWidth = 2;
    this.context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  }

  /** A pointer from the residual stream to the layer that is looked at. */
  private mark(box: LayerBox): void {
    const { context } = this;
    const inSameLayer = (one: Box) => isLayered(one) && one.layer === box.layer && columnOf(one) === columnOf(box);
    const first = this.plan.boxes.find(inSameLayer) ?? box;
    const [x, y] = [first.x - 4, box.y + box.height / 2];
    context.fillStyle = this.colour("text");
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 6, y - 4);
    context.lineTo(x - 6, y + 4);
    context.fill();
  }
}
