// What lights up together: tokens, pieces of text and cells that stand for the same characters, in all panes.

import type { ComparedStack, ReadyPane } from "../shared/generated/messages.ts";
import { isReady, type Pane } from "./compared.ts";

export type Sequence = "source" | "target";

/** Pieces of text, by their numbers. */
export interface Pieces {
  links: readonly number[];
}

/** A token of a pane. */
export interface TokenPlace {
  pane: number;
  sequence: Sequence;
  position: number;
}

/** What can be pointed at. */
export type Target = Pieces | TokenPlace;

/** Rows and columns of a matrix. */
export interface LitCells {
  rows: Set<number>;
  columns: Set<number>;
}

/** The numbers of the pieces that something stands for; a written token stands for the word it was written for. */
export function linksOf(panes: readonly Pane[], target: Target): readonly number[] {
  if ("links" in target) return target.links;
  const pane = panes[target.pane];
  if (!isReady(pane)) return [];
  if (target.sequence === "source") return pane.source[target.position]?.links ?? [];
  const source = pane.target[target.position]?.source ?? null;
  return source === null ? [] : pane.source[source].links;
}

/** A function that says whether something lights up with what is pointed at. */
export function litBy(panes: readonly Pane[], pointed: readonly Target[]): (target: Target) => boolean {
  const links = new Set(pointed.flatMap((target) => linksOf(panes, target)));
  return (target) =>
    pointed.some((one) => isSameToken(one, target)) || linksOf(panes, target).some((link) => links.has(link));
}

/** True if both are the same pieces or the same token. */
export function isSame(one: Target | null, other: Target | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Which tokens are the rows and the columns of a stack's matrices. */
export function sequencesOf(pane: Pick<ReadyPane, "family">, { stack }: Pick<ComparedStack, "stack">) {
  const own: Sequence = stack !== "encoder" && pane.family === "encoder-decoder" ? "target" : "source";
  const sequences: [rows: Sequence, columns: Sequence] = stack === "cross" ? ["target", "source"] : [own, own];
  return sequences;
}

/** The rows and columns of a stack's matrix that light up. */
export function litCells(
  pane: ReadyPane,
  place: number,
  stack: Pick<ComparedStack, "stack" | "block">,
  isLit: (target: Target) => boolean,
): LitCells {
  const places = (sequence: Sequence) =>
    new Set(
      pane[sequence].flatMap((_, position) =>
        isLit({ pane: place, sequence, position }) ? [Math.floor(position / stack.block)] : [],
      ),
    );
  const [rows, columns] = sequencesOf(pane, stack);
  return { rows: places(rows), columns: places(columns) };
}

function isSameToken(one: Target, other: Target): boolean {
  if ("links" in one || "links" in other) return false;
  return one.pane === other.pane && one.sequence === other.sequence && one.position === other.position;
}
