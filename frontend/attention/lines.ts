// @ts-nocheck: not typed yet
// Tokens that look on the left, tokens looked at on the right, and a line for each weight between them.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { FAINTEST } from "./model.ts";

export const SIDES = ["query", "key"];

export class LinesPane {
  constructor(view) {
    this.view = view;
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.lists = {
      query: element("div", {
        class: "list query-list",
        tabindex: 0,
        role: "listbox",
        "aria-label": "Tokens that look",
      }),
      key: element("div", { class: "list key-list", role: "list", "aria-label": "Tokens looked at" }),
    };
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
      this.lists[side].onmousemove = (event) => view.hover({ [side]: this.positionAt(side, event) }, event);
      this.lists[side].onclick = (event) => view.lock({ [side]: this.positionAt(side, event) });
    }
  }

  /** Lay out the tokens of another part of the text. */
  load(model) {
    this.model = model;
    const shape = JSON.stringify([
      model.reading.id,
      model.querySequence,
      model.keySequence,
      model.rows,
      model.columns,
      model.detailed,
    ]);
    if (shape === this.shape) return;
    this.shape = shape;
    const longest = Math.max(model.rowCount, model.columnCount);
    this.height = model.detailed ? Math.round(longest * Math.max(17, Math.min(30, 760 / longest))) : 640;
    for (const side of SIDES) this.fill(side);
  }

  fill(side) {
    const { model } = this;
    const [start, end] = side === "query" ? model.rows : model.columns;
    const row = this.height / (end - start);
    const list = this.lists[side];
    list.style.height = `${this.height}px`;
    this.chips ??= {};
    this.chips[side] = new Map();
    const items = [];
    const step = model.detailed ? 1 : model.rulerSteps[side === "query" ? 0 : 1];
    for (let position = start; position < end; position += step) {
      const token = side === "query" ? model.queryToken(position) : model.keyToken(position);
      const made = chip(token, { title: token.r === token.t ? null : `raw: ${token.r}` });
      if (!model.detailed) made.prepend(element("span", { class: "position" }, `${position} `));
      const number = element("span", { class: "share" });
      const item = element("div", {
        class: "item",
        role: side === "query" ? "option" : "listitem",
        style: { height: `${row * step}px` },
      });
      item.append(...(side === "query" ? [number, made] : [made, number]));
      made.style.fontSize = `${Math.max(11, Math.min(15, row * step * 0.52))}px`;
      if (model.detailed) this.chips[side].set(position, { made, number, item });
      items.push(item);
    }
    list.replaceChildren(...items);
    list.classList.toggle("ruler", !model.detailed);
  }

  positionAt(side, event) {
    const [start, end] = side === "query" ? this.model.rows : this.model.columns;
    const box = this.lists[side].getBoundingClientRect();
    const place = Math.floor(((event.clientY - box.top) / box.height) * (end - start));
    return start + Math.max(0, Math.min(end - start - 1, place));
  }

  y(side, position) {
    const [start, end] = side === "query" ? this.model.rows : this.model.columns;
    return ((position - start + 0.5) / (end - start)) * this.height;
  }

  /** How far a head's lines run above or below the middle of a token, so that those of several heads lie side by side. */
  lane(heads, head) {
    if (heads.length === 1 || !this.model.detailed) return 0;
    const row = this.height / Math.max(this.model.rowCount, this.model.columnCount);
    return (heads.indexOf(head) - (heads.length - 1) / 2) * Math.min(4, (0.7 * row) / heads.length);
  }

  draw(heads, focus) {
    const { model, view } = this;
    const width = Math.max(40, this.node.clientWidth - this.lists.query.offsetWidth - this.lists.key.offsetWidth);
    const context = fitted(this.canvas, width, this.height);
    const shown = model.links(heads, { query: focus.query, key: focus.key, withoutFirst: view.choice.withoutFirst });
    this.drawn = shown;
    this.headsDrawn = heads;
    this.focus = focus;
    const single = focus.query !== null || focus.key !== null;
    context.lineCap = "round";
    for (const [head, query, key, weight] of shown) {
      context.strokeStyle = view.colour(model.colourName(head));
      context.globalAlpha = Math.min(1, single ? 0.15 + 0.85 * weight : 0.04 + 0.96 * weight);
      context.lineWidth = 1 + 3.5 * weight;
      const lane = this.lane(heads, head);
      const [from, to] = [this.y("query", query) + lane, this.y("key", key) + lane];
      context.beginPath();
      context.moveTo(0, from);
      context.bezierCurveTo(width * 0.45, from, width * 0.55, to, width, to);
      context.stroke();
    }
    context.globalAlpha = 1;
    this.mark(heads, focus, shown);
  }

  /** Light the chips: the token in focus, and behind those at the other end one band a head, as strong as its weight. */
  mark(heads, focus, shown) {
    const { model, view } = this;
    const single = focus.query !== null || focus.key !== null;
    for (const side of SIDES) {
      const other = side === "query" ? "key" : "query";
      const bands = new Map();
      if (focus[other] !== null)
        for (const link of shown) {
          const position = link[side === "query" ? 1 : 2];
          if (!bands.has(position)) bands.set(position, new Map());
          bands.get(position).set(link[0], link[3]);
        }
      for (const [position, { made, number, item }] of this.chips[side]) {
        const weights = bands.get(position);
        const inFocus = focus[side] === position;
        made.classList.toggle("lit", inFocus);
        made.classList.toggle("locked", view.locked[side] === position);
        item.classList.toggle("dim", single && !inFocus && !weights);
        item.setAttribute("aria-selected", String(inFocus));
        const mean = weights ? [...weights.values()].reduce((sum, weight) => sum + weight, 0) / heads.length : 0;
        number.textContent = weights && mean >= FAINTEST ? percent(mean) : "";
        made.style.background = weights ? this.banded(heads, weights) : "";
      }
    }
  }

  banded(heads, weights) {
    const share = 100 / heads.length;
    const stops = heads.map((head, place) => {
      const strength = Math.round(58 * (weights.get(head) ?? 0));
      const colour = `color-mix(in srgb, var(--${this.model.colourName(head)}) ${strength}%, var(--panel))`;
      return `${colour} ${place * share}% ${(place + 1) * share}%`;
    });
    return `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  /** The line nearest to the pointer, if one is near. */
  overLine(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const height = event.clientY - box.top;
    const ease = 3 * share ** 2 - 2 * share ** 3;
    let best = null;
    let nearest = 7;
    for (const link of this.drawn ?? []) {
      const from = this.y("query", link[1]);
      const lane = this.lane(this.headsDrawn, link[0]);
      const distance = Math.abs(lane + from + (this.y("key", link[2]) - from) * ease - height);
      if (distance < nearest || (distance === nearest && link[3] > best[3])) [best, nearest] = [link, distance];
    }
    const weight = best && this.model.exactLinks(this.focus) ? best[3] : null;
    this.view.hover(best ? { query: best[1], key: best[2], head: best[0], weight } : null, event);
  }

  keyed(event) {
    const { view, model } = this;
    const moves = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -10,
      PageDown: 10,
      Home: -model.queryCount,
      End: model.queryCount,
    };
    const now = view.focus().query;
    if (event.key in moves) {
      const start = now ?? (moves[event.key] > 0 ? model.rows[0] - 1 : model.rows[1]);
      const next = Math.max(model.rows[0], Math.min(model.rows[1] - 1, start + moves[event.key]));
      view.hover({ query: next });
      view.say(next);
    } else if ((event.key === "Enter" || event.key === " ") && now !== null) view.lock({ query: now });
    else if (event.key === "Escape") view.free();
    else return;
    event.preventDefault();
  }
}
