// The centrepiece: lines and matrices of one layer, linked. A choice is drawn at once as far as its weights are here,
// and told to the server, which answers with what is missing.

import { paletteColour } from "../shared/colours.ts";
import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { AttentionChoice, AttentionSends } from "../shared/generated/messages.ts";
import { onEscape } from "../shared/keyboard.ts";
import { type PageEvents, publish, publishToken, subscribe } from "../shared/page.ts";
import { type PictureKind, savePicture } from "../shared/saving.ts";
import { inTurn, onceAFrame, settled } from "../shared/timing.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { Choices, type Focus, keptAfter, NO_FOCUS, type Place, type Side } from "./choice.ts";
import { LinesPane } from "./lines.ts";
import { MatrixPane } from "./matrix.ts";
import type { AttentionModel } from "./model.ts";
import { svgOf } from "./picture.ts";
import { around, largeEnough, type Range, zoomed } from "./ranges.ts";
import { Shelf } from "./shelf.ts";
import { Toolbar } from "./toolbar.ts";
import { type Pointed, remarksOn, spokenOf, tooltipLines } from "./words.ts";

const TELL_LATER = 80; // milliseconds
const FORGOTTEN = 8000; // milliseconds after which the server is told once more
const ASK_AGAIN = 120; // milliseconds after an answer until heads that nobody asked for are fetched
const ZOOMED_FROM = 32; // tokens that a text has at least to be shown in parts

type Send = (choice: AttentionChoice) => void;

export class AttentionView {
  readonly root: HTMLElement;
  /** What is drawn; nothing until its first weights are here. */
  model: AttentionModel | null = null;
  /** The theme that the colours are of. */
  theme = "";
  /** Bytes of the last answer, and of all. */
  bytes = 0;
  received = 0;
  /** Redraw with the next frame. */
  readonly redraw = onceAFrame(() => this.draw());
  private readonly choices = new Choices();
  private readonly shelf = new Shelf();
  private readonly lines: LinesPane;
  private readonly matrix: MatrixPane;
  private readonly toolbar: Toolbar;
  private readonly foot = element("div", { class: "foot quiet" });
  private readonly spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
  private readonly tooltip: Tooltip;
  private readonly colours = new Map<string, string>();
  private pointed: Pointed | null = null;
  /** True while nothing of what is chosen is here, so that what was drawn before stays. */
  private waiting = false;
  private send: Send = () => {};
  private telling: ReturnType<typeof setTimeout> | undefined;
  private reminder: ReturnType<typeof setTimeout> | undefined;
  private readonly fetchRest = settled(ASK_AGAIN, () => {
    if (this.root.isConnected && this.choices.known) this.tell();
  });
  private readonly chooseLater = settled(TELL_LATER, (change: Partial<Place>) => this.choose(change));

  constructor(root: HTMLElement) {
    this.root = root;
    this.lines = new LinesPane(this);
    this.matrix = new MatrixPane(this);
    this.toolbar = new Toolbar(this);
    const panes = element("div", { class: "panes" }, this.lines.node, this.matrix.node);
    root.append(this.toolbar.node, panes, this.foot, this.spoken);
    this.tooltip = tooltipOf(root);
    new ResizeObserver(() => this.redraw()).observe(panes);
    onEscape(root, () => this.free());
  }

  /** Take a packet; an answer to an older choice than the visitor's last changes nothing of that choice. */
  load(packet: Uint8Array, send: Send): void {
    this.send = send;
    this.bytes = packet.byteLength;
    this.received += packet.byteLength;
    const { theme = "" } = this.root.dataset;
    if (this.theme !== theme) this.colours.clear();
    this.theme = theme;
    const { answer, another } = this.shelf.take(packet);
    this.choices.take(answer, another);
    if (another) this.pointed = null;
    this.show();
    subscribe(this.root, "token", (told) => this.pointAt(told));
    subscribe(this.root, "open", (place) => this.open(place));
    this.tellView();
    const missing = this.waiting || !this.model?.complete;
    if (missing && this.choices.known) this.fetchRest();
  }

