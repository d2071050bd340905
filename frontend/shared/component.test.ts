import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, type Mounted } from "./component.ts";

/** A component of a page, and what it was mounted with. */
function component(hasRoot = true) {
  const drawn: unknown[] = [];
  const root = {};
  const parentElement = { querySelector: () => (hasRoot ? root : null) };
  const live = inOrder<unknown>(({ data }) => drawn.push(data));
  const give = (data: unknown) => live({ parentElement, data } as unknown as Mounted<never>);
  return { drawn, give };
}

function packet(content: number[], stamp: number): Uint8Array {
  const bytes = new Uint8Array(3 + content.length + 8).subarray(3); // lies anywhere in its buffer
  bytes.set(content);
  new DataView(bytes.buffer, bytes.byteOffset + content.length, 8).setFloat64(0, stamp, true);
  return bytes;
}

test("a packet that comes after a newer one is left out", () => {
  const { drawn, give } = component();
  give(packet([2, 2], 1_790_000_000.000_002));
  give(packet([1], 1_790_000_000.000_001));
  give(packet([3], 1_790_000_000.000_003));
  assert.deepEqual(drawn, [new Uint8Array([2, 2]), new Uint8Array([3])]);
});

test("what came last is drawn again when it is mounted again, as for another theme", () => {
  const { drawn, give } = component();
  give(packet([5], 7));
  give(packet([5], 7));
  assert.equal(drawn.length, 2);
});

test("plain data are kept in order too", () => {
  const { drawn, give } = component();
  give({ wait: 0, stamp: 9 });
  give({ wait: 700, stamp: 8 });
  assert.deepEqual(drawn, [{ wait: 0, stamp: 9 }]);
});

test("a component without a root is left to say so itself", () => {
  const { drawn, give } = component(false);
  give(packet([1], 1));
  assert.equal(drawn.length, 1);
});
