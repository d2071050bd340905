// @ts-nocheck: not typed yet
// An attention block, open: queries, keys and values as strips, the matrix with its mask, and the mixed values.

import { fitted, hatching } from "../shared/canvas.ts";
import { channels } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import { HEAD } from "./layout.ts";
import { percentile } from "./painting.ts";
import { CanvasPen } from "./pens.ts";
import { shortened } from "./saving.ts";

/** Rows of the panel: in line with the picture's own if each token has one there, else rows of its own. */
export function rowsOf(panel, detail, which) {
  const { layout } = panel.view.stage;
  const sequence = which === "key" && panel.column.stack === "cross" ? "source" : panel.column.sequence;
  const own = !panel.view.header.sequences[sequence].pooled;
  const positions = detail[`${which}Positions`];
  const height = own ? layout.row : Math.max(15, Math.min(22, Math.floor(400 / positions.length)));
  const y = (place) => (own ? layout.y(sequence, positions[place]) : HEAD + 20 + (place + 0.5) * height);
  return { sequence, positions, height, y, tokens: detail[`${which}Tokens`], own };
}

export function fillAttention(panel, detail, arrays) {
  const { view } = panel;
  panel.tools.replaceChildren(headChoice(panel, detail));
  const queries = rowsOf(panel, detail, "query");
  const keys = rowsOf(panel, detail, "key");
  const width = panel.node.clientWidth || panel.width(view.room());
  const canvas = element("canvas", { class: "inside", role: "img", "aria-label": detail.caption });
  const bottom = Math.max(queries.y(queries.positions.length - 1), keys.y(keys.positions.length - 1)) + 64;
  const drawing = new AttentionInside(panel, {
    detail,
    arrays,
    queries,
    keys,
    width,
    height: Math.max(bottom, view.stage.layout.height - 8),
    canvas,
  });
  panel.inside = drawing;
  panel.tell(`${detail.caption} ${detail.note}`);
  panel.body.replaceChildren(canvas);
  drawing.draw();
}

export function headChoice(panel, detail) {
  const { view } = panel;
  const select = element(
    "select",
    { "aria-label": "Head", onchange: () => view.choose({ head: Number(select.value) }) },
    Array.from({ length: detail.heads }, (_, head) => element("option", { value: head }, `Head ${head}`)),
  );
  select.value = detail.head;
  select.disabled = view.header.standalone;
  return select;
}

export class AttentionInside {
  constructor(panel, given) {
    Object.assign(this, given, { panel, view: panel.view, colours: panel.view.stage.colours });
    this.vectors = Boolean(this.arrays["d.query"]);
    const count = this.keys.positions.length;
    const strips = this.vectors ? Math.max(44, Math.min(84, this.width * 0.12)) : 0;
    this.names = this.width < 520 ? 56 : 84;
    const left = this.names + 10;
    this.places = { key: left, query: left + strips + 10 };
    const matrix = this.vectors ? left + 2 * (strips + 10) + 6 : left;
    const room = this.width - matrix - 16 - (this.vectors ? 2 * (strips + 14) : 0);
    this.cell = Math.max(3, Math.min(this.queries.height, room / count));
    this.places.matrix = matrix;
    this.places.value = matrix + this.cell * count + 14;
    this.places.mixed = this.places.value + strips + 14;
    this.strips = strips;
    this.pictures = new Map();
    this.closed = this.queries.positions.map((_, query) => this.runs(query));
    canvasSetup(this);
  }

  /** From where to where the mask closes a row of the matrix. */
  runs(query) {
    const found = [];
    this.keys.positions.forEach((_, key) => {
      if (this.weight(query, key) !== null) return;
      if (found.at(-1)?.[1] === key) found.at(-1)[1] = key + 1;
      else found.push([key, key + 1]);
    });
    return found;
  }

  /** Numbers as a picture of one pixel each, made once: a row of it is drawn in one stroke, and following a token stays cheap. */
  pictureOf(name) {
    if (!this.pictures.has(name))
      this.pictures.set(name, name === "weights" ? this.weightPicture() : this.vectorPicture(this.arrays[`d.${name}`]));
    return this.pictures.get(name);
  }

  vectorPicture(numbers) {
    const largest = percentile(numbers, 0.97);
    const { painter } = this.view.stage;
    return picture(numbers.shape[1], numbers.shape[0], (place) => [...painter.tinted(numbers[place] / largest), 255]);
  }

