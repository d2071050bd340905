// @ts-nocheck: not typed yet
// Where the heads lie on the canvas: as a table of layers and heads, or as a list in order of a measure.

export const LARGEST_CELL = 60;
export const SMALLEST_CELL = 22;
export const CAPTION = 18;
export const LOWEST_LIST = 290;

/** Layers and heads along the axes, the longer one across. */
export function tableOf({ layers, heads, cells }, room) {
  const most = Math.max(...heads);
  const flat = layers.length > most;
  const gutter = flat ? 62 : 68;
  const [across, down] = flat ? [layers.length, most] : [most, layers.length];
  const size = Math.max(
    SMALLEST_CELL,
    Math.min(LARGEST_CELL, Math.floor((room - gutter) / across) - 3, Math.floor(560 / down)),
  );
  const step = size + 3;
  const boxes = cells.map((cell) => {
    const [column, row] = flat ? [cell.row, cell.head] : [cell.head, cell.row];
    return { cell, x: gutter + column * step, y: 22 + row * step };
  });
  return { flat, gutter, size, boxes, width: gutter + across * step, height: 24 + down * step };
}

/** The largest first, each with its name above and its value below. */
export function listOf(cells, valueOf, room) {
  const order = [...cells].sort((one, other) => valueOf(other) - valueOf(one) || one.place - other.place);
  const [step, pitch] = [LARGEST_CELL + 8, LARGEST_CELL + 2 * CAPTION];
  const across = Math.max(1, Math.floor(room / step));
  const boxes = order.map((cell, place) => ({
    cell,
    x: (place % across) * step + 2,
    y: Math.floor(place / across) * pitch + CAPTION,
  }));
  return { size: LARGEST_CELL - 4, boxes, width: room, height: Math.ceil(order.length / across) * pitch };
}