  /** Where the visitor looks. */
  get choice(): Place {
    return this.choices.place;
  }

  /** The tokens that were clicked. */
  get kept(): Focus {
    return this.choices.kept;
  }

  /** Turn to the weights that the choice asks for, if any of its heads is here; until then the picture stays. */
  private show(): void {
    const found = this.shelf.find(this.choice);
    this.waiting = !found;
    this.root.classList.toggle("waiting", this.waiting);
    if (found && found !== this.model) this.lines.load(found);
    this.model = found ?? this.model;
    if (this.model) this.toolbar.refresh(this.model);
    this.redraw();
  }

  /** A colour of the palette. */
  colour(name: string): string {
    const known = this.colours.get(name) ?? paletteColour(this.root, name);
    this.colours.set(name, known);
    return known;
  }

  /** Heads that are chosen and whose weights are here. */
  private heads(model: AttentionModel): number[] {
    const here = this.choice.heads.filter((head) => model.byHead.has(head));
    return here.length ? here : model.chosen;
  }

  /** True if parts of the text can be shown. */
  get zoomable(): boolean {
    const { model } = this;
    if (!model || model.reading.standalone) return false;
    return Math.max(model.queryCount, model.keyCount) > ZOOMED_FROM;
  }

  /** What is pointed at or, where nothing is, the token that is kept. */
  focus(): Focus {
    return this.pointed ?? { query: this.kept.query, key: null };
  }

  private draw(): void {
    const { model } = this;
    if (!this.root.isConnected || !model) return;
    const heads = this.waiting ? model.chosen : this.heads(model);
    model.chosen = heads;
    const focus = this.focus();
    this.lines.draw(heads, { query: focus.query, key: focus.query === null ? focus.key : null });
    this.matrix.draw(model, heads, this.pointed ?? this.kept);
    const remarks = remarksOn(model, heads, focus, this.lines.drawn, this.choice.withoutFirst);
    this.foot.replaceChildren(...remarks.map((remark) => element("div", {}, remark)));
    const { stack, layer, rows, columns } = model.part;
    this.root.dataset.ready = `${stack} ${layer} ${heads.join(",")} ${rows} ${columns}`;
  }

  /** Point at something, or at nothing; an event says where the tooltip is to stand. */
  hover(at: Pointed | null, event?: MouseEvent): void {
    const { model } = this;
    if (!model) return;
    const same = this.pointed?.query === at?.query && this.pointed?.key === at?.key;
    this.pointed = at;
    if (at && event) this.tooltip.show(event.clientX, event.clientY, ...tooltipLines(model, this.heads(model), at));
    else this.tooltip.hide();
    if (same) return;
    const side: Side = at?.query !== null ? "query" : "key";
    publishToken(this.root, at ? model.sequence(side) : null, at ? at[side] : null);
    this.redraw();
  }

  /** Another picture of the page points at a token. */
  private pointAt({ sequence, position }: PageEvents["token"]): void {
    const { model } = this;
    if (!model) return;
    const side = (["query", "key"] as const).find((one) => model.sequence(one) === sequence);
    this.pointed = side && position !== null ? { ...NO_FOCUS, [side]: position } : null;
    this.redraw();
  }

  /** Another picture of the page, the grid, asks for heads to be opened. */
  private open({ stack, layer, heads }: PageEvents["open"]): void {
    if (stack === this.choice.stack) this.choose({ layer, heads });
  }

  /** Say a token's strongest link to a screen reader. */
  say(query: number): void {
    if (this.model) this.spoken.textContent = spokenOf(this.model, this.heads(this.model), query);
  }

