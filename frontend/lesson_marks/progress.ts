// What was read and answered stays in the visitor's browser, so that it is there tomorrow.

import type { LessonMark } from "../shared/generated/messages.ts";

const KEPT = "attention-explorer lessons";

/** By lesson, how its questions went: {name: ["", "right", "wrong" ...]}. What a browser has kept may be anything. */
export type Progress = Record<string, unknown>;

/** What the browser has kept; it may forbid to keep anything. */
export function keptProgress(): Progress {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return typeof kept === "object" ? { ...kept } : {};
  } catch {
    return {};
  }
}

/** Keep the lessons that were read; where that is forbidden, it lasts as long as the session. */
export function keepProgress(lessons: readonly LessonMark[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(progressOf(lessons)));
  } catch {
    // Nothing is lost that could be kept.
  }
}

/** What there is to keep of lessons. */
export function progressOf(lessons: readonly LessonMark[]): Progress {
  return Object.fromEntries(lessons.filter(({ read }) => read).map(({ name, questions }) => [name, questions]));
}

/** True if the browser has kept what the session does not know. */
export function knowsMore(kept: Progress, lessons: readonly LessonMark[]): boolean {
  return lessons.some(({ name, read, questions }) => {
    const states = kept[name];
    if (!Array.isArray(states)) return false;
    return !read || questions.some((state, place) => !state && ["right", "wrong"].includes(states[place]));
  });
}

/** A lesson and how far the visitor has come with it, in words. */
export function inWords({ number, title, read, questions }: LessonMark): string {
  const parts = [`Lesson ${number}: ${title}`, read ? "read" : "not read yet"];
  const right = questions.filter((state) => state === "right").length;
  if (questions.some((state) => state)) parts.push(`${right} of ${questions.length} questions right`);
  return parts.join(", ");
}

/** True if there is anything to forget: another lesson was read, or a question was answered. */
export function isBegun(lessons: readonly LessonMark[], now: string): boolean {
  return lessons.some(({ name, read, questions }) => (read && name !== now) || questions.some((state) => state));
}
