// @ts-nocheck: not typed yet
// The centrepiece: lines and matrices of one layer, linked. A choice is drawn at once as far as its weights are here,
// and told to the server, which answers with what is missing.

import { paletteColour } from "../shared/colours.ts";
import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { publish, publishToken, subscribe } from "../shared/page.ts";
import { savePicture } from "../shared/saving.ts";
import { inTurn, onceAFrame, settled } from "../shared/timing.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { LinesPane } from "./lines.ts";
import { MatrixPane } from "./matrix.ts";
import { FAINTEST } from "./model.ts";
import { svgOf } from "./picture.ts";
import { Shelf } from "./shelf.ts";
import { Toolbar } from "./toolbar.ts";

export const SMALLEST_WINDOW = 8;
export const TELL_LATER = 80; // milliseconds
export const FORGOTTEN = 8000; // milliseconds after which the server is told once more
export const ASK_AGAIN = 120; // milliseconds after an answer until heads that nobody asked for are fetched

export class AttentionView {
  constructor(root) {
    this.root = root;
    this.locked = { query: null, key: null };
    this.hovered = null;
    this.number = 0; // of the visitor's last choice
    this.answered = 0; // of the last choice that the server has answered
    this.received = 0; // bytes, by all answers
    this.shelf = new Shelf();
    this.lines = new LinesPane(this);
    this.matrix = new MatrixPane(this);
    this.toolbar = new Toolbar(this);
    this.panes = element("div", { class: "panes" }, this.lines.node, this.matrix.node);
    this.foot = element("div", { class: "foot quiet" });
    this.spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
    root.append(this.toolbar.node, this.panes, this.foot, this.spoken);
    this.tooltip = tooltipOf(root);
    this.redraw = onceAFrame(() => this.draw());
    this.fetchRest = settled(ASK_AGAIN, () => this.root.isConnected && this.answered >= this.number && this.tell());
    new ResizeObserver(() => this.redraw()).observe(this.panes);
    root.onkeydown = (event) => {
      if (event.key === "Escape") this.free(); // a handler that gives back false would stop Tab and Enter
    };
  }

  /** Take a packet; an answer to an older choice than the visitor's last changes nothing of that choice. */
  load(packet, send) {
    this.send = send;
    this.bytes = packet.byteLength;
    this.received += packet.byteLength;
    if (this.theme !== this.root.dataset.theme) this.colours = new Map();
    this.theme = this.root.dataset.theme;
    const { answer, another } = this.shelf.take(packet);
    this.answered = Math.max(this.answered, answer.number);
    if (another || !this.choice || answer.number >= this.number) {
      const { stack, layer, heads, rows, columns, withoutFirst, query, key } = answer;
      this.number = Math.max(this.number, answer.number);
      this.choice = { stack, layer, heads, rows, columns, withoutFirst };
      this.locked = { query, key };
    }
    if (another) this.hovered = null;
    this.show();
    subscribe(this.root, "token", (told) => this.heard(told));
    subscribe(this.root, "open", (place) => this.open(place));
    this.tellView();
    const missing = !this.model || this.waiting || !this.model.complete;
    if (missing && this.answered >= this.number) this.fetchRest();
  }

  /** Turn to the weights that the choice asks for, if any of its heads is here; until then the picture stays. */
  show() {
    const found = this.shelf.find(this.choice);
    this.waiting = !found;
    this.root.classList.toggle("waiting", this.waiting);
    if (found) {
      const another = found !== this.model;
      this.model = found;
      if (another) this.lines.load(found);
    }
    if (!this.model) return;
    this.toolbar.refresh();
    this.redraw();
  }

  colour(name) {
    if (!this.colours.has(name)) this.colours.set(name, paletteColour(this.root, name));
    return this.colours.get(name);
  }

  /** Heads that are chosen and whose weights are here. */
  heads() {
    const here = this.choice.heads.filter((head) => this.model.byHead.has(head));
    return here.length ? here : this.model.chosen;
  }

  get zoomable() {
    return !this.model.reading.standalone && Math.max(this.model.queryCount, this.model.keyCount) > 32;
  }

  focus() {
    const none = { query: null, key: null };
    if (this.hovered) return { ...none, ...this.hovered };
    return this.locked.query !== null ? { ...none, query: this.locked.query } : none;
  }

