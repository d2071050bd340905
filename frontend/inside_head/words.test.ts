import assert from "node:assert/strict";
import { test } from "node:test";
import type { InsideArrays } from "../shared/generated/messages.ts";
import type { InsideModel, Step } from "./model.ts";
import { numbers, recordedHead } from "./recorded.ts";
import { isRotary, leftOut, NOT_KNOWN, pairOf, WORDS } from "./words.ts";

const all = (model: InsideModel, step: Step, place = 0) => {
  const { title, said } = WORDS[step](model, place);
  return `${title}: ${said.join(" ")}`;
};

/** An array that this model has none of. */
const without = (...names: (keyof InsideArrays)[]): Partial<InsideArrays> =>
  Object.fromEntries(names.map((name) => [name, undefined]));

test("titles name the token that looks and the key that is looked into", () => {
  const model = recordedHead();
  assert.match(all(model, "vector"), /^The vector of “green” \[1\]: /);
  assert.match(all(model, "project"), /^Query of “green” \[1\], key and value of “red”: /);
  assert.match(all(model, "match"), /^How well the query of “green” \[1\] matches the key of “red”: /);
});

test("a vector begins in tables in the first layer, in the residual stream later", () => {
  const tables = Object.assign(new Float32Array(8), { shape: [2, 4] });
  const first = recordedHead({ layer: 0, tables: ["token", "position"] }, { tables });
  assert.match(all(first, "vector"), /A token begins as a sum of rows from tables/);
  assert.match(all(recordedHead(), "vector"), /The embedding and what 1 layer has added to it/);
  assert.match(all(recordedHead(), "vector"), /an RMSNorm brings it to one size/);
  const cross = recordedHead({ stack: "cross", layer: 0, tables: ["token"] }, { tables });
  assert.match(all(cross, "vector"), /in the decoder.* Keys and values come from the encoder’s last layer/);
});

test("what could not be taken apart is said, and shared keys are", () => {
  assert.match(all(recordedHead(), "project"), /into 4 numbers each.* Heads 0 and 1 share one key and value: .* 0\./);
  assert(!all(recordedHead(), "project").includes(NOT_KNOWN));
  assert(all(recordedHead({}, without("valuesProjected")), "project").includes(NOT_KNOWN));
  assert(all(recordedHead({}, without("input")), "vector").includes(NOT_KNOWN));
  const own = recordedHead({ sharing: [1] });
  assert.doesNotMatch(all(own, "project"), /share/);
  assert.match(all(recordedHead({ sharing: [3, 4, 5] }), "project"), /Heads 3, 4 and 5 share/);
});

test("positions are turned, added as a bias, already there, or nowhere", () => {
  const turned = recordedHead();
  assert(isRotary(turned));
  assert.match(all(turned, "position", 0), /number 0 with number 2 fastest.* the distance, here 1\./);
  const some = recordedHead({ headWidth: 8, rotation: { pairing: "neighbours", width: 4, factor: 1.25 } });
  assert.match(all(some, "position"), /number 0 with number 1.* first 4 of 8 numbers.* stretched by 1\.250/);

  const bias = recordedHead({ rotation: null }, { bias: numbers(0, 1, 2) });
  assert.match(all(bias, "position"), /^Position: a number for each pair/);
  const steps = recordedHead({ rotation: null, biasByDistance: true }, { bias: numbers(0, 1, 2) });
  assert.match(all(steps, "position"), /^Position: a number for each distance/);
  const learned = recordedHead({ rotation: null, tables: ["token", "position"], query: 2 });
  assert.match(all(learned, "position"), /query of position 2 and the key of position 0 .* between the two is 2\.$/);
  const none = recordedHead({ rotation: null });
  assert.match(all(none, "position", 2), /^Position: nothing is added here: .* between the two is 1\.$/);
  assert.match(all(recordedHead({ rotation: null, keyCount: 1 }), "position"), /A single token stands at position 0/);
  assert.match(all(recordedHead({ rotation: null, stack: "cross" }), "position"), /Cross-attention adds no position/);
});

test("pairs are halves of what is turned, or neighbours", () => {
  assert.deepEqual(pairOf(3, 64, "halves"), [3, 35]);
  assert.deepEqual(pairOf(3, 64, "neighbours"), [6, 7]);
});

test("the score says how the match is scaled, bounded and masked", () => {
  assert.match(all(recordedHead(), "score"), /divided by the square root of 4.* No token may look ahead/);
  assert.match(all(recordedHead({ scaling: 1, mask: "full" }), "score"), /does not scale.* may look at every token\.$/);
  assert.match(all(recordedHead({ scaling: 0.0625 }), "score"), /multiplied by 0\.06250, this model’s own scaling/);
  const capped = recordedHead({ softcap: 50, padded: true }, { capped: numbers(0, 1, 2), bias: numbers(0, 1, 2) });
  assert.match(all(capped, "score"), /between −50\.00 and 50\.00\. A bias .* Padding is closed to all\.$/);
  assert.match(all(recordedHead({ mask: "sliding window" }), "score"), /itself and those just before it/);
  const around = recordedHead({ mask: "sliding window", stack: "encoder" });
  assert.match(all(around, "score"), /only at the tokens around it/);
});

test("the sum of exponentials and a sink's share are said", () => {
  assert.match(all(recordedHead(), "softmax"), /divided by their sum, 1\.286,/); // of 1.2865, which lies below the tie
  assert.match(all(recordedHead({ sink: 0, sinkExponential: 0.5, total: 2 }), "softmax"), /sink takes 25\.0 % of the/);
});

test("a head's part is ranked by its length among all heads", () => {
  assert.match(all(recordedHead(), "output"), /the head’s 2 numbers back into 4\. All 2 heads are added with a bias/);
  assert.match(all(recordedHead(), "output"), /is number 2 of 2 for this token/);
  assert.match(all(recordedHead({ head: 0 }), "output"), /is number 1 of 2 for this token/);
  assert.match(all(recordedHead({}, without("contribution")), "output"), /could not be taken apart/);
  const alike = recordedHead({}, { contributionNorms: numbers(2, 2, 1) });
  assert.match(all(alike, "output"), /is number 1 of 3, as long as 1 other for this token/);
  const alone = recordedHead({ head: 0 }, { contributionNorms: numbers(2) });
  assert.doesNotMatch(all(alone, "output"), /number 1/);
});

test("the check's title is the largest difference, and nothing is claimed where nothing was compared", () => {
  assert.match(all(recordedHead(), "check"), /^Largest difference from the library: 1\.1e−6: /);
  assert.match(all(recordedHead(), "check"), /at most 2\.0e−6 of the largest number compared, are its rounding/);
  const wrong = all(recordedHead({ differenceShare: 0.03 }), "check");
  assert.match(wrong, /does not explain a difference this large, 3\.0 % of the largest number compared/);
  assert.doesNotMatch(wrong, /not a different formula/);
  assert.match(all(recordedHead({ differences: [] }), "check"), /offers nothing to compare with/);
  assert.match(all(recordedHead({ differences: [], waiting: true }), "check"), /made when the model is loaded/);
});

test("keys that the list has no room for are counted", () => {
  assert.equal(leftOut(recordedHead()), "");
  const long = recordedHead({ leftOut: 1200, weightLeftOut: 0.071, closed: 3 });
  assert.match(leftOut(long), /^Left out: 1,200 keys with 7\.1 % of .* 3 more keys cannot be looked at\.$/);
});
