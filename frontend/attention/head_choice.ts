// Which heads are shown: switched on and off one by one, shown alone and together again.

export const MOST_HEADS = 12;

/** The first heads of a layer, as many as can be shown together. */
export function firstHeads(count: number): number[] {
  return Array.from({ length: Math.min(count, MOST_HEADS) }, (_, head) => head);
}

/** What the button beside the heads does: all of them (as many as can be shown), or one again. */
export function allOrOne(heads: readonly number[], count: number): { label: string; heads: number[] } {
  const first = firstHeads(count);
  const all = heads.length >= first.length;
  if (all && first.length > 1) return { label: "One", heads: [heads[0]] };
  return { label: count > MOST_HEADS ? `First ${MOST_HEADS}` : "All", heads: all ? [heads[0]] : first };
}

/** The colour of a head: its own in a layer of few heads, else by its place among those that are shown. */
export function headColour(head: number, count: number, shown: readonly number[]): string {
  return `head-${count <= MOST_HEADS ? head : Math.max(0, shown.indexOf(head))}`;
}

/** Clicks and double clicks on heads. */
export class HeadClicks {
  /** What was shown before the click that may become a double click. */
  private beforeClick: number[] | null = null;
  /** What a head that is shown alone was shown with. */
  private together: number[] = [];

  /** The heads after a click on one, null if there would be none or too many; clicks counts those of one moment. */
  toggled(shown: readonly number[], head: number, clicks: number): number[] | null {
    // The first click of a double click is undone by its second, and what stood before both is what comes back.
    if (clicks < 2) this.beforeClick = [...shown];
    const next = shown.includes(head)
      ? shown.filter((other) => other !== head)
      : [...shown, head].sort((one, other) => one - other);
    return next.length && next.length <= MOST_HEADS ? next : null;
  }

  /** The heads after a double click on one: it alone, or those before if it was alone. */
  isolated(shown: readonly number[], head: number, count: number): number[] {
    const before = this.beforeClick ?? [...shown];
    this.beforeClick = null;
    if (before.length !== 1 || before[0] !== head) {
      this.together = before;
      return [head];
    }
    return this.together.includes(head) && this.together.length > 1 ? this.together : firstHeads(count);
  }
}
