// Where the heads lie on the canvas: as a table of layers and heads, or as a list in order of a measure.

const LARGEST_CELL = 60;
const SMALLEST_CELL = 22;
const CAPTION = 18;
const LOWEST_LIST = 290;
const HEADING = 22;
const GAP = 3; // between the cells of the table
const LIST_STEP = LARGEST_CELL + 8;
const LIST_PITCH = LARGEST_CELL + 2 * CAPTION;

/** A head: its layer's number and place among the layers, and its own place among all heads. */
export interface Cell {
  layer: number;
  head: number;
  row: number;
  place: number;
}

/** The top left corner of a head's picture. */
export interface Box {
  cell: Cell;
  x: number;
  y: number;
}

/** All heads in pixels of the canvas; how far an arrow key leads across and down. */
export interface Places {
  size: number;
  boxes: Box[];
  width: number;
  height: number;
  step: readonly [across: number, down: number];
}

/** A table has names of layers and heads in its gutter and above; it is flat if the layers are named above. */
export interface Table extends Places {
  flat: boolean;
  gutter: number;
}

/** Every head of a stack, layer by layer. */
export function cellsOf(layers: readonly number[], heads: readonly number[]): Cell[] {
  const cells: Cell[] = [];
  layers.forEach((layer, row) => {
    for (let head = 0; head < heads[row]; head++) cells.push({ layer, head, row, place: cells.length });
  });
  return cells;
}

/** Layers and heads along the axes, the longer one across. */
export function tableOf(layers: number, heads: number, cells: readonly Cell[], room: number): Table {
  const flat = layers > heads;
  const gutter = flat ? 62 : 68;
  const [across, down] = flat ? [layers, heads] : [heads, layers];
  const fitting = Math.min(Math.floor((room - gutter) / across) - GAP, Math.floor(560 / down));
  const size = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, fitting));
  const step = size + GAP;
  const boxes = cells.map((cell) => {
    const [column, row] = flat ? [cell.row, cell.head] : [cell.head, cell.row];
    return { cell, x: gutter + column * step, y: HEADING + row * step };
  });
  return { flat, gutter, size, boxes, width: gutter + across * step, height: 24 + down * step, step: [step, step] };
}

/** The largest first, each with its name above and its value below. */
export function listOf(cells: readonly Cell[], value: (cell: Cell) => number, room: number): Places {
  const order = [...cells].sort((one, other) => value(other) - value(one) || one.place - other.place);
  const across = Math.max(1, Math.floor(room / LIST_STEP));
  const boxes = order.map((cell, place) => ({
    cell,
    x: (place % across) * LIST_STEP + 2,
    y: Math.floor(place / across) * LIST_PITCH + CAPTION,
  }));
  const height = Math.ceil(order.length / across) * LIST_PITCH;
  return { size: LARGEST_CELL - 4, boxes, width: room, height, step: [LIST_STEP, LIST_PITCH] };
}

/** How high the frame of the list is: about as high as the table, so that what is below stays in place. */
export function listHeight(table: Table): number {
  return Math.max(LOWEST_LIST, table.height + 4);
}

/** The head at a point, null if there is none. */
export function cellAt({ boxes, size }: Places, x: number, y: number): Cell | null {
  const found = boxes.find((box) => x >= box.x - 1 && x <= box.x + size + 2 && y >= box.y - 1 && y <= box.y + size + 2);
  return found?.cell ?? null;
}

/** The head that an arrow key leads to from one, or from the first. */
export function cellAfter({ boxes, step }: Places, [across, down]: readonly [number, number], from: Cell | null): Cell {
  const now = boxes.find(({ cell }) => cell.place === from?.place) ?? boxes[0];
  const [x, y] = [now.x + across * step[0], now.y + down * step[1]];
  const distance = (box: Box) => Math.hypot(box.x - x, box.y - y);
  return boxes.reduce((best, box) => (distance(box) < distance(best) ? box : best)).cell;
}

/** How far a frame is to be scrolled so that a head in it is seen with its name and value. */
export function scrollTo({ boxes, size }: Places, wanted: Cell, now: number, height: number): number {
  const y = boxes.find(({ cell }) => cell.place === wanted.place)?.y ?? 0;
  return Math.min(y - CAPTION, Math.max(now, y + size + CAPTION - height));
}
