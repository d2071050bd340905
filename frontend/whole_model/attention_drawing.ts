// An attention block on its canvas: queries, keys and values as strips, the matrix with its mask, the mixed values.

import { contextOf, fitted, hatching } from "../shared/canvas.ts";
import { channels } from "../shared/colours.ts";
import { element } from "../shared/dom.ts";
import type { AttentionLayout, TokenRows } from "./attention_layout.ts";
import { type Colours, percentile, type SignedColours } from "./colours.ts";
import { HEAD } from "./layout.ts";
import { CanvasPen, type Lettering } from "./pens.ts";
import { type Arrays, floats } from "./picture.ts";
import { shortened } from "./words.ts";

/** What the numbers are drawn with; `colour` is that of the block's stack. */
interface Style {
  head: number;
  colour: string;
  colours: Colours;
  signed: SignedColours;
}

/** What a canvas and a row that is followed stand for while they are drawn. */
interface Drawn {
  pen: CanvasPen;
  context: CanvasRenderingContext2D;
  chosen: number;
  weights: (number | null)[];
}

type RGBA = readonly [red: number, green: number, blue: number, opacity: number];

export class AttentionDrawing {
  private readonly root: HTMLElement;
  private readonly layout: AttentionLayout;
  private readonly numbers: Arrays;
  private readonly style: Style;
  /** Numbers as pictures of one pixel each, made once: a row is one stroke, so that following a token stays cheap. */
  private readonly pictures = new Map<string, HTMLCanvasElement>();
  private readonly closed: [from: number, to: number][][];

  constructor(root: HTMLElement, layout: AttentionLayout, numbers: Arrays, style: Style) {
    this.root = root;
    this.layout = layout;
    this.numbers = numbers;
    this.style = style;
    this.closed = layout.queries.positions.map((_, query) => layout.closed(query));
  }

  draw(canvas: HTMLCanvasElement, chosen: number): void {
    const { layout } = this;
    const { queries, keys, left } = layout;
    const context = fitted(canvas, layout.width, layout.height);
    context.imageSmoothingEnabled = false;
    const weights = keys.positions.map((_, key) => layout.weight(chosen, key));
    const drawn = { pen: new CanvasPen(context), context, chosen, weights };
    if (layout.hasVectors) {
      const seen = (place: number) => weights[place];
      this.vectors(drawn, "key", keys, left.key, "Keys", (place) => (seen(place) === null ? 0.25 : 1));
      this.vectors(drawn, "query", queries, left.query, "Queries", (place) => (place === chosen ? 1 : 0.3));
      this.vectors(drawn, "value", keys, left.value, "Values", (place) => {
        const weight = seen(place);
        return weight === null ? 0.12 : Math.min(1, 0.2 + 1.6 * weight);
      });
      this.mixing(drawn);
    }
    this.matrix(drawn);
    this.names(drawn, queries, chosen);
    if (keys.sequence !== queries.sequence) this.names(drawn, keys, null);
    context.globalAlpha = 1;
  }

  private names({ pen }: Drawn, rows: TokenRows, chosen: number | null): void {
    const { colours } = this.style;
    const { right, letters } = this.layout.names;
    const size = Math.max(9, Math.min(13, rows.height - 4));
    rows.tokens.forEach((token, place) => {
      const own = place === chosen;
      const style = { size, weight: own ? 700 : 400, colour: own ? colours.text : colours.quiet };
      pen.text(right, rows.y(place), shortened(token.t, letters), { ...style, anchor: "end", mono: true });
    });
  }

  private heading(rows: TokenRows): number {
    return rows.y(0) - rows.height / 2 - 10;
  }

  private title(colour: string): Lettering {
    return { colour, size: 12, weight: 600, anchor: "middle" };
  }

  private vectors(
    { pen, context }: Drawn,
    name: "key" | "query" | "value",
    rows: TokenRows,
    x: number,
    title: string,
    alphaOf: (place: number) => number,
  ): void {
    const { strip } = this.layout;
    const colour = this.style.colours[name];
    const picture = this.pictureOf(name, () => this.vectorPicture(name));
    const high = Math.max(4, Math.min(0.62 * rows.height, 15));
    pen.text(x + strip / 2, this.heading(rows), title, this.title(colour));
    rows.positions.forEach((_, place) => {
      const alpha = alphaOf(place);
      const y = rows.y(place) - high / 2;
      context.globalAlpha = alpha;
      context.drawImage(picture, 0, place, picture.width, 1, x, y, strip, high);
      pen.rectangle(x - 4, y, 2.5, high, { colour, alpha });
    });
  }

