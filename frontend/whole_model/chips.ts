// Tokens on the picture: those that go in, which can be lit, and those that come out.

import { element } from "../shared/dom.ts";
import type { TokenChip } from "../shared/generated/messages.ts";
import { chip } from "../shared/tokens.ts";
import type { Column, Layout } from "./layout.ts";
import { type LitRow, type Picture, sameRow } from "./picture.ts";
import { rowName } from "./words.ts";

/** What the picture does with a token. */
export interface TokenActions {
  /** A token is pointed at; null for none. */
  point(place: LitRow | null): void;
  /** A token is chosen to stay lit, or let go of. */
  lock(place: LitRow): void;
}

interface Placed {
  node: HTMLElement;
  place: LitRow;
}

export class Chips {
  private readonly picture: Picture;
  private readonly layout: Layout;
  private readonly actions: TokenActions;
  private readonly given: Placed[] = [];
  private readonly answers: Placed[] = [];

  constructor(picture: Picture, layout: Layout, actions: TokenActions) {
    this.picture = picture;
    this.layout = layout;
    this.actions = actions;
  }

  /** A button for every token that goes in. */
  tokens({ sequence }: Column): HTMLElement[] {
    return this.picture.sequence(sequence).rows.map((token, row) => {
      const place = { sequence, row };
      const made = chip(token, {
        tag: "button",
        type: "button",
        class: "placed given",
        style: this.styleAt(place),
        tabindex: row ? -1 : 0,
        "aria-pressed": "false",
        "aria-label": `${rowName(this.picture, place)}. Light its path`,
        onclick: (event: MouseEvent) => {
          event.stopPropagation();
          this.actions.lock(place);
        },
        onfocus: () => this.actions.point(place),
        onblur: () => this.actions.point(null),
        onkeydown: (event: KeyboardEvent) => this.key(event, place),
      });
      if (token.count > 1) made.append(more(token.count));
      this.given.push({ node: made, place });
      return made;
    });
  }

  /** The likeliest token to come out at each row. */
  likeliest({ sequence, stack }: Column): HTMLElement[] {
    return this.picture.sequence(sequence).rows.map((_, row) => {
      const place = { sequence, row };
      const [[token, share]] = this.picture.candidates(row);
      const made = this.answer(token, place, stack);
      made.style.setProperty("--share", `${100 * share}%`);
      this.answers.push({ node: made, place });
      return made;
    });
  }

  /** Light a row, locked or only pointed at; the others step back. */
  light(lit: LitRow | null, locked: boolean): void {
    for (const { node, place } of [...this.given, ...this.answers]) {
      const own = lit !== null && sameRow(lit, place);
      node.classList.toggle("lit", own);
      node.classList.toggle("faded", lit !== null && !own);
      node.classList.toggle("locked", own && locked);
    }
    for (const { node, place } of this.given)
      node.setAttribute("aria-pressed", String(lit !== null && locked && sameRow(lit, place)));
  }

  private answer(token: TokenChip, place: LitRow, stack: string): HTMLElement {
    return chip(token, { class: `placed answer ${stack}`, style: this.styleAt(place) });
  }

  private styleAt({ sequence, row }: LitRow): Partial<CSSStyleDeclaration> {
    const { layout } = this;
    return {
      top: `${layout.y(sequence, row)}px`,
      fontSize: `${Math.max(10, Math.min(14, layout.row - 5))}px`,
      lineHeight: `${Math.min(layout.row - 2, 24)}px`,
    };
  }

  /** Enter and space lock a token; up and down go to its neighbours. */
  private key(event: KeyboardEvent, place: LitRow): void {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") this.actions.lock(place);
    else if (way === undefined) return;
    else this.focus(place, { ...place, row: place.row + way });
    event.preventDefault();
  }

  private focus(from: LitRow, to: LitRow): void {
    const [before, next] = [from, to].map((one) => this.given.find(({ place }) => sameRow(place, one))?.node);
    if (!before || !next) return;
    before.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

const more = (count: number): HTMLElement => element("span", { class: "more" }, ` +${count - 1}`);
