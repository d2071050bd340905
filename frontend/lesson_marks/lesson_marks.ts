// One mark a lesson: its number, strong if it was read, and below it a dot for each question.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { LessonMark, LessonMarksHeader, LessonMarksSends } from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { publish, subscribe } from "../shared/page.ts";
import { inWords, isBegun, keepProgress, keptProgress, knowsMore, type Progress } from "./progress.ts";

type Send = Mounted<Uint8Array, object, LessonMarksSends>["setTriggerValue"];

class MarksView {
  private readonly root: HTMLElement;
  /** What the browser had kept before this session. */
  private kept: Progress = keptProgress();
  /** True once the session was told of it. */
  private isTold = false;

  constructor(root: HTMLElement) {
    this.root = root;
  }

  load(packet: Uint8Array, send: Send): void {
    const { header } = unpack<LessonMarksHeader, object>(packet);
    this.keep(header.lessons, send);
    this.tellPlace(header.block);
    this.draw(header, send);
  }

  /** Keep the session's progress, but write nothing over before the session has taken it in. */
  private keep(lessons: LessonMark[], send: Send): void {
    if (!knowsMore(this.kept, lessons)) keepProgress(lessons);
    else if (!this.isTold) send("kept", this.kept);
    this.isTold = true;
  }

  /** Let the map know which block the lesson is about; pictures of one head tell it themselves where they look. */
  private tellPlace(block: string | null): void {
    const tell = () => {
      if (block !== null) publish("view", this.root, { page: "lessons", block, heads: [] });
    };
    tell();
    // The picture of the lesson before may still speak while it goes.
    subscribe(this.root, "view", (view) => {
      if (!view.block) tell();
    });
  }

  private draw(header: LessonMarksHeader, send: Send): void {
    const { root } = this;
    const said = element("div", { class: "said quiet", "aria-live": "polite" }, header.summary);
    const say = (text: string) => said.replaceChildren(text);
    const mark = (lesson: LessonMark) =>
      element(
        "button",
        {
          class: lesson.read ? "mark read" : "mark",
          "aria-current": lesson.name === header.now ? "page" : null,
          "aria-label": inWords(lesson),
          data: { lesson: lesson.name },
          onclick: () => lesson.name !== header.now && send("lesson", lesson.name),
          onpointerenter: () => say(inWords(lesson)),
          onfocus: () => say(inWords(lesson)),
          onpointerleave: () => say(header.summary),
          onblur: () => say(header.summary),
        },
        String(lesson.number),
        element("span", { class: "dots", "aria-hidden": "true" }, lesson.questions.map(dot)),
      );
    const focused = root.querySelector<HTMLElement>(".mark:focus")?.dataset.lesson;
    root.replaceChildren(
      element("nav", { class: "marks", "aria-label": "Lessons" }, header.lessons.map(mark)),
      element("div", { class: "standing" }, said, isBegun(header.lessons, header.now) ? this.startAgain(send) : null),
    );
    if (focused) root.querySelector<HTMLElement>(`.mark[data-lesson="${focused}"]`)?.focus();
  }

  private startAgain(send: Send): HTMLElement {
    const forget = () => {
      this.kept = {};
      send("anew", true);
    };
    return element(
      "button",
      { class: "anew", title: "Forget what you read and answered", onclick: forget },
      "Start again",
    );
  }
}

const dot = (state: string) => element("span", { class: `dot ${state}` });

export function mount({ parentElement, data, setTriggerValue }: Mounted<Uint8Array, object, LessonMarksSends>): void {
  viewOf(rootOf(parentElement), (root) => new MarksView(root)).load(data, setTriggerValue);
}