  private matrix({ pen, context, chosen, weights }: Drawn): void {
    const { queries, keys, cell, left } = this.layout;
    const { colours, colour, head } = this.style;
    const count = keys.positions.length;
    const hatch = hatching(this.root, context);
    const high = queries.height - (queries.height > 10 ? 2 : 0.5);
    const picture = this.pictureOf("weights", () => this.weightPicture());
    const [first, last] = [queries.y(0) - high / 2, queries.y(queries.positions.length - 1) + high / 2];
    const middle = left.matrix + (cell * count) / 2;
    pen.text(middle, this.heading(queries), `Head ${head}: who looks at whom`, this.title(colour));
    this.closed.forEach((runs, query) => {
      const y = queries.y(query) - high / 2;
      context.globalAlpha = 1;
      context.drawImage(picture, 0, query, count, 1, left.matrix, y, cell * count, high);
      context.globalAlpha = query === chosen ? 1 : 0.6;
      context.fillStyle = hatch;
      for (const [from, to] of runs) context.fillRect(left.matrix + from * cell, y, (to - from) * cell, high);
    });
    if (cell >= 6)
      keys.positions.forEach((_, key) => context.clearRect(left.matrix + (key + 1) * cell - 1, first, 1, last - first));
    weights.forEach((weight, key) => {
      if (weight === null || weight < 0.005 || cell < 19) return;
      const ink = weight > 0.5 ? colours.background : colours.text;
      const style = { colour: ink, size: 11, anchor: "middle" } as const;
      pen.text(left.matrix + (key + 0.5) * cell, queries.y(chosen), String(Math.round(100 * weight)), style);
    });
    const y = queries.y(chosen) - high / 2;
    Object.assign(context, { strokeStyle: colours.text, lineWidth: 1.5, globalAlpha: 1 });
    context.strokeRect(left.matrix - 1, y - 1, cell * count + 1, high + 2);
    this.keyNames(context, queries.y(queries.positions.length - 1) + queries.height / 2 + 6);
  }

  /** Which token a column of the matrix stands for, written upwards below it. */
  private keyNames(context: CanvasRenderingContext2D, y: number): void {
    const { keys, cell, left } = this.layout;
    if (cell < 11) return;
    const style = { colour: this.style.colours.quiet, size: 11, anchor: "end", mono: true } as const;
    keys.tokens.forEach((token, key) => {
      context.save();
      context.translate(left.matrix + (key + 0.5) * cell, y);
      context.rotate(-Math.PI / 3);
      new CanvasPen(context).text(0, 0, shortened(token.t, 7), style);
      context.restore();
    });
  }

  /** The values, each as strong as its weight, run together into what the chosen token takes over. */
  private mixing({ pen, chosen, weights }: Drawn): void {
    const { queries, keys, left, strip } = this.layout;
    const { colours, signed } = this.style;
    const y = queries.y(chosen);
    weights.forEach((weight, place) => {
      if (weight === null || weight <= 0.01) return;
      const style = { colour: colours.value, width: 0.6 + 3 * weight, alpha: Math.min(1, 0.25 + weight) };
      pen.curve(left.value + strip + 1, keys.y(place), left.mixed - 5, y, style);
    });
    const mixed = floats(this.numbers, "mixed");
    const width = mixed.shape[1];
    const largest = percentile(floats(this.numbers, "value"), 0.97);
    const high = Math.max(10, Math.min(0.8 * queries.height, 22));
    const cell = strip / width;
    mixed.subarray(chosen * width, (chosen + 1) * width).forEach((number, place) => {
      pen.rectangle(left.mixed + place * cell, y - high / 2, cell + 0.3, high, {
        colour: signed.css(number / largest),
      });
    });
    const above = y - high / 2 - 10;
    const titleAt = above > HEAD - 24 ? above : y + high / 2 + 10;
    pen.text(left.mixed + strip / 2, titleAt, "Mixed", this.title(colours.value));
  }

  private pictureOf(name: string, make: () => HTMLCanvasElement): HTMLCanvasElement {
    const made = this.pictures.get(name) ?? make();
    this.pictures.set(name, made);
    return made;
  }

  private vectorPicture(name: string): HTMLCanvasElement {
    const numbers = floats(this.numbers, name);
    const largest = percentile(numbers, 0.97);
    const [rows, width] = numbers.shape;
    return pixels(width, rows, (place) => [...this.style.signed.rgb(numbers[place] / largest), 255]);
  }

  private weightPicture(): HTMLCanvasElement {
    const { queries, keys } = this.layout;
    const count = keys.positions.length;
    const [own, quiet] = [channels(this.style.colour), channels(this.style.colours.quiet)];
    return pixels(count, queries.positions.length, (place) => {
      const weight = this.layout.weight(Math.floor(place / count), place % count);
      return weight === null ? [0, 0, 0, 0] : inked(weight, own, quiet);
    });
  }
}

/** A faint ground shows the cells that hold nothing; over it lies the weight. */
function inked(weight: number, own: readonly number[], quiet: readonly number[]): RGBA {
  const ground = 0.07 * (1 - weight);
  const both = ground + weight;
  const [red, green, blue] = own.map((part, channel) => (part * weight + quiet[channel] * ground) / both);
  return [red, green, blue, 255 * both];
}

/** A canvas of one pixel a number. */
function pixels(width: number, height: number, colourAt: (place: number) => RGBA): HTMLCanvasElement {
  const canvas = element("canvas", { width, height });
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  for (let place = 0; place < width * height; place++) image.data.set(colourAt(place), 4 * place);
  context.putImageData(image, 0, 0);
  return canvas;
}
