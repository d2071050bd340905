import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "./branch_tree.ts";

const branch = (number: number, parent: number | null) => ({ number, parent, at: 1, tokens: [], note: "" });

test("every branch stands behind its parent, one step further in", () => {
  const branches = [branch(0, null), branch(1, 0), branch(2, 0), branch(3, 1), branch(4, 3)];
  assert.deepEqual(
    inOrder(branches).map(([{ number }, depth]) => [number, depth]),
    [
      [0, 0],
      [1, 1],
      [3, 2],
      [4, 3],
      [2, 1],
    ],
  );
});
