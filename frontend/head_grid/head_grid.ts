// @ts-nocheck: not typed yet
// Every head of a stack at once: small matrices, or a measure as colour, in place or sorted. A click opens a head.

import { fitted } from "../shared/canvas.ts";
import { channels, paletteColour, ramp } from "../shared/colours.ts";
import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { currentView, publish, subscribe, wantHeadsOff } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { CAPTION, LARGEST_CELL, LOWEST_LIST, listOf, tableOf } from "./places.ts";

export const CLOSED = 255;

export class HeadGrid {
  constructor(root) {
    this.root = root;
    this.mode = { measure: "", sorted: false, off: false };
    this.toolbar = element("div", { class: "toolbar" });
    this.canvas = element("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": "All heads; arrow keys move, Enter opens, x switches a head off",
    });
    this.frame = element("div", { class: "frame" }, this.canvas);
    this.foot = element("div", { class: "foot quiet" });
    this.spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
    root.append(this.toolbar, this.frame, this.foot, this.spoken);
    this.tooltip = tooltipOf(root);
    this.redraw = onceAFrame(() => this.draw());
    new ResizeObserver(() => this.redraw()).observe(this.frame);
    this.canvas.onmousemove = (event) => this.over(event);
    this.canvas.onmouseleave = () => this.over(null);
    this.canvas.onclick = (event) => this.press(this.at(event), event.shiftKey);
    this.canvas.onkeydown = (event) => this.keyed(event);
  }

  load(packet) {
    const { header, arrays } = unpack(packet);
    Object.assign(this, header, { arrays });
    this.colours = new Map();
    this.painted = new Map();
    this.offNow = new Set(header.off.map(([layer, head]) => `${layer} ${head}`));
    if (!this.measures.some(({ id }) => id === this.mode.measure)) this.mode.measure = "";
    this.cells = [];
    header.layers.forEach((layer, row) => {
      for (let head = 0; head < header.heads[row]; head++)
        this.cells.push({ layer, head, row, place: this.cells.length });
    });
    this.selected = currentView();
    this.drawToolbar();
    this.draw();
    subscribe(this.root, "view", (view) => {
      this.selected = view;
      this.redraw();
    });
    subscribe(this.root, "off", ({ off }) => this.setOff(off[this.stack] ?? []));
    this.root.dataset.ready = `${this.stack} ${this.cells.length} ${this.measures.length}`;
  }

  colour(name) {
    if (!this.colours.has(name)) this.colours.set(name, paletteColour(this.root, name));
    return this.colours.get(name);
  }

  get measure() {
    return this.measures.find(({ id }) => id === this.mode.measure);
  }

  value(cell, measure = this.measure) {
    return measure?.values[cell.row][cell.head] ?? null;
  }

  written(cell, measure = this.measure) {
    const value = this.value(cell, measure);
    if (value === null) return "not triggered by this text";
    return measure.unit === "%" ? percent(value) : `${value.toFixed(value < 10 ? 1 : 0)} ${measure.unit}`;
  }

  drawToolbar() {
    const choice = (label, value, options, change) => {
      const select = element("select", { "aria-label": label, onchange: () => change(select.value) });
      select.append(...options.map(([id, name]) => element("option", { value: id }, name)));
      select.value = value;
      return element("label", { class: "group" }, element("span", { class: "quiet" }, label), select);
    };
    const measures = this.measures.map(({ id, label }) => [id, label]);
    const again = (change) => {
      Object.assign(this.mode, change);
      this.drawToolbar();
      this.redraw();
    };
    const groups = [
      choice("Show", this.mode.measure, [["", "small matrices"], ...measures], (measure) =>
        again({ measure, sorted: this.mode.sorted && measure !== "" }),
      ),
    ];
    if (this.mode.measure)
      groups.push(
        element(
          "button",
          { "aria-pressed": String(this.mode.sorted), onclick: () => again({ sorted: !this.mode.sorted }) },
          "Sort",
        ),
      );
    if (this.canSwitchOff) {
      groups.push(
        element(
          "button",
          {
            "aria-pressed": String(this.mode.off),
            title: "A click on a head switches it off or on again",
            onclick: () => again({ off: !this.mode.off }),
          },
          "Switch heads off",
        ),
      );
      if (this.offNow.size)
        groups.push(element("button", { onclick: () => this.askOff([]) }, `Reset (${this.offNow.size} off)`));
    }
    this.toolbar.replaceChildren(...groups);
  }

  /** Where each cell lies: layers and heads along the axes, or in order of the measure. */
  layOut() {
    const { sorted } = this.mode;
    // A list scrolls inside its frame, which stays about as high as the table, so that what is below stays in place.
    const table = tableOf(this, this.root.clientWidth - 6);
    this.frame.style.maxHeight = sorted ? `${Math.max(LOWEST_LIST, table.height + 4)}px` : "";
    const room = Math.max(260, this.frame.clientWidth - 6);
    const places = sorted ? listOf(this.cells, (cell) => this.value(cell) ?? -1, room) : tableOf(this, room);
    Object.assign(this, places);
    return places;
  }

  draw() {
    if (!this.root.isConnected || !this.cells) return;
    const size = this.layOut();
    const context = fitted(this.canvas, size.width, size.height);
    context.imageSmoothingEnabled = false;
    context.textBaseline = "middle";
    if (!this.mode.sorted) this.drawAxes(context);
    for (const box of this.boxes) this.drawCell(context, box);
    this.foot.replaceChildren(...this.remarks().map((text) => element("div", {}, text)));
  }

  drawAxes(context) {
    const step = this.size + 3;
    context.fillStyle = this.colour("quiet");
    context.font = `12px ${getComputedStyle(this.root).fontFamily}`;
    const every = step < 26 ? 2 : 1;
    const most = Math.max(...this.heads);
    const [across, down] = this.flat ? [this.layers, [...Array(most).keys()]] : [[...Array(most).keys()], this.layers];
    const [acrossName, downName] = this.flat ? ["Layer", "Head"] : ["Head", "Layer"];
    context.textAlign = "center";
    across.forEach(
      (name, place) => place % every || context.fillText(String(name), this.gutter + place * step + this.size / 2, 11),
    );
    context.textAlign = "right";
    context.fillText(acrossName, this.gutter - 10, 11);
    down.forEach(
      (name, place) =>
        place % every ||
        context.fillText(
          place === 0 ? `${downName} ${name}` : String(name),
          this.gutter - 10,
          22 + place * step + this.size / 2,
        ),
    );
  }

  drawCell(context, { cell, x, y }) {
    const { size, measure } = this;
    const off = this.offNow.has(`${cell.layer} ${cell.head}`);
    const value = this.value(cell);
    context.globalAlpha = off ? 0.25 : 1;
    if (measure && !this.mode.sorted) {
      const colours = ramp(this.colour("background"), this.colour(this.colourName));
      const step = value === null ? 0 : 3 * Math.round(255 * Math.min(1, value / measure.most));
      context.fillStyle = `rgb(${colours[step]} ${colours[step + 1]} ${colours[step + 2]})`;
      context.fillRect(x, y, size, size);
      if (size >= 30 && value !== null) {
        context.fillStyle = this.colour(value / measure.most > 0.5 ? "background" : "text");
        context.font = "11px monospace";
        context.textAlign = "center";
        context.fillText(
          measure.unit === "%" ? String(Math.round(100 * value)) : value.toFixed(1),
          x + size / 2,
          y + size / 2,
        );
      }
    } else {
      context.drawImage(this.picture(cell), x, y, size, size);
    }
    context.globalAlpha = 1;
    const chosen =
      this.selected?.stack === this.stack &&
      this.selected.layer === cell.layer &&
      this.selected.heads.includes(cell.head);
    const inHand = this.cursor?.place === cell.place;
    context.strokeStyle = this.colour(chosen ? "text" : inHand ? "query" : "line");
    context.lineWidth = chosen || inHand ? 2.5 : 1;
    context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    if (off) this.cross(context, x, y);
    if (this.mode.sorted) {
      context.fillStyle = this.colour("text");
      context.font = "11px monospace";
      context.textAlign = "center";
      context.fillText(`${cell.layer}·${cell.head}`, x + size / 2, y - 8);
      context.fillStyle = this.colour("quiet");
      context.fillText(value === null ? "–" : this.written(cell), x + size / 2, y + size + 10);
    }
  }

  cross(context, x, y) {
    context.strokeStyle = this.colour("text");
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x + 4, y + 4);
    context.lineTo(x + this.size - 4, y + this.size - 4);
    context.moveTo(x + this.size - 4, y + 4);
    context.lineTo(x + 4, y + this.size - 4);
    context.stroke();
  }

  picture(cell) {
    const name = `${cell.place} ${this.root.dataset.theme}`;
    if (!this.painted.has(name)) {
      const [, rows, columns] = this.arrays.maps.shape;
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [columns, rows];
      const context = canvas.getContext("2d");
      const image = context.createImageData(columns, rows);
      const colours = ramp(this.colour("background"), this.colour(this.colourName));
      const closed = channels(this.colour("panel"));
      const values = this.arrays.maps.subarray(cell.place * rows * columns, (cell.place + 1) * rows * columns);
      for (let place = 0; place < values.length; place++) {
        const step = 3 * values[place];
        image.data.set(
          values[place] === CLOSED ? [...closed, 255] : [colours[step], colours[step + 1], colours[step + 2], 255],
          4 * place,
        );
      }
      context.putImageData(image, 0, 0);
      this.painted.set(name, canvas);
    }
    return this.painted.get(name);
  }

  remarks() {
    const said = [];
    if (this.measure) said.push(`${this.measure.label}: ${this.measure.help}`);
    else
      said.push(
        "Each picture is one head: rows look, columns are looked at. Hover for what it does; click to open it, Shift-click to add it.",
      );
    if (this.mode.sorted)
      said.push(`Largest first, all ${this.cells.length} heads: scroll for more. 3·1 is layer 3, head 1.`);
    if (this.mode.off)
      said.push("A click switches a head off or on again; below you see what the model does without it.");
    if (this.rowsRead < this.rows)
      said.push(
        `Small matrices are drawn from ${thousands(this.rowsRead)} of ${thousands(this.rows)} looking tokens, evenly spread.`,
      );
    if (this.measuring) said.push(this.measuring);
    return said;
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return (
      this.boxes.find(
        (one) => x >= one.x - 1 && x <= one.x + this.size + 2 && y >= one.y - 1 && y <= one.y + this.size + 2,
      )?.cell ?? null
    );
  }

  over(event) {
    const cell = event && this.at(event);
    this.canvas.style.cursor = cell ? "pointer" : "default";
    if (!cell) this.tooltip.hide();
    else this.tooltip.show(event.clientX, event.clientY, ...this.about(cell));
    if (this.cursor?.place === cell?.place) return;
    this.cursor = cell;
    this.redraw();
  }

  about(cell) {
    const lines = [element("b", {}, `Layer ${cell.layer}, head ${cell.head}`)];
    const role = this.roles?.[cell.row]?.[cell.head];
    if (role) lines.push(role);
    for (const measure of this.measures) {
      const value = this.value(cell, measure);
      if (value === null || (measure.unit === "%" && value < 0.05 && measure.id !== this.mode.measure)) continue;
      lines.push(`${measure.label}: ${this.written(cell, measure)}`);
    }
    if (this.offNow.has(`${cell.layer} ${cell.head}`)) lines.push("switched off");
    return lines;
  }

  press(cell, add) {
    if (!cell) return;
    if (this.mode.off) return this.switchOff(cell);
    const same = add && this.selected?.stack === this.stack && this.selected.layer === cell.layer;
    const heads = same ? [...new Set([...this.selected.heads, cell.head])].slice(0, 12) : [cell.head];
    this.selected = { stack: this.stack, layer: cell.layer, heads };
    this.redraw();
    publish("open", this.root, this.selected);
  }

  switchOff(cell) {
    const name = `${cell.layer} ${cell.head}`;
    if (!this.offNow.delete(name)) this.offNow.add(name);
    this.askOff([...this.offNow].map((pair) => pair.split(" ").map(Number)));
  }

  /** Show which heads are off, and have the part of the page that tells what the model does without them follow. */
  askOff(off) {
    this.setOff(off);
    wantHeadsOff(this.root, this.stack, off);
  }

  setOff(off) {
    this.offNow = new Set(off.map(([layer, head]) => `${layer} ${head}`));
    this.drawToolbar();
    this.redraw();
  }

  bringIntoSight(cell) {
    const { y } = this.boxes.find((box) => box.cell.place === cell.place);
    const [top, bottom] = [y - CAPTION, y + this.size + CAPTION];
    const { frame } = this;
    frame.scrollTop = Math.min(top, Math.max(frame.scrollTop, bottom - frame.clientHeight));
  }

  keyed(event) {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (event.key in moves) {
      const step = this.size + (this.mode.sorted ? 12 : 3);
      const now = this.boxes.find(({ cell }) => cell.place === (this.cursor?.place ?? -1)) ?? this.boxes[0];
      const [across, down] = moves[event.key];
      const wanted = {
        x: now.x + across * step,
        y: now.y + down * (this.mode.sorted ? LARGEST_CELL + 2 * CAPTION : step),
      };
      const distance = (box) => Math.hypot(box.x - wanted.x, box.y - wanted.y);
      this.cursor = this.boxes.reduce((best, box) => (distance(box) < distance(best) ? box : best)).cell;
      this.spoken.textContent = this.about(this.cursor)
        .map((line) => line.textContent ?? line)
        .join(", ");
      if (this.mode.sorted) this.bringIntoSight(this.cursor);
      this.redraw();
    } else if ((event.key === "Enter" || event.key === " ") && this.cursor) this.press(this.cursor, event.shiftKey);
    else if (event.key === "x" && this.cursor && this.canSwitchOff) this.switchOff(this.cursor);
    else return;
    event.preventDefault();
  }
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new HeadGrid(root);
  root.view.load(data);
}
