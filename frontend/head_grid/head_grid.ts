// Every head of a stack at once: small matrices, or a measure as colour, in place or sorted. A click opens a head.

import { fitted } from "../shared/canvas.ts";
import { paintedCells } from "../shared/cells.ts";
import { channels, paletteColour, ramp } from "../shared/colours.ts";
import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { HeadGridArrays, HeadGridHeader, HeadMeasure } from "../shared/generated/messages.ts";
import { HALF_PERCENTS } from "../shared/half_percents.ts";
import { arrowOf, presses } from "../shared/keyboard.ts";
import { unpack } from "../shared/packet.ts";
import { currentView, publish, subscribe, type View, wantHeadsOff } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { aboutHead, type Mode, measured, nameOf, remarksOn, shortOf, writtenOf } from "./measures.ts";
import {
  type Box,
  type Cell,
  cellAfter,
  cellAt,
  cellsOf,
  listHeight,
  listOf,
  type Places,
  scrollTo,
  type Table,
  tableOf,
} from "./places.ts";
import { HeadsOff, isOpen, opened } from "./selection.ts";
import { toolsFor } from "./tools.ts";

const NUMBERED_FROM = 30; // pixels a side of a cell from which its value is written in it
const SMALL_PRINT = "11px monospace";

export class HeadGrid {
  private readonly root: HTMLElement;
  private readonly toolbar = element("div", { class: "toolbar" });
  private readonly canvas = element("canvas", {
    tabindex: 0,
    role: "application",
    "aria-label": "All heads; arrow keys move, Enter opens, x switches a head off",
  });
  private readonly frame = element("div", { class: "frame" }, this.canvas);
  private readonly foot = element("div", { class: "foot quiet" });
  private readonly spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
  private readonly tooltip: Tooltip;
  private readonly redraw = onceAFrame(() => this.draw());
  private readonly mode: Mode = { measure: "", sorted: false, off: false };
  private header: HeadGridHeader;
  private arrays: HeadGridArrays;
  private cells: Cell[] = [];
  /** Where the heads lie on the canvas. */
  private places: Places | null = null;
  private off = new HeadsOff([]);
  /** Where the head view looks. */
  private open: View | undefined;
  /** The head under the pointer or reached by the keyboard. */
  private cursor: Cell | null = null;
  /** Colours by name, and pictures by head, of the packet and theme that are drawn. */
  private readonly colours = new Map<string, string>();
  private readonly pictures = new Map<number, HTMLCanvasElement>();

  constructor(root: HTMLElement, packet: Uint8Array) {
    this.root = root;
    ({ header: this.header, arrays: this.arrays } = unpack<HeadGridHeader, HeadGridArrays>(packet));
    root.append(this.toolbar, this.frame, this.foot, this.spoken);
    this.tooltip = tooltipOf(root);
    new ResizeObserver(() => this.redraw()).observe(this.frame);
    this.canvas.onmousemove = (event) => this.over(event);
    this.canvas.onmouseleave = () => this.point(null);
    this.canvas.onclick = (event) => this.press(this.at(event), event.shiftKey);
    this.canvas.onkeydown = (event) => this.keyed(event);
  }

  load(packet: Uint8Array): void {
    ({ header: this.header, arrays: this.arrays } = unpack<HeadGridHeader, HeadGridArrays>(packet));
    const { stack, layers, heads, measures } = this.header;
    this.colours.clear();
    this.pictures.clear();
    if (!this.measure) Object.assign(this.mode, { measure: "", sorted: false });
    this.cells = cellsOf(layers, heads);
    this.open = currentView();
    this.setOff(this.header.off);
    this.draw();
    subscribe(this.root, "view", (view) => {
      this.open = view;
      this.redraw();
    });
    subscribe(this.root, "off", ({ off }) => this.setOff(off[stack] ?? []));
    this.root.dataset.ready = `${stack} ${this.cells.length} ${measures.length}`;
  }

  /** What is measured of every head, for who waits for it. */
  get measures(): readonly HeadMeasure[] {
    return this.header.measures;
  }

  private get measure(): HeadMeasure | undefined {
    return this.header.measures.find(({ id }) => id === this.mode.measure);
  }

