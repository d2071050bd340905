// What the view and the drawings of its steps share.

import type { Tooltip } from "../shared/tooltip.ts";
import type { Choice, InsideModel } from "./model.ts";
import type { Shades } from "./shades.ts";

/** What a drawing is given: the numbers, the key that is looked into, and what a click does. */
export interface Stage {
  readonly root: HTMLElement;
  readonly model: InsideModel;
  readonly shades: Shades;
  readonly theme: string | undefined;
  readonly tooltip: Tooltip;
  /** Where the key that is looked into stands among those shown. */
  readonly place: number;
  /** Its position in the text. */
  readonly key: number;
  choose(change: Partial<Choice>): void;
}

/** A part of a step; what depends on its width is drawn when it has one. */
export interface Picture {
  node: HTMLElement;
  draw?(): void;
}

/** What a step shows below its title and words. */
export interface Drawn {
  formulas: Element[];
  pictures: Picture[];
}
