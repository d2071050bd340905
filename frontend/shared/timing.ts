// When things happen: once a frame, after a pause, in turn.

/** True if the visitor asked for reduced motion. */
export const prefersReducedMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Call with what came last, at most once a frame. */
export function onceAFrame<Values extends unknown[]>(task: (...values: Values) => void): (...values: Values) => void {
  let waiting: Values | null = null;
  return (...values) => {
    const first = waiting === null;
    waiting = values;
    if (!first) return;
    requestAnimationFrame(() => {
      const last = waiting as Values;
      waiting = null;
      task(...last);
    });
  };
}

/** Call when nothing more has come for some milliseconds. */
export function settled<Values extends unknown[]>(
  milliseconds: number,
  task: (...values: Values) => void,
): (...values: Values) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => task(...values), milliseconds);
  };
}

const TURN = 60; // milliseconds

const turns: (() => void)[] = [];
let running = false;

/**
 * Do something when it is its turn.
 *
 * Streamlit answers what several components send at one moment by running one of them, so they send in turn.
 * What is urgent goes first.
 */
export function inTurn(task: () => void, { urgent = false } = {}): void {
  if (urgent) turns.unshift(task);
  else turns.push(task);
  if (!running) next();
}

function next(): void {
  const first = turns.shift();
  running = first !== undefined;
  if (!first) return;
  setTimeout(next, TURN);
  first();
}
