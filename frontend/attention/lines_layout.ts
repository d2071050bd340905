// Where tokens and lines lie, in pixels from the top of the pane.

import type { Side } from "./choice.ts";
import type { AttentionModel, Link } from "./model.ts";

const DENSE_HEIGHT = 640; // pixels, where tokens are too many to be written out
const NEAR = 7; // pixels from a line within which the pointer is on it

export class LinesLayout {
  readonly model: AttentionModel;
  /** Of both sides, in pixels. */
  readonly height: number;

  constructor(model: AttentionModel) {
    this.model = model;
    const longest = Math.max(model.count("query"), model.count("key"));
    this.height = model.detailed ? Math.round(longest * Math.max(17, Math.min(30, 760 / longest))) : DENSE_HEIGHT;
  }

  /** The height of one token. */
  row(side: Side): number {
    return this.height / this.model.count(side);
  }

  /** The middle of a token. */
  y(side: Side, position: number): number {
    const [start, end] = this.model.range(side);
    return ((position - start + 0.5) / (end - start)) * this.height;
  }

  /** The token at a share of the height, from 0 at the top to 1. */
  positionAt(side: Side, share: number): number {
    const [start, end] = this.model.range(side);
    const place = Math.floor(share * (end - start));
    return start + Math.max(0, Math.min(end - start - 1, place));
  }

  /** How far a head's lines run above or below the middle of a token, so that several heads' lie side by side. */
  lane(heads: readonly number[], head: number): number {
    if (heads.length === 1 || !this.model.detailed) return 0;
    const row = this.height / Math.max(this.model.count("query"), this.model.count("key"));
    return (heads.indexOf(head) - (heads.length - 1) / 2) * Math.min(4, (0.7 * row) / heads.length);
  }

  /** The line nearest to a point, the stronger of two that are as near, null if none is near. */
  nearest(links: readonly Link[], heads: readonly number[], share: number, height: number): Link | null {
    const ease = 3 * share ** 2 - 2 * share ** 3;
    let best: Link | null = null;
    let nearest = NEAR;
    for (const link of links) {
      const from = this.y("query", link.query);
      const lane = this.lane(heads, link.head);
      const distance = Math.abs(lane + from + (this.y("key", link.key) - from) * ease - height);
      const stronger = best !== null && distance === nearest && link.weight > best.weight;
      if (distance < nearest || stronger) [best, nearest] = [link, distance];
    }
    return best;
  }
}
