// Tokens that look on the left, tokens looked at on the right, and a line for each weight between them.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { type Share, written } from "../shared/half_percents.ts";
import { presses } from "../shared/keyboard.ts";
import { chip } from "../shared/tokens.ts";
import type { AttentionView } from "./attention.ts";
import { type Focus, NO_FOCUS, type Side } from "./choice.ts";
import { LinesLayout } from "./lines_layout.ts";
import type { AttentionModel, Link } from "./model.ts";
import { tokenAfter } from "./moves.ts";

const SIDES = ["query", "key"] as const;

/** A token that is written out. */
interface WrittenToken {
  item: HTMLElement;
  chip: HTMLElement;
  share: HTMLElement;
}

export class LinesPane {
  readonly node: HTMLElement;
  /** The links that are drawn. */
  drawn: Link[] = [];
  /** Where everything lies, once there is something. */
  layout: LinesLayout | null = null;
  private readonly view: AttentionView;
  private readonly canvas = element("canvas", { "aria-hidden": "true" });
  private readonly lists = {
    query: element("div", {
      class: "list query-list",
      tabindex: 0,
      role: "listbox",
      "aria-label": "Tokens that look",
    }),
    key: element("div", { class: "list key-list", role: "list", "aria-label": "Tokens looked at" }),
  };
  /** By position, the tokens that are written out. */
  private readonly tokens = { query: new Map<number, WrittenToken>(), key: new Map<number, WrittenToken>() };
  private shape = "";
  private heads: readonly number[] = [];
  private focus: Focus = NO_FOCUS;

  constructor(view: AttentionView) {
    this.view = view;
    this.node = element(
      "div",
      { class: "lines", role: "group", "aria-label": "Lines from looking tokens to tokens looked at" },
      element("div", { class: "axis query" }, "looks"),
      element("div"),
      element("div", { class: "axis key" }, "is looked at"),
      this.lists.query,
      this.canvas,
      this.lists.key,
    );
    this.lists.query.onkeydown = (event) => this.keyed(event);
    this.node.onmouseleave = () => view.hover(null);
    this.canvas.onmousemove = (event) => this.overLine(event);
    this.canvas.onmouseleave = () => view.hover(null);
    for (const side of SIDES) {
      const at = (event: MouseEvent): Focus => ({ ...NO_FOCUS, [side]: this.positionAt(side, event) });
      this.lists[side].onmousemove = (event) => view.hover(at(event), event);
      this.lists[side].onclick = (event) => view.keep(at(event));
    }
  }

  /** Lay out the tokens of another part of the text. */
  load(model: AttentionModel): void {
    this.layout = new LinesLayout(model);
    const { querySequence, keySequence, rows, columns } = model.part;
    const shape = JSON.stringify([model.reading.id, querySequence, keySequence, rows, columns, model.detailed]);
    if (shape === this.shape) return;
    this.shape = shape;
    for (const side of SIDES) this.fill(this.layout, side);
  }

  private fill(layout: LinesLayout, side: Side): void {
    const { model } = layout;
    const list = this.lists[side];
    list.style.height = `${layout.height}px`;
    this.tokens[side].clear();
    const items = [];
    const [start, end] = model.range(side);
    const step = model.rulerStep(side);
    const height = layout.row(side) * step;
    for (let position = start; position < end; position += step) {
      const token = model.token(side, position);
      const made = chip(token, { title: token.r === token.t ? null : `raw: ${token.r}` });
      if (!model.detailed) made.prepend(element("span", { class: "position" }, `${position} `));
      made.style.fontSize = `${Math.max(11, Math.min(15, height * 0.52))}px`;
      const share = element("span", { class: "share" });
      const role = side === "query" ? "option" : "listitem";
      const item = element("div", { class: "item", role, style: { height: `${height}px` } });
      item.append(...(side === "query" ? [share, made] : [made, share]));
      if (model.detailed) this.tokens[side].set(position, { item, chip: made, share });
      items.push(item);
    }
    list.replaceChildren(...items);
    list.classList.toggle("ruler", !model.detailed);
  }

  private positionAt(side: Side, event: MouseEvent): number | null {
    const box = this.lists[side].getBoundingClientRect();
    return this.layout?.positionAt(side, (event.clientY - box.top) / box.height) ?? null;
  }