  draw() {
    const { model } = this;
    if (!this.root.isConnected || !model) return;
    const heads = this.waiting ? model.chosen : this.heads();
    model.chosen = heads;
    const focus = this.focus();
    this.lines.draw(heads, { query: focus.query, key: focus.query === null ? focus.key : null });
    this.matrix.draw(heads, this.hovered ? focus : this.locked);
    this.foot.replaceChildren(...this.remarks(heads).map((remark) => element("div", {}, remark)));
    this.root.dataset.ready = `${model.stack} ${model.layer} ${heads.join(",")} ${model.rows} ${model.columns}`;
  }

  hover(at, event) {
    const same = this.hovered?.query === at?.query && this.hovered?.key === at?.key;
    this.hovered = at;
    if (at && event) this.tip(at, event);
    else this.tooltip.hide();
    if (same) return;
    if (at) {
      const side = at.query !== undefined ? "query" : "key";
      publishToken(this.root, this.model[`${side}Sequence`], at[side]);
    } else publishToken(this.root, null, null);
    this.redraw();
  }

  /** Another picture of the page tells of a token. */
  heard({ sequence, position }) {
    const side = sequence === this.model.querySequence ? "query" : sequence === this.model.keySequence ? "key" : null;
    this.hovered = side && position !== null ? { [side]: position } : null;
    this.redraw();
  }

  /** Another picture of the page, the grid, asks for heads to be opened. */
  open({ stack, layer, heads }) {
    if (stack === this.choice.stack) this.choose({ layer, heads });
  }

  tip({ query = null, key = null, head = null, weight = null }, event) {
    const { model } = this;
    const lines = [];
    if (query !== null && key !== null) {
      const block = weight === null && model.block > 1;
      lines.push(`${model.name("query", query, { block })} → ${model.name("key", key, { block })}`);
      const most = block ? `, the most in ${model.block} × ${model.block} tokens` : "";
      for (const shown of head === null ? this.heads() : [head]) {
        const share = weight ?? model.weight(shown, query, key);
        const said = share === null ? "cannot look" : weight === null ? model.written(share) + most : percent(share);
        lines.push(`Head ${shown}: ${said}`);
      }
    } else {
      const side = query !== null ? "query" : "key";
      lines.push(`${model.name(side, query ?? key)} ${side === "query" ? "looks" : "is looked at"}`);
      const strongest = query !== null && model.strongest(this.heads(), query);
      const several = this.heads().length > 1 ? `, the mean of ${this.heads().length} heads` : "";
      if (strongest)
        lines.push(`most at ${model.name("key", strongest[0])}: ${this.share(query, strongest[1])}${several}`);
    }
    this.tooltip.show(event.clientX, event.clientY, ...lines);
  }

  /** A weight of one token's row in words; only the kept token's row is exact where tokens are pooled. */
  share(query, weight) {
    return this.model.row?.query === query ? percent(weight) : this.model.written(weight);
  }

  /** Say a token's strongest link to a screen reader. */
  say(query) {
    const strongest = this.model.strongest(this.heads(), query);
    const where = strongest
      ? `${this.model.name("key", strongest[0])}, ${this.share(query, strongest[1])}`
      : "nothing on the screen";
    this.spoken.textContent = `${this.model.name("query", query)} looks most at ${where}`;
  }

  inWords() {
    const { model } = this;
    const heads = model.chosen;
    return `${model.stackName} layer ${model.layer}, ${heads.length === 1 ? `head ${heads[0]}` : `heads ${heads.join(", ")}`}: ${thousands(model.rowCount)} looking tokens, ${thousands(model.columnCount)} looked at`;
  }

  remarks(heads) {
    const { model, choice } = this;
    const said = [];
    if (model.block > 1) {
      const one = this.focus();
      if (one.query === null && one.key === null) {
        const links = this.lines.drawn;
        said.push(
          `Lines: the ${thousands(links.length)} strongest of ${thousands(model.possible * heads.length)} links; they carry ${percent(model.carried(heads, links))} of the attention shown.`,
        );
      }
      said.push(
        `Matrix: an overview in which each cell shows the largest weight of ${model.block} × ${model.block} tokens. Drag over a part of it to see every pair.`,
      );
    } else
      said.push(
        `Links under ${percent(FAINTEST)} are too faint to draw. Hover a token, a line or a cell; click one to keep it.`,
      );
    if (choice.withoutFirst)
      said.push(
        `Left out: lines to the first token, which gets ${percent(model.onFirst(heads))} of the attention on average.`,
      );
    return said;
  }

