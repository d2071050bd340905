// Colours of numbers: blue above zero, orange below, the page's background for zero.

import { luminance, paletteColour, ramp } from "../shared/colours.ts";

/** The colour of digits on a ground: the page's text or its background, whichever stands out more. */
export function inkOn(ground: string, text: string, background: string): string {
  const contrast = (one: string) => {
    const [dim, bright] = [luminance(one), luminance(ground)].sort((less, more) => less - more);
    return (bright + 0.05) / (dim + 0.05);
  };
  return contrast(text) >= contrast(background) ? text : background;
}

/** The palette of a root as it is now; made anew when the root is drawn again, since its theme may have changed. */
export class Shades {
  private readonly root: HTMLElement;
  private readonly colours = new Map<string, string>();
  private readonly ramps = new Map<string, Uint8Array>();
  private readonly inks = new Map<string, string>();

  constructor(root: HTMLElement) {
    this.root = root;
  }

  colour(name: string): string {
    return known(this.colours, name, () => paletteColour(this.root, name));
  }

  /** A colour between the page's background (0) and a palette colour (1). */
  shade(name: string, part: number): string {
    const colours = known(this.ramps, name, () => ramp(this.colour("background"), this.colour(name)));
    const start = Math.round(part * 255) * 3;
    return `rgb(${colours.slice(start, start + 3).join(" ")})`;
  }

  ink(ground: string): string {
    return known(this.inks, ground, () => inkOn(ground, this.colour("text"), this.colour("background")));
  }
}

function known<Value>(kept: Map<string, Value>, name: string, make: () => Value): Value {
  const found = kept.get(name) ?? make();
  kept.set(name, found);
  return found;
}