  draw(heads: readonly number[], focus: Focus): void {
    const { layout, view } = this;
    if (!layout) return;
    const { model } = layout;
    const width = Math.max(40, this.node.clientWidth - this.lists.query.offsetWidth - this.lists.key.offsetWidth);
    const context = fitted(this.canvas, width, layout.height);
    this.drawn = model.links(heads, focus, view.choice.withoutFirst);
    this.heads = heads;
    this.focus = focus;
    const faintest = focus.query !== null || focus.key !== null ? 0.15 : 0.04;
    context.lineCap = "round";
    for (const { head, query, key, weight } of this.drawn) {
      context.strokeStyle = view.colour(model.colourName(head));
      context.globalAlpha = Math.min(1, faintest + (1 - faintest) * weight);
      context.lineWidth = 1 + 3.5 * weight;
      const lane = layout.lane(heads, head);
      const [from, to] = [layout.y("query", query) + lane, layout.y("key", key) + lane];
      context.beginPath();
      context.moveTo(0, from);
      context.bezierCurveTo(width * 0.45, from, width * 0.55, to, width, to);
      context.stroke();
    }
    context.globalAlpha = 1;
    for (const side of SIDES) this.mark(model, side);
  }

  /** Light the token in focus, and behind those at the other end one band a head, as strong as its weight. */
  private mark(model: AttentionModel, side: Side): void {
    const { heads, focus, view } = this;
    const single = focus.query !== null || focus.key !== null;
    const bands = this.bands(side);
    for (const [position, { item, chip: made, share }] of this.tokens[side]) {
      const weights = bands.get(position);
      const mean = weights && this.meanWith(model, side, position);
      const inFocus = focus[side] === position;
      made.classList.toggle("lit", inFocus);
      made.classList.toggle("locked", view.kept[side] === position);
      item.classList.toggle("dim", single && !inFocus && !weights);
      item.setAttribute("aria-selected", String(inFocus));
      share.textContent = mean ? written(mean) : "";
      made.style.background = weights ? banded(model, heads, weights) : "";
    }
  }

  /** The mean weight between the token in focus and one of the other side: of all heads, those without a line too. */
  private meanWith(model: AttentionModel, side: Side, position: number): Share | null {
    const query = side === "query" ? position : this.focus.query;
    const key = side === "key" ? position : this.focus.key;
    return query === null || key === null ? null : model.mean(this.heads, query, key);
  }

  /** By position and head, the weights between the token in focus and those of the other side. */
  private bands(side: Side): Map<number, Map<number, number>> {
    const bands = new Map<number, Map<number, number>>();
    if (this.focus[side === "query" ? "key" : "query"] === null) return bands;
    for (const link of this.drawn) {
      const weights = bands.get(link[side]) ?? new Map<number, number>();
      bands.set(link[side], weights.set(link.head, link.weight));
    }
    return bands;
  }

  private overLine(event: MouseEvent): void {
    const { layout } = this;
    if (!layout) return;
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const best = layout.nearest(this.drawn, this.heads, share, event.clientY - box.top);
    const exact = best && layout.model.exactLinks(this.focus);
    this.view.hover(best && { ...best, weight: exact ? best.weight : null }, event);
  }

  private keyed(event: KeyboardEvent): void {
    const { view, layout } = this;
    if (!layout) return;
    const now = view.focus().query;
    const next = tokenAfter(event.key, now, layout.model.range("query"));
    if (next !== null) {
      view.hover({ ...NO_FOCUS, query: next });
      view.say(next);
    } else if (presses(event.key) && now !== null) view.keep({ ...NO_FOCUS, query: now });
    else return;
    event.preventDefault();
  }
}

function banded(model: AttentionModel, heads: readonly number[], weights: ReadonlyMap<number, number>): string {
  const share = 100 / heads.length;
  const stops = heads.map((head, place) => {
    const strength = Math.round(58 * (weights.get(head) ?? 0));
    const colour = `color-mix(in srgb, var(--${model.colourName(head)}) ${strength}%, var(--panel))`;
    return `${colour} ${place * share}% ${(place + 1) * share}%`;
  });
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
