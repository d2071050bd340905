// The picture on the page: an element for each column, so that a block opens by moving columns, not by drawing anew.

import { fitted } from "../shared/canvas.ts";
import { element } from "../shared/dom.ts";
import { Chips, type TokenActions } from "./chips.ts";
import { type Colours, coloursOf } from "./colours.ts";
import { type Column, Layout, opens, type Parting, stepInLine } from "./layout.ts";
import { Painter } from "./painting.ts";
import { CanvasPen } from "./pens.ts";
import type { LitRow, Picture } from "./picture.ts";
import { labelsOf, Titles } from "./titles.ts";
import { buttonLabel } from "./words.ts";

/** What the picture does with what is pointed at and clicked. */
export interface StageActions extends TokenActions {
  /** A block is clicked. */
  open(block: string): void;
  /** The pointer is over a row of a column; null for anywhere else. */
  explain(at: { column: Column; place: LitRow } | null, event: PointerEvent): void;
}

interface Drawn {
  column: Column;
  node: HTMLElement;
  canvas: HTMLCanvasElement;
}

export class Stage {
  readonly node: HTMLElement;
  readonly layout: Layout;
  readonly colours: Colours;
  readonly painter: Painter;
  /** Where what comes out is told. */
  readonly outcome: HTMLElement;
  /** Width of the room of the open block, 0 while all are closed. */
  openWidth = 0;
  private readonly picture: Picture;
  private readonly actions: StageActions;
  private readonly chips: Chips;
  private readonly titles: Titles;
  private readonly columns: Drawn[];
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(root: HTMLElement, picture: Picture, room: number, actions: StageActions) {
    this.picture = picture;
    this.actions = actions;
    this.layout = new Layout(picture.header, room);
    this.colours = coloursOf(root);
    this.painter = new Painter(picture, this.layout, this.colours);
    this.chips = new Chips(picture, this.layout, actions);
    this.titles = new Titles(picture, this.layout);
    const { stack } = this.layout.column("output");
    const middle = `${this.layout.outcomeMiddle}px`;
    this.outcome = element("div", { class: `outcome ${stack}`, style: { top: middle } });
    this.columns = this.layout.columns.map((column) => this.build(column));
    this.node = element(
      "div",
      {
        class: "stage",
        style: { width: `${this.layout.width}px`, height: `${this.layout.height}px` },
        onpointermove: (event) => this.pointed(event),
        onpointerleave: () => actions.point(null),
      },
      this.columns.map(({ node }) => node),
      this.titles.nodes,
      element("div", { class: "veil" }),
    );
  }

  /** Draw every column, with a row lit, locked or only pointed at. */
  paint(lit: LitRow | null, locked: boolean): void {
    for (const { column, canvas } of this.columns) {
      const context = fitted(canvas, Math.ceil(column.width), this.layout.height);
      this.painter.column(new CanvasPen(context, column.x), column, lit);
      context.globalAlpha = 1;
    }
    this.chips.light(lit, locked);
  }

  focus(block: string): void {
    for (const [name, button] of this.buttons) button.tabIndex = name === block ? 0 : -1;
    this.buttons.get(block)?.focus({ preventScroll: false });
  }

  /** Make room for what opens: columns right of a block move on, and the rest steps back. */
  part(block: string | null, width: number): Parting {
    const parting = this.layout.parting(block, width);
    this.openWidth = parting.openWidth;
    for (const { column, node } of this.columns) {
      node.style.transform = `translateX(${column.x + parting.shift(column.x)}px)`;
      node.classList.toggle("opened", block !== null && column.block === block);
    }
    this.titles.part(parting);
    this.node.classList.toggle("parted", block !== null);
    this.node.style.width = `${parting.width}px`;
    for (const [name, button] of this.buttons) button.setAttribute("aria-expanded", String(name === block));
    return parting;
  }

  private build(column: Column): Drawn {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const node = element(
      "div",
      {
        class: `column ${column.kind}`,
        data: { column: column.id },
        style: {
          width: `${column.width}px`,
          height: `${this.layout.height}px`,
          transform: `translateX(${column.x}px)`,
        },
      },
      canvas,
      opens(column) ? this.button(column) : null,
      column.kind === "tokens" ? this.chips.tokens(column) : null,
      column.kind === "answers" ? this.chips.likeliest(column) : null,
      column.kind === "output" ? this.outcome : null,
      labelsOf(this.picture, this.layout, column),
    );
    return { column, node, canvas };
  }

  private button(column: Column & { block: string }): HTMLButtonElement {
    const { block } = column;
    const [top, bottom] = this.layout.buttonReach(column);
    const made = element("button", {
      type: "button",
      class: `block ${column.kind} ${column.stack}`,
      tabindex: this.buttons.size ? -1 : 0,
      data: { block },
      "aria-label": buttonLabel(this.picture, column),
      "aria-expanded": "false",
      style: { top: `${top - 6}px`, height: `${bottom - top + 12}px` },
      onclick: (event) => {
        event.stopPropagation();
        this.actions.open(block);
      },
      onkeydown: (event) => this.key(event, block),
    });
    this.buttons.set(block, made);
    return made;
  }

  /** Enter and space open a block; left and right go from block to block, Home and End to the first and last. */
  private key(event: KeyboardEvent, block: string): void {
    const names = [...this.buttons.keys()];
    const next = stepInLine(names.length, names.indexOf(block), event.key);
    if (event.key === "Enter" || event.key === " ") this.actions.open(block);
    else if (next === null) return;
    else this.focus(names[next]);
    event.preventDefault();
  }

  private pointed(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest(".opened-panel")) return;
    const box = this.node.getBoundingClientRect();
    const at = this.openWidth ? null : this.layout.at(event.clientX - box.left, event.clientY - box.top);
    this.actions.point(at?.place ?? null);
    this.actions.explain(at, event);
  }
}