  weightPicture() {
    const count = this.keys.positions.length;
    const [own, quiet] = [channels(this.colours[this.panel.column.stack]), channels(this.colours.quiet)];
    return picture(count, this.queries.positions.length, (place) => {
      const weight = this.weight(Math.floor(place / count), place % count);
      if (weight === null) return [0, 0, 0, 0];
      // A faint ground shows the cells that hold nothing; over it lies the weight.
      const [ground, ink] = [0.07 * (1 - weight), weight];
      const both = ground + ink;
      return [...own.map((part, channel) => (part * ink + quiet[channel] * ground) / both), 255 * both];
    });
  }

  /** The token whose row is followed: the one lit, else the one chosen. */
  row() {
    const lit = this.view.lit();
    const { sequence, positions, own } = this.queries;
    const position =
      lit && own && lit.sequence === sequence
        ? this.view.header.sequences[sequence].rows[lit.row].p
        : this.detail.query;
    return Math.max(0, positions.indexOf(position));
  }

  draw() {
    const context = fitted(this.canvas, this.width, this.height);
    context.imageSmoothingEnabled = false;
    const pen = new CanvasPen(context);
    const { colours, arrays, queries, keys, places, strips } = this;
    const chosen = this.row();
    this.chosen = chosen;
    const count = keys.positions.length;
    const weights = Array.from({ length: count }, (_, key) => this.weight(chosen, key));
    const heads = queries.y(0) - queries.height / 2 - 10;
    const keyHead = keys.y(0) - keys.height / 2 - 10;
    if (this.vectors) {
      this.vectorColumn(pen, "key", keys, places.key, keyHead, "Keys", (place) => (weights[place] === null ? 0.25 : 1));
      this.vectorColumn(pen, "query", queries, places.query, heads, "Queries", (place) => (place === chosen ? 1 : 0.3));
      this.vectorColumn(pen, "value", keys, places.value, keyHead, "Values", (place) =>
        weights[place] === null ? 0.12 : Math.min(1, 0.2 + 1.6 * weights[place]),
      );
      this.mixing(pen, weights, chosen);
    }
    this.matrix(pen, context, heads, chosen);
    this.rowNames(pen, queries, (place) => place === chosen);
    if (keys.sequence !== queries.sequence) this.rowNames(pen, keys, () => false);
    context.globalAlpha = 1;
  }

  rowNames(pen, rows, isChosen) {
    rows.tokens.forEach((token, place) => {
      const style = {
        size: Math.max(9, Math.min(13, rows.height - 4)),
        weight: isChosen(place) ? 700 : 400,
        colour: isChosen(place) ? this.colours.text : this.colours.quiet,
      };
      pen.text(this.names, rows.y(place), shortened(token.t, this.names < 60 ? 6 : 10), {
        ...style,
        anchor: "end",
        mono: true,
      });
    });
  }

  weight(query, key) {
    const stored = this.arrays["d.weights"][query * this.keys.positions.length + key];
    return stored === 65535 ? null : stored / 65534;
  }

  vectorColumn(pen, name, rows, x, top, title, alphaOf) {
    const picture = this.pictureOf(name);
    const { context } = pen;
    const high = Math.max(4, Math.min(0.62 * rows.height, 15));
    pen.text(x + this.strips / 2, top, title, { colour: this.colours[name], size: 12, weight: 600, anchor: "middle" });
    rows.positions.forEach((_, place) => {
      const alpha = alphaOf(place);
      const y = rows.y(place) - high / 2;
      context.globalAlpha = alpha;
      context.drawImage(picture, 0, place, picture.width, 1, x, y, this.strips, high);
      pen.rectangle(x - 4, y, 2.5, high, { colour: this.colours[name], alpha });
    });
  }

  matrix(pen, context, top, chosen) {
    const { places, cell, queries, keys, colours } = this;
    const colour = colours[this.panel.column.stack];
    const count = keys.positions.length;
    const hatch = hatching(this.view.root, context);
    const high = queries.height - (queries.height > 10 ? 2 : 0.5);
    const picture = this.pictureOf("weights");
    const first = queries.y(0) - high / 2;
    pen.text(places.matrix + (cell * count) / 2, top, `Head ${this.detail.head}: who looks at whom`, {
      colour,
      size: 12,
      weight: 600,
      anchor: "middle",
    });
    queries.positions.forEach((_, query) => {
      const y = queries.y(query) - high / 2;
      context.globalAlpha = 1;
      context.drawImage(picture, 0, query, count, 1, places.matrix, y, cell * count, high);
      context.globalAlpha = query === chosen ? 1 : 0.6;
      context.fillStyle = hatch;
      for (const [from, to] of this.closed[query])
        context.fillRect(places.matrix + from * cell, y, (to - from) * cell, high);
    });
    const gap = cell >= 6 ? 1 : 0;
    for (let key = 1; gap && key <= count; key++)
      context.clearRect(
        places.matrix + key * cell - gap,
        first,
        gap,
        queries.y(queries.positions.length - 1) + high / 2 - first,
      );
    for (let key = 0; key < count && cell >= 19; key++) {
      const weight = this.weight(chosen, key);
      if (weight >= 0.005)
        pen.text(places.matrix + (key + 0.5) * cell, queries.y(chosen), String(Math.round(100 * weight)), {
          colour: weight > 0.5 ? colours.background : colours.text,
          size: 11,
          anchor: "middle",
        });
    }
    const y = queries.y(chosen) - high / 2;
    Object.assign(context, { strokeStyle: colours.text, lineWidth: 1.5, globalAlpha: 1 });
    context.strokeRect(places.matrix - 1, y - 1, cell * count + 1, high + 2);
    this.keyNames(pen, queries.y(queries.positions.length - 1) + queries.height / 2 + 6);
  }

