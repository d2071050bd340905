// Two pens with the same strokes: one draws on a canvas, the other writes SVG. What is on the screen is what is saved.

import { escaped } from "../shared/saving.ts";

export interface Stroke {
  colour: string;
  width?: number;
  alpha?: number;
}

export interface Fill {
  colour: string;
  alpha?: number;
}

export interface Lettering extends Fill {
  size?: number;
  anchor?: "start" | "middle" | "end";
  weight?: number;
  mono?: boolean;
}

export interface Pen {
  line(x1: number, y1: number, x2: number, y2: number, style: Stroke): void;
  /** An S that leaves and arrives level. */
  curve(x1: number, y1: number, x2: number, y2: number, style: Stroke): void;
  circle(x: number, y: number, radius: number, style: Fill): void;
  rectangle(x: number, y: number, width: number, height: number, style: Fill & { radius?: number }): void;
  /** A line that widens and narrows again. */
  lens(x1: number, x2: number, y: number, half: number, style: Fill): void;
  text(x: number, y: number, words: string, style: Lettering): void;
}

export class CanvasPen implements Pen {
  readonly context: CanvasRenderingContext2D;
  private readonly dx: number;

  /** `dx` is where the canvas begins in the picture. */
  constructor(context: CanvasRenderingContext2D, dx = 0) {
    this.context = context;
    this.dx = dx;
  }

  line(x1: number, y1: number, x2: number, y2: number, style: Stroke): void {
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y1);
    this.context.lineTo(x2 - this.dx, y2);
    this.stroke(style);
  }

  curve(x1: number, y1: number, x2: number, y2: number, style: Stroke): void {
    const middle = (x1 + x2) / 2 - this.dx;
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y1);
    this.context.bezierCurveTo(middle, y1, middle, y2, x2 - this.dx, y2);
    this.stroke(style);
  }

  circle(x: number, y: number, radius: number, style: Fill): void {
    this.context.beginPath();
    this.context.arc(x - this.dx, y, radius, 0, 2 * Math.PI);
    this.fill(style);
  }

  rectangle(x: number, y: number, width: number, height: number, style: Fill & { radius?: number }): void {
    if (!style.radius) {
      Object.assign(this.context, { fillStyle: style.colour, globalAlpha: style.alpha ?? 1 });
      this.context.fillRect(x - this.dx, y, width, height);
      return;
    }
    this.context.beginPath();
    this.context.roundRect(x - this.dx, y, width, height, style.radius);
    this.fill(style);
  }

  lens(x1: number, x2: number, y: number, half: number, style: Fill): void {
    const middle = (x1 + x2) / 2 - this.dx;
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y);
    this.context.quadraticCurveTo(middle, y - 2 * half, x2 - this.dx, y);
    this.context.quadraticCurveTo(middle, y + 2 * half, x1 - this.dx, y);
    this.fill(style);
  }

  text(x: number, y: number, words: string, style: Lettering): void {
    const { colour, size = 12, anchor = "start", weight = 400, mono = false, alpha = 1 } = style;
    Object.assign(this.context, {
      fillStyle: colour,
      globalAlpha: alpha,
      textAlign: anchor === "middle" ? "center" : anchor,
      textBaseline: "middle",
      font: `${weight} ${size}px ${mono ? '"Source Code Pro", monospace' : '"Source Sans", sans-serif'}`,
    });
    this.context.fillText(words, x - this.dx, y);
  }

  private stroke({ colour, width = 1, alpha = 1 }: Stroke): void {
    Object.assign(this.context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha });
    this.context.stroke();
  }

  private fill({ colour, alpha = 1 }: Fill): void {
    Object.assign(this.context, { fillStyle: colour, globalAlpha: alpha });
    this.context.fill();
  }
}

export class SvgPen implements Pen {
  private readonly parts: string[] = [];

  line(x1: number, y1: number, x2: number, y2: number, { colour, width = 1, alpha = 1 }: Stroke): void {
    this.add("line", { x1, y1, x2, y2, stroke: colour, "stroke-width": width, "stroke-opacity": alpha });
  }

  curve(x1: number, y1: number, x2: number, y2: number, { colour, width = 1, alpha = 1 }: Stroke): void {
    const middle = (x1 + x2) / 2;
    const d = `M${point(x1, y1)} C${point(middle, y1)} ${point(middle, y2)} ${point(x2, y2)}`;
    this.add("path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-opacity": alpha });
  }

  circle(cx: number, cy: number, r: number, { colour, alpha = 1 }: Fill): void {
    this.add("circle", { cx, cy, r, fill: colour, "fill-opacity": alpha });
  }

  rectangle(x: number, y: number, width: number, height: number, style: Fill & { radius?: number }): void {
    const { colour, alpha = 1, radius = 0 } = style;
    this.add("rect", { x, y, width, height, rx: radius, fill: colour, "fill-opacity": alpha });
  }

  lens(x1: number, x2: number, y: number, half: number, { colour, alpha = 1 }: Fill): void {
    const middle = (x1 + x2) / 2;
    const [left, right] = [point(x1, y), point(x2, y)];
    const d = `M${left} Q${point(middle, y - 2 * half)} ${right} Q${point(middle, y + 2 * half)} ${left}Z`;
    this.add("path", { d, fill: colour, "fill-opacity": alpha });
  }

  text(x: number, y: number, words: string, style: Lettering): void {
    const { colour, size = 12, anchor = "start", weight = 400, mono = false, alpha = 1 } = style;
    const attributes = {
      x,
      y,
      fill: colour,
      "fill-opacity": alpha,
      "font-size": size,
      "font-weight": weight,
      "text-anchor": anchor,
      "dominant-baseline": "central",
      "font-family": mono ? "Source Code Pro, monospace" : "Source Sans, sans-serif",
    };
    this.add("text", attributes, words);
  }

  /** The whole as text of an SVG file. */
  file(width: number, height: number, background: string): string {
    const [wide, high] = [hundredths(width), hundredths(height)];
    const size = `width="${wide}" height="${high}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${wide} ${high}">`,
      `<rect ${size} fill="${escaped(background)}"/>`,
      ...this.parts,
      "</svg>",
    ].join("\n");
  }

  private add(tag: string, attributes: Record<string, string | number>, words = ""): void {
    const written = Object.entries(attributes).map(([name, value]) => {
      return `${name}="${typeof value === "number" ? hundredths(value) : escaped(value)}"`;
    });
    this.parts.push(`<${tag} ${written.join(" ")}>${escaped(words)}</${tag}>`);
  }
}

const hundredths = (number: number): number => Math.round(number * 100) / 100;
const point = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
