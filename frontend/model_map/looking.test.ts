import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelMapHeader } from "../shared/generated/messages.ts";
import type { View } from "../shared/page.ts";
import { isLayered, layOut } from "./layout.ts";
import { Looking } from "./looking.ts";
import { recordedMap } from "./recorded_map.ts";

const recorded = (name: Parameters<typeof recordedMap>[0], page: string): ModelMapHeader => ({
  ...recordedMap(name),
  page,
});

/** The sentence, and the blocks that are marked. */
function seen(model: ModelMapHeader, view?: View): [words: string | undefined, marked: string[]] {
  const { boxes } = layOut(model, 248);
  const looking = new Looking(model, view);
  const marked = boxes.filter((box) => looking.at(box));
  const named = marked.map((box) => (isLayered(box) ? `${box.stack} ${box.layer} ${box.kind}` : box.kind));
  return [looking.inWords(boxes), named];
}

const headView: View = { stack: "encoder", layer: 3, heads: [1] };

test("pages of heads show the heads that their pictures show", () => {
  const model = recorded("encoder", "attention");
  assert.deepEqual(seen(model, headView), ["layer 3, head 1", ["encoder 3 attention"]]);
  assert.deepEqual(seen(model, { ...headView, heads: [1, 4] })[0], "layer 3, 2 heads");
  const { boxes } = layOut(model, 248);
  const looking = new Looking(model, headView);
  const box = boxes.find((one) => isLayered(one) && one.layer === 3 && one.kind === "attention");
  assert(box);
  assert.deepEqual(looking.at(box), [1]);
  assert.deepEqual(
    [looking.atHead(box, 1), looking.atHead(box, 2), looking.atHead(box, undefined)],
    [true, false, true],
  );
});

test("what a head view said before is nothing on a page that shows no heads", () => {
  assert.deepEqual(seen(recorded("encoder", "scale"), headView), ["the whole model: how large it is", []]);
  assert.deepEqual(seen(recorded("encoder", ""), headView), ["the whole model", []]);
});

test("cross-attention is a place of its own, beside the decoder's", () => {
  const model = recorded("encoder-decoder", "attention");
  assert.deepEqual(seen(model, { stack: "cross", layer: 3, heads: [0] }), [
    "cross-attention, layer 3, head 0",
    ["cross 3 cross"],
  ]);
  assert.deepEqual(seen(model, { stack: "decoder", layer: 2, heads: [5] }), [
    "decoder layer 2, head 5",
    ["decoder 2 attention"],
  ]);
});

test("the front page tells its open block, whole or one head", () => {
  const model = recorded("encoder", "");
  const open = (block: string, heads: number[] = []) =>
    seen(model, { page: "", block, stack: "encoder", layer: 2, heads });
  assert.deepEqual(open("feed_forward"), ["layer 2, feed-forward", ["encoder 2 forward"]]);
  assert.deepEqual(open("attention"), ["layer 2", ["encoder 2 attention"]]);
  assert.deepEqual(open("attention", [7]), ["layer 2, head 7", ["encoder 2 attention"]]);
  assert.deepEqual(open("embedding"), ["the embedding", ["embedding"]]);
  assert.deepEqual(open("head"), ["what comes out", ["head"]]);
  assert.deepEqual(seen(model, { page: "", block: "none", layer: Number.NaN, heads: [] }), ["the whole model", []]);
});

test("a lesson may speak of a block of every layer", () => {
  const model = recorded("decoder", "lessons");
  const spoken = (block: string) => seen(model, { page: "lessons", block, heads: [] });
  assert.equal(spoken("attention")[0], "attention, in every layer");
  assert.equal(spoken("attention")[1].length, 30);
  assert.equal(spoken("feed_forward")[0], "the feed-forward networks of all layers");
  assert.deepEqual(spoken("embedding"), ["the embedding", ["embedding"]]);
});

test("what another page spoke of is forgotten", () => {
  const model = recorded("decoder", "lessons");
  assert.deepEqual(seen(model, { page: "", block: "feed_forward", stack: "decoder", layer: 1, heads: [] }), [
    "the whole model",
    [],
  ]);
});

test("every page says where it looks, before any of its pictures has spoken", () => {
  const expected = {
    "": "the whole model",
    embeddings: "the embeddings, and what each layer makes of them",
    generation: "the output: the next word",
    attention: "attention",
    inside_a_head: "one head",
    lessons: "the whole model",
    architectures: "the whole model, beside others",
    applications: "the whole model at work",
    scale: "the whole model: how large it is",
  };
  for (const [page, words] of Object.entries(expected)) assert.equal(seen(recorded("decoder", page))[0], words);
  assert.equal(seen(recorded("encoder", "generation"))[0], "the output: words for a mask");
  assert.equal(seen(recorded("encoder", "nowhere"))[0], undefined);
  assert.deepEqual(seen(recorded("decoder", "embeddings"))[1], ["embedding"]);
  assert.deepEqual(seen(recorded("decoder", "generation"))[1], ["head"]);
});
