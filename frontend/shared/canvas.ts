// Canvases that are sharp on every screen, and the hatching that says "cannot look".

import { paletteColour } from "./colours.ts";

/** The two-dimensional context of a canvas; every browser that runs this has one. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no two-dimensional canvas.");
  return context;
}

/** A canvas of a size in CSS pixels, sharp on every screen; gives its context, cleared and scaled. */
export function fitted(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio || 1;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = contextOf(canvas);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Hatching that says "cannot look", as a fill style. */
export function hatching(root: Element, context: CanvasRenderingContext2D): CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = contextOf(tile);
  pen.strokeStyle = paletteColour(root, "hatch");
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") as CanvasPattern;
}
