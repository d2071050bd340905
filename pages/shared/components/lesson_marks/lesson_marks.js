// One mark a lesson: its number, strong if it was read, and below it a dot for each question.

export default function ({ parentElement, data, setTriggerValue }) {
  const root = rootOf(parentElement);
  const { header } = unpack(data);
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
      element("span", { class: "dots", "aria-hidden": "true" }, ...lesson.questions.map((state) => element("span", { class: `dot ${state}` }))),
    );
  said.textContent = header.summary;
  const focused = root.querySelector(".mark:focus")?.dataset.lesson;
  root.replaceChildren(element("nav", { class: "marks", "aria-label": "Lessons" }, ...header.lessons.map(mark)), said);
  if (focused) root.querySelector(`.mark[data-lesson="${focused}"]`)?.focus();
}