  private colour(name: string): string {
    const known = this.colours.get(name) ?? paletteColour(this.root, name);
    this.colours.set(name, known);
    return known;
  }

  private drawToolbar(): void {
    const { mode, header } = this;
    const tools = toolsFor(header, mode, this.off.pairs.length, {
      change: (change) => {
        Object.assign(mode, change);
        this.drawToolbar();
        this.redraw();
      },
      reset: () => this.askOff([]),
    });
    this.toolbar.replaceChildren(...tools);
  }

  /** Where each head lies: layers and heads along the axes, or in order of the measure. */
  private layOut(): { places: Places; table: Table | null } {
    const { header, cells, measure } = this;
    const { sorted } = this.mode;
    const tableIn = (room: number) => tableOf(header.layers.length, Math.max(...header.heads), cells, room);
    this.frame.style.maxHeight = sorted ? `${listHeight(tableIn(this.root.clientWidth - 6))}px` : "";
    const room = Math.max(260, this.frame.clientWidth - 6);
    if (sorted) {
      const order = (cell: Cell) => (measure && measured(measure, cell)) ?? -1;
      return { places: listOf(cells, order, room), table: null };
    }
    const table = tableIn(room);
    return { places: table, table };
  }

  private draw(): void {
    if (!this.root.isConnected) return;
    const { places, table } = this.layOut();
    this.places = places;
    const context = fitted(this.canvas, places.width, places.height);
    context.imageSmoothingEnabled = false;
    context.textBaseline = "middle";
    if (table) this.drawAxes(context, table);
    for (const box of places.boxes) this.drawCell(context, box, places.size);
    const remarks = remarksOn(this.header, this.mode, this.cells.length, this.measure);
    this.foot.replaceChildren(...remarks.map((text) => element("div", {}, text)));
  }

