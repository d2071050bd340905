// Which step is looked at, and which of the server's answers may move it.

import type { GenerationHeader } from "../shared/generated/messages.ts";

type Place = Pick<GenerationHeader, "model" | "branch" | "number" | "step"> & { steps: readonly unknown[] };

export class Timeline {
  /** The step that is looked at, from 0. */
  step = 0;
  /** The last step. */
  last = 0;
  /** How many choices the server has been told. */
  number = 0;
  /** True if the visitor has gone to another step since. */
  moved = false;
  private text: Pick<Place, "model" | "branch"> | null = null;

  /** Take an answer: its step counts if the text is another one, or if the visitor has not gone on meanwhile. */
  take({ model, branch, number, step, steps }: Place): void {
    const other = this.text?.model !== model || this.text.branch !== branch;
    if (other) this.moved = false;
    if (other || (number >= this.number && !this.moved)) this.step = step;
    this.text = { model, branch };
    this.number = Math.max(this.number, number);
    this.last = steps.length - 1;
    this.step = this.within(this.step);
  }

  /** Look at a step, or at the nearest there is. */
  go(step: number): void {
    this.step = this.within(step);
    this.moved = true;
  }

  /** Count a choice that the server is told; gives its number. */
  tell(): number {
    this.moved = false;
    this.number += 1;
    return this.number;
  }

  /** Where a key leads, or null if it leads nowhere. */
  stepAfter(key: string): number | null {
    const steps: Record<string, number> = {
      ArrowLeft: this.step - 1,
      ArrowRight: this.step + 1,
      Home: 0,
      End: this.last,
    };
    return steps[key] ?? null;
  }

  private within(step: number): number {
    return Math.max(0, Math.min(this.last, step));
  }
}