  save(kind) {
    const heads = this.heads();
    savePicture(
      kind,
      `${this.model.stack}-layer${this.model.layer}-head${heads.join("-")}`,
      svgOf(this, heads, this.focus()),
    );
  }

  /** Change the choice, draw what can be drawn of it at once, and tell the server. */
  choose(change) {
    const another = change.stack && change.stack !== this.choice.stack;
    Object.assign(this.choice, change);
    if (another)
      this.root.classList.add("waiting"); // which layer opens there is for the server to say
    else this.show();
    this.toolbar.refresh();
    this.redraw();
    if (!this.model.reading.standalone) this.tell(another || this.waiting ? 0 : TELL_LATER);
  }

  /** Count a choice, and tell the server at once or, where it has nothing to add, when no other follows on its heels. */
  tell(later = 0) {
    this.number += 1;
    this.tellView();
    clearTimeout(this.telling);
    const now = () => inTurn(() => this.sendChoice(), { urgent: true });
    if (later) this.telling = setTimeout(now, later);
    else now();
  }

  sendChoice() {
    clearTimeout(this.reminder);
    if (!this.root.isConnected) return;
    this.reminder = setTimeout(() => this.answered < this.number && this.tell(), FORGOTTEN);
    this.send({ ...this.choice, ...this.locked, number: this.number, holds: this.shelf.holds() });
  }

  /** Let the other pictures of the page know where the visitor looks, and whether the server knows it. */
  tellView() {
    publish("view", this.root, { ...this.choice, ...this.locked, answered: this.answered >= this.number });
  }

  lock({ query = null, key = null }) {
    if (query === null && key !== null) {
      this.locked =
        this.locked.key === key && this.locked.query === null
          ? { query: null, key: null }
          : { query: this.locked.query, key };
    } else {
      const again = this.locked.query === query && (key === null || this.locked.key === key);
      this.locked = again ? { query: null, key: null } : { query, key };
    }
    this.hovered = null;
    publishToken(this.root, this.model.querySequence, this.locked.query, true);
    this.choose({});
  }

  free() {
    this.hovered = null;
    this.tooltip.hide();
    if (this.locked.query !== null || this.locked.key !== null)
      this.lock({ query: this.locked.query, key: this.locked.key });
    else this.redraw();
  }

  zoom(factor, query = null, key = null) {
    const { model } = this;
    const around = (range, count, at) => {
      const size = Math.max(SMALLEST_WINDOW, Math.min(count, Math.round((range[1] - range[0]) * factor)));
      const middle = at ?? (range[0] + range[1]) / 2;
      return within(middle - size / 2, size, count);
    };
    this.zoomTo(around(this.choice.rows, model.queryCount, query), around(this.choice.columns, model.keyCount, key));
  }

  zoomTo(rows, columns) {
    const { model } = this;
    const large = (range, count) =>
      within(range[0], Math.max(Math.min(SMALLEST_WINDOW, count), range[1] - range[0]), count);
    this.choose({ rows: large(rows, model.queryCount), columns: large(columns, model.keyCount) });
  }

  zoomOut() {
    this.choose({ rows: [0, this.model.queryCount], columns: [0, this.model.keyCount] });
  }

  /** Show the same extent around another place. */
  centre(query, key) {
    const { model, choice } = this;
    const sizes = [choice.rows[1] - choice.rows[0], choice.columns[1] - choice.columns[0]];
    this.pending = {
      rows: within(query - sizes[0] / 2, sizes[0], model.queryCount),
      columns: within(key - sizes[1] / 2, sizes[1], model.keyCount),
    };
    this.sendPending ??= settled(80, () => this.choose(this.pending));
    this.sendPending();
  }

  move(down, across) {
    const { rows, columns } = this.choice;
    this.centre((rows[0] + rows[1]) / 2 + down, (columns[0] + columns[1]) / 2 + across);
  }
}

export function within(start, size, count) {
  const first = Math.max(0, Math.min(count - size, Math.round(start)));
  return [first, Math.min(count, first + size)];
}

export function mount({ parentElement, data, setStateValue }) {
  const root = rootOf(parentElement);
  root.view ??= new AttentionView(root);
  root.view.load(data, (choice) => setStateValue("choice", choice));
}
