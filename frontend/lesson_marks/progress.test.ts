import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { LessonMark } from "../shared/generated/messages.ts";
import { inWords, isBegun, keepProgress, keptProgress, knowsMore, progressOf } from "./progress.ts";

const mark = (given: Partial<LessonMark> = {}): LessonMark => ({
  name: "tokens",
  number: 1,
  title: "From text to tokens",
  read: true,
  questions: ["right", "", "wrong"],
  ...given,
});
const unread = mark({ name: "vectors", number: 2, read: false, questions: ["", ""] });

/** A browser's storage, in which something is kept or which may not be used. */
function storage(kept: string | null, allowed = true): Map<string, string> {
  const items = new Map(kept === null ? [] : [["attention-explorer lessons", kept]]);
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    value: {
      getItem: (name: string) => (allowed ? (items.get(name) ?? null) : forbidden()),
      setItem: (name: string, value: string) => (allowed ? items.set(name, value) : forbidden()),
    },
  });
  return items;
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, "localStorage");
});

test("lessons that were read are kept with their answers, and found again", () => {
  const items = storage(null);
  keepProgress([mark(), unread]);
  assert.equal(items.get("attention-explorer lessons"), '{"tokens":["right","","wrong"]}');
  assert.deepEqual(keptProgress(), { tokens: ["right", "", "wrong"] });
  assert.deepEqual(progressOf([unread]), {});
});

test("what a browser has kept may be nothing or anything, and it may forbid to ask", () => {
  for (const kept of [null, "null", "7", '"right"', "not JSON"]) {
    storage(kept);
    assert.deepEqual(keptProgress(), {});
  }
  storage("{}", false);
  assert.deepEqual(keptProgress(), {});
  keepProgress([mark()]);
});

test("a browser knows more if it has kept a lesson or an answer that the session has not", () => {
  assert(!knowsMore({}, [mark(), unread]));
  assert(!knowsMore({ tokens: ["right", "", "wrong"] }, [mark(), unread]));
  assert(knowsMore({ vectors: [] }, [mark(), unread]));
  assert(knowsMore({ tokens: ["", "wrong"] }, [mark()]));
  assert(!knowsMore({ tokens: ["wrong", ""] }, [mark()])); // that question was answered in this session too
  assert(!knowsMore({ tokens: ["", "perhaps"], vectors: "right" }, [mark(), unread]));
});

test("a lesson is told with what was right in it", () => {
  assert.equal(inWords(mark()), "Lesson 1: From text to tokens, read, 1 of 3 questions right");
  assert.equal(inWords(mark({ questions: ["", ""] })), "Lesson 1: From text to tokens, read");
  assert.equal(inWords({ ...unread, title: "Two" }), "Lesson 2: Two, not read yet");
});

test("there is something to forget once another lesson was read or a question answered", () => {
  const fresh = mark({ questions: [""] });
  assert(!isBegun([fresh, unread], "tokens"));
  assert(isBegun([fresh, unread], "vectors"));
  assert(isBegun([mark({ questions: ["wrong"] })], "tokens"));
});
