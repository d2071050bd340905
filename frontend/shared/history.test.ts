import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyCompletes } from "./history.ts";

const url = (path: string) => new URL(path, "http://localhost:8501");

test("an address that only adds parameters completes the one before", () => {
  assert(onlyCompletes(url("/attention"), url("/attention?layer=3")));
  assert(onlyCompletes(url("/attention?layer=3"), url("/attention?head=1&head=2&layer=3")));
});

test("another value, a parameter less or another page is another place", () => {
  assert(!onlyCompletes(url("/attention?layer=3"), url("/attention?layer=4")));
  assert(!onlyCompletes(url("/attention?layer=3"), url("/attention")));
  assert(!onlyCompletes(url("/attention?head=1&head=2"), url("/attention?head=1")));
  assert(!onlyCompletes(url("/attention"), url("/generation")));
});
