// The model in use, small: it shows where the page looks, names a block that is pointed at, and leads to its page.

import { fitted } from "../shared/canvas.ts";
import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { ModelMapGo, ModelMapHeader, ModelMapSends } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { currentView, subscribe, type View } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { Drawing } from "./drawing.ts";
import { isLayered, layOut, type Plan } from "./layout.ts";
import { Looking } from "./looking.ts";
import { ARROWS, nextSpot, type Spot, sameSpot, spotAt, spotsOf } from "./spots.ts";
import { aboutSpot, mapInWords, sizeInWords } from "./words.ts";

const NARROWEST = 160;

type Go = (place: ModelMapGo) => void;

export class ModelMap {
  private readonly root: HTMLElement;
  private readonly size = element("div", { class: "size" });
  private readonly canvas = element("canvas", { tabindex: 0, role: "application" });
  private readonly frame = element("div", { class: "drawing" }, this.canvas);
  private readonly where = element("div", { class: "where" });
  private readonly spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
  private readonly redraw = onceAFrame(() => this.draw());
  private model: ModelMapHeader;
  private go: Go = () => {};
  /** Where the page looks. */
  private view: View | undefined;
  /** The block or head pointed at, or reached by keys. */
  private pointed: Spot | null = null;
  /** Where everything lies, for the width at the last drawing. */
  plan: Plan;

  constructor(root: HTMLElement, model: ModelMapHeader) {
    this.root = root;
    this.model = model;
    this.plan = layOut(model, NARROWEST);
    root.append(this.size, this.frame, this.where, this.spoken);
    new ResizeObserver(() => this.redraw()).observe(this.frame);
    this.canvas.onmousemove = (event) => this.hover(event);
    this.canvas.onmouseleave = () => this.leave();
    this.canvas.onclick = (event) => this.choose(this.at(event));
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onblur = () => this.point(null);
  }

  show(model: ModelMapHeader, go: Go): void {
    this.model = model;
    this.go = go;
    this.size.replaceChildren(sizeInWords(model));
    this.canvas.setAttribute("aria-label", mapInWords(model));
    this.view = currentView();
    subscribe(this.root, "view", (view) => {
      this.view = view;
      this.redraw();
    });
    this.draw();
  }

  private draw(): void {
    if (!this.root.isConnected) return;
    this.plan = layOut(this.model, Math.max(NARROWEST, this.frame.clientWidth));
    const context = fitted(this.canvas, this.plan.width, this.plan.height);
    const looking = this.looking();
    new Drawing(this.root, this.model, this.plan, context).draw(looking, this.pointed);
    const place = looking.inWords(this.plan.boxes);
    this.where.textContent = place ? `You look at ${place}.` : "";
    this.root.dataset.where = place ?? "";
  }

  private looking(): Looking {
    return new Looking(this.model, this.view);
  }

  private at(event: MouseEvent): Spot | null {
    const area = this.canvas.getBoundingClientRect();
    return spotAt(this.plan.boxes, event.clientX - area.left, event.clientY - area.top);
  }

  private hover(event: MouseEvent): void {
    const spot = this.at(event);
    this.canvas.style.cursor = spot ? "pointer" : "default";
    const tooltip = tooltipOf(this.root);
    if (spot) {
      const [name, ...lines] = aboutSpot(this.model, spot);
      tooltip.show(event.clientX, event.clientY, element("b", {}, name), ...lines);
    } else tooltip.hide();
    this.point(spot);
  }

  private leave(): void {
    this.canvas.style.cursor = "default";
    tooltipOf(this.root).hide();
    this.point(null);
  }

  private point(spot: Spot | null): void {
    if (sameSpot(this.pointed, spot)) return;
    this.pointed = spot;
    this.redraw();
  }

  private choose(spot: Spot | null): void {
    if (!spot) return;
    const { box, cell } = spot;
    const [stack, layer] = isLayered(box) ? [box.stack, box.layer] : [null, null];
    this.go({ block: this.blockOf(spot), stack, layer, head: cell?.head ?? null });
  }

  /** What a block is called where its page is looked up; an encoder without a head ends in embeddings. */
  private blockOf({ box }: Spot): ModelMapGo["block"] {
    if (box.kind === "forward") return "feed_forward";
    if (box.kind === "cross") return "attention";
    return box.kind === "head" && !this.model.hasHead ? "embedding" : box.kind;
  }

  private key(event: KeyboardEvent): void {
    const way = ARROWS[event.key];
    if (way) this.step(...way);
    else if ((event.key === "Enter" || event.key === " ") && this.pointed) this.choose(this.pointed);
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
  }

  /** The next block or head in a direction; from nowhere, the one that the page looks at, or the first. */
  private step(across: number, down: number): void {
    const { boxes } = this.plan;
    const looking = this.looking();
    if (this.pointed) this.pointed = nextSpot(boxes, this.pointed, across, down);
    else {
      const spots = spotsOf(boxes);
      this.pointed = spots.find(({ box, cell }) => looking.atHead(box, cell?.head)) ?? spots[0];
    }
    this.spoken.textContent = aboutSpot(this.model, this.pointed).join(", ");
    this.redraw();
  }
}

export function mount({ parentElement, data, setTriggerValue }: Mounted<Uint8Array, object, ModelMapSends>): void {
  const { header } = unpack<ModelMapHeader, Record<string, never>>(data);
  const map = viewOf(rootOf(parentElement), (root) => new ModelMap(root, header));
  map.show(header, (place) => setTriggerValue("go", place));
}
