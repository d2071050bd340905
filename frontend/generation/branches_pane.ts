// Every way the text went on, as a tree one can return to.

import { element } from "../shared/dom.ts";
import type { GenerationHeader, TextBranch } from "../shared/generated/messages.ts";
import { counted } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { inOrder } from "./branch_tree.ts";

const MOST_TOKENS = 14; // shown of a branch
const INDENT = 22; // pixels
const DEEPEST = 8; // from where on branches are indented no further

export class BranchesPane {
  readonly node = element("section", { class: "branches", "aria-label": "Branches" });
  private readonly open: (branch: TextBranch) => void;

  /** @param open Called with the branch that the visitor turns to. */
  constructor(open: (branch: TextBranch) => void) {
    this.open = open;
  }

  load({ branches, branch: current }: GenerationHeader): void {
    const rows = inOrder(branches).map(([branch, depth]) => this.row(branch, depth, branch.number === current));
    const hint = "Click another candidate to let the text go on from it. Every branch stays here.";
    this.node.replaceChildren(
      element("h5", {}, "Branches"),
      branches.length > 1
        ? element("div", { class: "tree", role: "tree" }, ...rows)
        : element("p", { class: "quiet" }, hint),
    );
  }

  private row(branch: TextBranch, depth: number, selected: boolean): HTMLElement {
    const { tokens, at } = branch;
    const chips = tokens
      .slice(0, MOST_TOKENS)
      .map((token, place) => chip(token, { class: place === 0 && depth ? "fork" : "" }));
    const more = tokens.length - MOST_TOKENS;
    return element(
      "button",
      {
        class: "branch",
        role: "treeitem",
        "aria-selected": String(selected),
        "aria-level": depth + 1,
        title: branch.note,
        style: { marginInlineStart: `${Math.min(depth, DEEPEST) * INDENT}px` },
        onclick: () => this.open(branch),
      },
      element("span", { class: "quiet" }, depth ? `└ from token ${at + 1} ` : "first "),
      ...chips,
      more > 0 ? element("span", { class: "quiet" }, `… ${counted(more, "more token")}`) : null,
    );
  }
}
