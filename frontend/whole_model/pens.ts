// @ts-nocheck: not typed yet
// Two pens with the same strokes: one draws on a canvas, the other writes SVG. What is on the screen is what is saved.

export class CanvasPen {
  constructor(context, dx = 0) {
    this.context = context;
    this.dx = dx;
  }

  stroke({ colour, width = 1, alpha = 1 }) {
    Object.assign(this.context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha });
    this.context.stroke();
  }

  fill({ colour, alpha = 1 }) {
    Object.assign(this.context, { fillStyle: colour, globalAlpha: alpha });
    this.context.fill();
  }

  line(x1, y1, x2, y2, style) {
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y1);
    this.context.lineTo(x2 - this.dx, y2);
    this.stroke(style);
  }

  /** An S that leaves and arrives level. */
  curve(x1, y1, x2, y2, style) {
    const middle = (x1 + x2) / 2 - this.dx;
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y1);
    this.context.bezierCurveTo(middle, y1, middle, y2, x2 - this.dx, y2);
    this.stroke(style);
  }

  circle(x, y, radius, style) {
    this.context.beginPath();
    this.context.arc(x - this.dx, y, radius, 0, 2 * Math.PI);
    this.fill(style);
  }

  rectangle(x, y, width, height, { radius = 0, ...style }) {
    if (radius === 0) {
      Object.assign(this.context, { fillStyle: style.colour, globalAlpha: style.alpha ?? 1 });
      this.context.fillRect(x - this.dx, y, width, height);
      return;
    }
    this.context.beginPath();
    this.context.roundRect(x - this.dx, y, width, height, radius);
    this.fill(style);
  }

  /** A line that widens and narrows again. */
  lens(x1, x2, y, half, style) {
    const middle = (x1 + x2) / 2 - this.dx;
    this.context.beginPath();
    this.context.moveTo(x1 - this.dx, y);
    this.context.quadraticCurveTo(middle, y - 2 * half, x2 - this.dx, y);
    this.context.quadraticCurveTo(middle, y + 2 * half, x1 - this.dx, y);
    this.fill(style);
  }

  text(x, y, words, { colour, size = 12, anchor = "start", weight = 400, mono = false, alpha = 1 }) {
    const { context } = this;
    Object.assign(context, {
      fillStyle: colour,
      globalAlpha: alpha,
      textAlign: anchor === "middle" ? "center" : anchor,
      textBaseline: "middle",
    });
    context.font = `${weight} ${size}px ${mono ? '"Source Code Pro", monospace' : '"Source Sans", sans-serif'}`;
    context.fillText(words, x - this.dx, y);
  }
}

export class SvgPen {
  constructor() {
    this.parts = [];
  }

  add(tag, attributes, words) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
      made.setAttribute(name, typeof value === "number" ? Math.round(value * 100) / 100 : value);
    if (words !== undefined) made.textContent = words;
    this.parts.push(made);
  }

  line(x1, y1, x2, y2, { colour, width = 1, alpha = 1 }) {
    this.add("line", { x1, y1, x2, y2, stroke: colour, "stroke-width": width, "stroke-opacity": alpha });
  }

  curve(x1, y1, x2, y2, { colour, width = 1, alpha = 1 }) {
    const middle = (x1 + x2) / 2;
    const [from, over, to] = [
      [x1, y1],
      [middle, y1],
      [middle, y2],
    ].map((point) => point.map((number) => number.toFixed(1)).join(" "));
    this.add("path", {
      d: `M${from} C${over} ${to} ${x2.toFixed(1)} ${y2.toFixed(1)}`,
      fill: "none",
      stroke: colour,
      "stroke-width": width,
      "stroke-opacity": alpha,
    });
  }

  circle(cx, cy, r, { colour, alpha = 1 }) {
    this.add("circle", { cx, cy, r, fill: colour, "fill-opacity": alpha });
  }

  rectangle(x, y, width, height, { colour, alpha = 1, radius = 0 }) {
    this.add("rect", { x, y, width, height, rx: radius, fill: colour, "fill-opacity": alpha });
  }

  lens(x1, x2, y, half, { colour, alpha = 1 }) {
    const middle = ((x1 + x2) / 2).toFixed(1);
    const [left, right] = [x1.toFixed(1), x2.toFixed(1)];
    this.add("path", {
      d: `M${left} ${y} Q${middle} ${y - 2 * half} ${right} ${y} Q${middle} ${y + 2 * half} ${left} ${y}Z`,
      fill: colour,
      "fill-opacity": alpha,
    });
  }

  text(x, y, words, { colour, size = 12, anchor = "start", weight = 400, mono = false, alpha = 1 }) {
    this.add(
      "text",
      {
        x,
        y,
        fill: colour,
        "fill-opacity": alpha,
        "font-size": size,
        "font-weight": weight,
        "text-anchor": anchor,
        "dominant-baseline": "central",
        "font-family": mono ? "Source Code Pro, monospace" : "Source Sans, sans-serif",
      },
      words,
    );
  }

  /** The whole as text of an SVG file. */
  file(width, height, background) {
    const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
      root.setAttribute(name, value);
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ width, height, fill: background })) ground.setAttribute(name, value);
    root.append(ground, ...this.parts);
    return new XMLSerializer().serializeToString(root);
  }
}
