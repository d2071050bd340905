// Which step is looked at, and which of the server's answers may move it.

import type { GenerationHeader } from "../shared/generated/messages.ts";

type Place = Pick<GenerationHeader, "model" | "branch" | "number" | "step"> & { steps: readonly unknown[] };

export class Timeline {
  /** The step that is looked at, from 0. */
  step = 0;
  /** The last step. */
  last = 0;
  /** How many choices the visitor has made. */
  number = 0;
  private text: Pick<Place, "model" | "branch"> | null = null;

  /** Take an answer: its step counts if the text is another one or no later choice of the visitor is on its way. */
  take({ model, branch, number, step, steps }: Place): void {
    const other = this.text?.model !== model || this.text.branch !== branch;
    if (other || number >= this.number) this.step = step;
    this.text = { model, branch };
    this.number = Math.max(this.number, number);
    this.last = steps.length - 1;
    this.go(this.step);
  }

  /** Look at a step, or at the nearest there is. */
  go(step: number): void {
    this.step = Math.max(0, Math.min(this.last, step));
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
}
