// Branches of a text in the order of a tree.

import type { TextBranch } from "../shared/generated/messages.ts";

/** Each branch behind its parent, with its depth from 0. */
export function inOrder(branches: readonly TextBranch[]): [branch: TextBranch, depth: number][] {
  const below = (parent: number | null, depth: number): [TextBranch, number][] =>
    branches
      .filter((branch) => branch.parent === parent)
      .flatMap((branch) => [[branch, depth], ...below(branch.number, depth + 1)]);
  return below(null, 0);
}
