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

/**
 * Escape frees what a picture keeps, wherever on the page the focus is: what had it may have been drawn anew meanwhile.
 *
 * In a field that is written into, the key is the field's. It ends when the root leaves the page.
 */
export function onEscape(root: HTMLElement, free: () => void): void {
  const listener = (event: KeyboardEvent): void => {
    if (!root.isConnected) window.removeEventListener("keydown", listener);
    else if (event.key === "Escape" && !isWrittenInto(event.composedPath()[0])) free();
  };
  window.addEventListener("keydown", listener);
}

const isWrittenInto = (target: EventTarget | undefined): boolean =>
  target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === "text");