  private drawAxes(context: CanvasRenderingContext2D, { flat, gutter, size, step: [step] }: Table): void {
    const { layers, heads } = this.header;
    const numbers = Array.from({ length: Math.max(...heads) }, (_, head) => head);
    const [across, down] = flat ? [layers, numbers] : [numbers, layers];
    const [acrossName, downName] = flat ? ["Layer", "Head"] : ["Head", "Layer"];
    const every = step < 26 ? 2 : 1;
    context.fillStyle = this.colour("quiet");
    context.font = `12px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "center";
    for (let place = 0; place < across.length; place += every)
      context.fillText(String(across[place]), gutter + place * step + size / 2, 11);
    context.textAlign = "right";
    context.fillText(acrossName, gutter - 10, 11);
    for (let place = 0; place < down.length; place += every) {
      const name = place === 0 ? `${downName} ${down[0]}` : String(down[place]);
      context.fillText(name, gutter - 10, 22 + place * step + size / 2);
    }
  }

  private drawCell(context: CanvasRenderingContext2D, { cell, x, y }: Box, size: number): void {
    const { measure } = this;
    const off = this.off.has(cell);
    context.globalAlpha = off ? 0.25 : 1;
    if (measure && !this.mode.sorted) this.drawValue(context, measure, { cell, x, y }, size);
    else context.drawImage(this.picture(cell), x, y, size, size);
    context.globalAlpha = 1;
    const chosen = isOpen(this.open, this.header.stack, cell);
    const inHand = this.cursor?.place === cell.place;
    context.strokeStyle = this.colour(chosen ? "text" : inHand ? "query" : "line");
    context.lineWidth = chosen || inHand ? 2.5 : 1;
    context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    if (off) this.cross(context, x, y, size);
    if (this.mode.sorted && measure) this.caption(context, measure, { cell, x, y }, size);
  }

  /** The value of a head as the colour of its cell and, where there is room, as a number. */
  private drawValue(context: CanvasRenderingContext2D, measure: HeadMeasure, { cell, x, y }: Box, size: number): void {
    const value = measured(measure, cell);
    const share = value === null ? 0 : value / measure.most;
    const colours = ramp(this.colour("background"), this.colour(this.header.colourName));
    const step = 3 * Math.round(255 * Math.min(1, share));
    context.fillStyle = `rgb(${colours[step]} ${colours[step + 1]} ${colours[step + 2]})`;
    context.fillRect(x, y, size, size);
    if (size < NUMBERED_FROM || value === null) return;
    context.fillStyle = this.colour(share > 0.5 ? "background" : "text");
    context.font = SMALL_PRINT;
    context.textAlign = "center";
    context.fillText(shortOf(measure, value), x + size / 2, y + size / 2);
  }

  /** The name of a head above its picture in the list, and its value below. */
  private caption(context: CanvasRenderingContext2D, measure: HeadMeasure, { cell, x, y }: Box, size: number): void {
    context.fillStyle = this.colour("text");
    context.font = SMALL_PRINT;
    context.textAlign = "center";
    context.fillText(`${cell.layer}·${cell.head}`, x + size / 2, y - 8);
    context.fillStyle = this.colour("quiet");
    const value = measured(measure, cell) === null ? "–" : writtenOf(measure, cell);
    context.fillText(value, x + size / 2, y + size + 10);
  }

  private cross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
    context.strokeStyle = this.colour("text");
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x + 4, y + 4);
    context.lineTo(x + size - 4, y + size - 4);
    context.moveTo(x + size - 4, y + 4);
    context.lineTo(x + 4, y + size - 4);
    context.stroke();
  }

  private picture(cell: Cell): HTMLCanvasElement {
    const known = this.pictures.get(cell.place);
    if (known) return known;
    const { maps } = this.arrays;
    const [, rows, columns] = maps.shape;
    const values = maps.subarray(cell.place * rows * columns, (cell.place + 1) * rows * columns);
    const made = paintedCells(
      { values, rows, columns, ...HALF_PERCENTS },
      this.colour("background"),
      this.colour(this.header.colourName),
      channels(this.colour("panel")),
    );
    this.pictures.set(cell.place, made);
    return made;
  }

  private at(event: MouseEvent): Cell | null {
    const box = this.canvas.getBoundingClientRect();
    return this.places && cellAt(this.places, event.clientX - box.left, event.clientY - box.top);
  }

  private over(event: MouseEvent): void {
    const cell = this.at(event);
    this.canvas.style.cursor = cell ? "pointer" : "default";
    if (cell) {
      const name = element("b", {}, nameOf(cell));
      this.tooltip.show(event.clientX, event.clientY, name, ...this.about(cell));
    }
    this.point(cell);
  }

  private point(cell: Cell | null): void {
    if (!cell) this.tooltip.hide();
    if (this.cursor?.place === cell?.place) return;
    this.cursor = cell;
    this.redraw();
  }

  private about(cell: Cell): string[] {
    return aboutHead(this.header, cell, this.mode.measure, this.off.has(cell));
  }

  private press(cell: Cell | null, add: boolean): void {
    if (!cell) return;
    if (this.mode.off) {
      this.askOff(this.off.toggled(cell));
      return;
    }
    const wanted = opened(this.open, this.header.stack, cell, add);
    this.open = { ...wanted };
    this.redraw();
    publish("open", this.root, wanted);
  }

  /** Show which heads are off, and have the part of the page that tells what the model does without them follow. */
  private askOff(off: [layer: number, head: number][]): void {
    this.setOff(off);
    wantHeadsOff(this.root, this.header.stack, off);
  }

  private setOff(off: readonly [layer: number, head: number][]): void {
    this.off = new HeadsOff(off);
    this.drawToolbar();
    this.redraw();
  }

  private keyed(event: KeyboardEvent): void {
    const { cursor, places } = this;
    const arrow = arrowOf(event.key);
    if (arrow && places) this.moveTo(cellAfter(places, arrow, cursor), places);
    else if (presses(event.key) && cursor) this.press(cursor, event.shiftKey);
    else if (event.key === "x" && cursor && this.header.canSwitchOff) this.askOff(this.off.toggled(cursor));
    else return;
    event.preventDefault();
  }

  private moveTo(cell: Cell, places: Places): void {
    this.cursor = cell;
    this.spoken.textContent = [nameOf(cell), ...this.about(cell)].join(", ");
    const { frame } = this;
    if (this.mode.sorted) frame.scrollTop = scrollTo(places, cell, frame.scrollTop, frame.clientHeight);
    this.redraw();
  }
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new HeadGrid(root, data)).load(data);
}
