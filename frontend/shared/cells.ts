// Matrices of weights as small canvases, one pixel a cell.

import { contextOf } from "./canvas.ts";
import { type RGB, ramp } from "./colours.ts";

/** Weights as they travel: in steps of 1/full, row by row, with one number for "cannot look". */
export interface Cells {
  values: Uint8Array | Float32Array;
  rows: number;
  columns: number;
  masked: number;
  full: number;
}

/** Red, green, blue and opacity of every cell; cells that cannot look are clear unless they are given a colour. */
export function cellColours(cells: Cells, from: string, to: string, closed?: RGB): Uint8ClampedArray<ArrayBuffer> {
  const { values, masked, full } = cells;
  const colours = ramp(from, to);
  const painted = new Uint8ClampedArray(4 * values.length);
  for (let place = 0; place < values.length; place++) {
    const step = 3 * Math.round((values[place] / full) * 255);
    const colour = values[place] === masked ? closed : colours.subarray(step, step + 3);
    if (!colour) continue;
    for (let part = 0; part < 3; part++) painted[4 * place + part] = colour[part];
    painted[4 * place + 3] = 255;
  }
  return painted;
}

/** The same as a canvas. */
export function paintedCells(cells: Cells, from: string, to: string, closed?: RGB): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [cells.columns, cells.rows];
  contextOf(canvas).putImageData(new ImageData(cellColours(cells, from, to, closed), cells.columns), 0, 0);
  return canvas;
}
