// @ts-nocheck: not typed yet
// Every way the text went on, as a tree one can return to.

import { element } from "../shared/dom.ts";
import { chip } from "../shared/tokens.ts";

export const BRANCH_TOKENS = 14;

export class BranchesView {
  constructor(owner) {
    this.owner = owner;
    this.node = element("section", { class: "branches", "aria-label": "Branches" });
  }

  load(header) {
    const { branches } = header;
    if (branches.length < 2) {
      this.node.replaceChildren(
        element("h5", {}, "Branches"),
        element(
          "p",
          { class: "quiet" },
          "Click another candidate to let the text go on from it. Every branch stays here.",
        ),
      );
      return;
    }
    this.node.replaceChildren(
      element("h5", {}, "Branches"),
      element(
        "div",
        { class: "tree", role: "tree" },
        ...this.inOrder(branches).map(([branch, depth]) => this.row(branch, depth, header.branch)),
      ),
    );
  }

  /** Each branch behind its parent, with its depth. */
  inOrder(branches) {
    const found = [];
    const visit = (parent, depth) => {
      for (const branch of branches) {
        if (branch.parent !== parent) continue;
        found.push([branch, depth]);
        visit(branch.number, depth + 1);
      }
    };
    visit(null, 0);
    return found;
  }

  row(branch, depth, current) {
    const tokens = branch.tokens
      .slice(0, BRANCH_TOKENS)
      .map((token, index) => chip(token, { class: index === 0 && depth ? "fork" : "" }));
    const more =
      branch.tokens.length > BRANCH_TOKENS
        ? element("span", { class: "quiet" }, `… ${branch.tokens.length - BRANCH_TOKENS} more`)
        : null;
    const where = depth ? `from token ${branch.at + 1}` : "first";
    return element(
      "button",
      {
        class: "branch",
        role: "treeitem",
        "aria-selected": String(branch.number === current),
        "aria-level": depth + 1,
        title: branch.note,
        style: { marginInlineStart: `${Math.min(depth, 8) * 22}px` },
        onclick: () => this.owner.tell({ kind: "goto", branch: branch.number, step: branch.at }),
      },
      element("span", { class: "quiet" }, `${depth ? "└ " : ""}${where} `),
      ...tokens,
      more,
    );
  }
}
