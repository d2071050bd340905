// Keys that mean the same in every picture.

const ARROWS: Record<string, readonly [across: number, down: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** The step of an arrow key, across to the right and down; null for every other key. */
export function arrowOf(key: string): readonly [across: number, down: number] | null {
  return ARROWS[key] ?? null;
}

/** True for the keys that press what has the focus. */
export function presses(key: string): boolean {
  return key === "Enter" || key === " ";
}
