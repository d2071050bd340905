import assert from "node:assert/strict";
import { test } from "node:test";
import { whatIsRead } from "./cells.ts";

test("which sides of a blank were read is said by what stands there, not by the kind of model", () => {
  assert.equal(whatIsRead({ before: "The ", after: " sat.", unseen: "" }), "Both sides are read.");
  assert.equal(whatIsRead({ before: "The ", after: "", unseen: " sat." }), "What stands after the blank is not seen.");
  assert.equal(whatIsRead({ before: "The ", after: "", unseen: "" }), "Nothing stands after the blank.");
  assert.equal(whatIsRead({ before: "", after: " sat.", unseen: "" }), "Nothing stands before the blank.");
});
