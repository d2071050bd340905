// @ts-nocheck: not typed yet
// One mark a lesson: its number, strong if it was read, and below it a dot for each question.
// What was read and answered stays in the visitor's browser, so that it is there tomorrow.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { unpack } from "../shared/packet.ts";
import { publish, subscribe } from "../shared/page.ts";

export const KEPT = "attention-explorer lessons";

/** Progress by lesson, {name: ["", "right", "wrong" ...]}; a browser may forbid to keep anything. */
export function keptProgress() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export function keepProgress(lessons) {
  const read = Object.fromEntries(lessons.filter(({ read }) => read).map(({ name, questions }) => [name, questions]));
  try {
    localStorage.setItem(KEPT, JSON.stringify(read));
  } catch {
    // Then it lasts as long as the session.
  }
}

/** True if the browser has kept what the session does not know. */
export function knowsMore(kept, lessons) {
  return lessons.some(
    ({ name, read, questions }) =>
      Array.isArray(kept[name]) &&
      (!read || questions.some((state, place) => !state && ["right", "wrong"].includes(kept[name][place]))),
  );
}

export function mount({ parentElement, data, setTriggerValue }) {
  const root = rootOf(parentElement);
  const { header } = unpack(data);
  const first = root.kept === undefined;
  if (first) root.kept = keptProgress();
  // Nothing is written over before the session has taken it in.
  if (!knowsMore(root.kept, header.lessons)) keepProgress(header.lessons);
  else if (first) setTriggerValue("kept", root.kept);
  const said = element("div", { class: "said quiet", "aria-live": "polite" });
  const inWords = ({ number, title, read, questions }) => {
    const right = questions.filter((state) => state === "right").length;
    const answered = questions.filter((state) => state).length;
    const parts = [`Lesson ${number}: ${title}`, read ? "read" : "not read yet"];
    if (answered) parts.push(`${right} of ${questions.length} questions right`);
    return parts.join(", ");
  };
  const mark = (lesson) =>
    element(
      "button",
      {
        class: lesson.read ? "mark read" : "mark",
        "aria-current": lesson.name === header.now ? "page" : null,
        "aria-label": inWords(lesson),
        data: { lesson: lesson.name },
        onclick: () => lesson.name !== header.now && setTriggerValue("lesson", lesson.name),
        onpointerenter: () => (said.textContent = inWords(lesson)),
        onfocus: () => (said.textContent = inWords(lesson)),
        onpointerleave: () => (said.textContent = header.summary),
        onblur: () => (said.textContent = header.summary),
      },
      String(lesson.number),
      element(
        "span",
        { class: "dots", "aria-hidden": "true" },
        ...lesson.questions.map((state) => element("span", { class: `dot ${state}` })),
      ),
    );
  // Pictures of one head tell the map themselves where they look.
  const tellPlace = () =>
    header.block !== null && publish("view", root, { page: "lessons", block: header.block, heads: [] });
  tellPlace();
  // The picture of the lesson before may still speak while it goes.
  subscribe(root, "view", (view) => view.block || tellPlace());
  said.textContent = header.summary;
  const forget = () => {
    root.kept = {};
    setTriggerValue("anew", true);
  };
  const anew = element(
    "button",
    { class: "anew", title: "Forget what you read and answered", onclick: forget },
    "Start again",
  );
  const begun = header.lessons.some(
    ({ name, read, questions }) => (read && name !== header.now) || questions.some((state) => state),
  );
  const focused = root.querySelector(".mark:focus")?.dataset.lesson;
  root.replaceChildren(
    element("nav", { class: "marks", "aria-label": "Lessons" }, ...header.lessons.map(mark)),
    element("div", { class: "standing" }, said, begun ? anew : null),
  );
  if (focused) root.querySelector(`.mark[data-lesson="${focused}"]`)?.focus();
}