  save(kind: PictureKind): void {
    const { model, matrix } = this;
    const lines = this.lines.layout;
    if (!model || !lines) return;
    const heads = this.heads(model);
    const svg = svgOf({
      lines,
      heads,
      focus: this.focus(),
      withoutFirst: this.choice.withoutFirst,
      matrix: {
        href: matrix.canvas.toDataURL("image/png"),
        width: matrix.canvas.clientWidth,
        height: matrix.canvas.clientHeight,
      },
      colour: (name) => this.colour(name),
    });
    savePicture(kind, `${model.part.stack}-layer${model.part.layer}-head${heads.join("-")}`, svg);
  }

  /** Change the choice, draw what can be drawn of it at once, and tell the server. */
  choose(change: Partial<Place>): void {
    const another = change.stack !== undefined && change.stack !== this.choice.stack;
    Object.assign(this.choice, change);
    if (another)
      this.root.classList.add("waiting"); // which layer opens there is for the server to say
    else this.show();
    if (this.model) this.toolbar.refresh(this.model);
    this.redraw();
    if (!this.model?.reading.standalone) this.tell(another || this.waiting ? 0 : TELL_LATER);
  }

  /** Count a choice, and tell the server: at once, or when no other has followed for some milliseconds. */
  private tell(later = 0): void {
    this.choices.number += 1;
    this.tellView();
    clearTimeout(this.telling);
    const now = () => inTurn(() => this.sendChoice(), { urgent: true });
    if (later) this.telling = setTimeout(now, later);
    else now();
  }

  private sendChoice(): void {
    clearTimeout(this.reminder);
    if (!this.root.isConnected) return;
    this.reminder = setTimeout(() => {
      if (!this.choices.known) this.tell();
    }, FORGOTTEN);
    this.send({ ...this.choice, ...this.kept, number: this.choices.number, holds: this.shelf.holds() });
  }

  /** Let the other pictures of the page know where the visitor looks, and whether the server knows it. */
  private tellView(): void {
    publish("view", this.root, { ...this.choice, ...this.kept, answered: this.choices.known });
  }

  /** Keep what was clicked, or let it go if it was kept. */
  keep(clicked: Focus): void {
    if (!this.model) return;
    this.choices.kept = keptAfter(this.kept, clicked);
    this.pointed = null;
    publishToken(this.root, this.model.sequence("query"), this.kept.query, true);
    this.choose({});
  }

  /** Let go what is kept or pointed at. */
  free(): void {
    this.pointed = null;
    this.tooltip.hide();
    if (this.kept.query !== null || this.kept.key !== null) this.keep(this.kept);
    else this.redraw();
  }

  /** Show more or less of the text, around a token or the middle. */
  zoom(factor: number, { query, key }: Focus): void {
    const { model, choice } = this;
    if (!model) return;
    this.zoomTo(
      zoomed(choice.rows, factor, model.queryCount, query),
      zoomed(choice.columns, factor, model.keyCount, key),
    );
  }

  zoomTo(rows: Range, columns: Range): void {
    const { model } = this;
    if (!model) return;
    this.choose({ rows: largeEnough(rows, model.queryCount), columns: largeEnough(columns, model.keyCount) });
  }

  zoomOut(): void {
    const { model } = this;
    if (model) this.choose({ rows: [0, model.queryCount], columns: [0, model.keyCount] });
  }

  /** Show the same extent around another place. */
  centre(query: number, key: number): void {
    const { model, choice } = this;
    if (!model) return;
    this.chooseLater({
      rows: around(query, choice.rows, model.queryCount),
      columns: around(key, choice.columns, model.keyCount),
    });
  }

  move(down: number, across: number): void {
    const { rows, columns } = this.choice;
    this.centre((rows[0] + rows[1]) / 2 + down, (columns[0] + columns[1]) / 2 + across);
  }
}

export function mount({ parentElement, data, setStateValue }: Mounted<Uint8Array, AttentionSends>): void {
  const view = viewOf(rootOf(parentElement), (root) => new AttentionView(root));
  view.load(data, (choice) => setStateValue("choice", choice));
}