  /** Which token a column of the matrix stands for, written upwards below it. */
  keyNames(pen, y) {
    const { places, cell, keys, colours } = this;
    if (cell < 11) return;
    const { context } = pen;
    keys.tokens.forEach((token, key) => {
      context.save();
      context.translate(places.matrix + (key + 0.5) * cell, y);
      context.rotate(-Math.PI / 3);
      new CanvasPen(context).text(0, 0, shortened(token.t, 7), {
        colour: colours.quiet,
        size: 11,
        anchor: "end",
        mono: true,
      });
      context.restore();
    });
  }

  /** The values, each as strong as its weight, run together into what the chosen token takes over. */
  mixing(pen, weights, chosen) {
    const { places, keys, queries, colours, strips } = this;
    const y = queries.y(chosen);
    weights.forEach((weight, place) => {
      if (weight > 0.01)
        pen.curve(places.value + strips + 1, keys.y(place), places.mixed - 5, y, {
          colour: colours.value,
          width: 0.6 + 3 * weight,
          alpha: Math.min(1, 0.25 + weight),
        });
    });
    const mixed = this.arrays["d.mixed"];
    const width = mixed.shape[1];
    const own = mixed.subarray(chosen * width, (chosen + 1) * width);
    const largest = percentile(this.arrays["d.value"], 0.97);
    const high = Math.max(10, Math.min(0.8 * queries.height, 22));
    const cell = strips / width;
    own.forEach((number, place) =>
      pen.rectangle(places.mixed + place * cell, y - high / 2, cell + 0.3, high, {
        colour: this.view.stage.painter.tint(number / largest),
      }),
    );
    const above = y - high / 2 - 10 > HEAD - 24;
    pen.text(places.mixed + strips / 2, above ? y - high / 2 - 10 : y + high / 2 + 10, "Mixed", {
      colour: colours.value,
      size: 12,
      weight: 600,
      anchor: "middle",
    });
  }
}

/** Hovering a row follows its token; hovering a cell tells its weight. */
export function canvasSetup(inside) {
  const { canvas, view, queries, keys, places } = inside;
  const at = (event) => {
    const near = (rows) =>
      rows.positions.findIndex((_, place) => Math.abs(event.offsetY - rows.y(place)) <= rows.height / 2);
    const query = near(queries);
    const key = Math.floor((event.offsetX - places.matrix) / inside.cell);
    return { query, key: key >= 0 && key < keys.positions.length ? key : -1 };
  };
  canvas.onpointermove = (event) => {
    event.stopPropagation();
    const { query, key } = at(event);
    if (query < 0) return view.point(null);
    if (queries.own) view.point({ sequence: queries.sequence, row: queries.positions[query] });
    if (key < 0) return view.tooltip.hide();
    const weight = inside.weight(query, key);
    view.tooltip.show(
      event.clientX,
      event.clientY,
      `${tokenName(queries.tokens[query], queries.positions[query])} → ${tokenName(keys.tokens[key], keys.positions[key])}`,
      weight === null ? "cannot look: the mask closes it" : percent(weight),
    );
  };
  canvas.onpointerleave = () => {
    view.tooltip.hide();
    view.point(null);
  };
  canvas.onclick = (event) => {
    const { query } = at(event);
    if (query >= 0 && queries.own) view.lock({ sequence: queries.sequence, row: queries.positions[query] });
  };
}

/** A canvas of one pixel a number; `colourAt` gives red, green, blue and opacity from 0 to 255. */
export function picture(width, height, colourAt) {
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let place = 0; place < width * height; place++) image.data.set(colourAt(place), 4 * place);
  context.putImageData(image, 0, 0);
  return canvas;
}
