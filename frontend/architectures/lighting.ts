// Light: pointing at a token, a piece of text or a cell lights what stands for the same characters; a click locks it.

import type { ComparedStack, ReadyPane } from "../shared/generated/messages.ts";
import { onceAFrame } from "../shared/timing.ts";
import { tokenName } from "../shared/tokens.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import type { Pane } from "./compared.ts";
import { isSame, litBy, litCells, sequencesOf, type Target } from "./links.ts";
import type { MatrixPicture } from "./matrix_picture.ts";
import { cellInWords, cellSize } from "./weights.ts";

/** A matrix on the page, whose it is, and how many cells have to fit beside one another. */
export interface ShownMatrix {
  picture: MatrixPicture;
  pane: ReadyPane;
  place: number;
  stack: ComparedStack;
  across: number;
  inBlocks: boolean;
}

export class Lighting {
  private readonly tooltip: Tooltip;
  private panes: readonly Pane[] = [];
  private nodes: { node: HTMLElement; target: Target }[] = [];
  private matrices: ShownMatrix[] = [];
  private pointed: readonly Target[] = [];
  private locked: Target | null = null;
  private readonly relight = onceAFrame(() => this.light());

  constructor(root: HTMLElement) {
    this.tooltip = tooltipOf(root);
  }

  /** Forget the nodes of panes that are drawn anew; what is pointed at or locked lights up among the new ones. */
  begin(panes: readonly Pane[]): void {
    this.panes = panes;
    this.nodes = [];
    this.matrices = [];
    this.relight();
  }

  add(node: HTMLElement, target: Target): HTMLElement {
    this.nodes.push({ node, target });
    node.tabIndex = -1;
    node.onpointerenter = () => this.point([target]);
    node.onpointerleave = () => this.point([]);
    node.onclick = () => this.lock(target);
    return node;
  }

  addMatrix(shown: ShownMatrix): void {
    this.matrices.push(shown);
    const { node } = shown.picture;
    node.onpointermove = (event) => this.pointAtCell(shown, event);
    node.onpointerleave = () => {
      this.tooltip.hide();
      this.point([]);
    };
  }

  /** Forget the matrices within an element that leaves the page. */
  forget(element: Element): void {
    this.matrices = this.matrices.filter(({ picture }) => !element.contains(picture.node));
  }

  point(targets: readonly Target[]): void {
    this.pointed = targets;
    this.relight();
  }

  free(): void {
    this.locked = null;
    this.tooltip.hide();
    this.point([]);
  }

  /** Draw all matrices in the room that they have now. */
  drawMatrices(): void {
    for (const { picture, across, inBlocks } of this.matrices) {
      const room = picture.node.closest(".matrices")?.clientWidth;
      if (room) picture.draw(cellSize(room, across, inBlocks));
    }
  }

  private lock(target: Target): void {
    this.locked = isSame(this.locked, target) ? null : target;
    this.relight();
  }

  private light(): void {
    const targets = this.pointed.length || !this.locked ? this.pointed : [this.locked];
    const isLit = litBy(this.panes, targets);
    for (const { node, target } of this.nodes) {
      const lit = isLit(target);
      node.classList.toggle("lit", lit);
      node.classList.toggle("locked", lit && this.locked !== null && !this.pointed.length);
    }
    for (const { picture, pane, place, stack } of this.matrices) picture.light(litCells(pane, place, stack, isLit));
  }

  private pointAtCell({ picture, pane, place, stack }: ShownMatrix, event: PointerEvent): void {
    const cell = picture.at(event);
    if (!cell) return;
    const [down, across] = sequencesOf(pane, stack);
    const [query, key] = [cell.row * stack.block, cell.column * stack.block];
    const names = `${tokenName(pane[down][query], query)} → ${tokenName(pane[across][key], key)}`;
    const said = cellInWords(picture.matrix, cell.row, cell.column, stack.block);
    this.tooltip.show(event.clientX, event.clientY, names, said);
    this.point([
      { pane: place, sequence: down, position: query },
      { pane: place, sequence: across, position: key },
    ]);
  }
}
