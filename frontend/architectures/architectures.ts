// The comparison as a whole: one grid of rows and panes, what is lit in all of them, and the choices within.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type {
  ComparedText,
  ComparisonChoice,
  ComparisonHeader,
  ComparisonSends,
} from "../shared/generated/messages.ts";
import { onEscape } from "../shared/keyboard.ts";
import { unpack } from "../shared/packet.ts";
import { onceAFrame, prefersReducedMotion, settled } from "../shared/timing.ts";
import { headCell } from "./cells.ts";
import { Compared, type ComparisonArrays, isReady, type Pane, type WordPair } from "./compared.ts";
import { differenceTable } from "./differences.ts";
import { Lighting, type ShownMatrix } from "./lighting.ts";
import type { Target } from "./links.ts";
import { type Question, questionsFor, sentencesOf } from "./questions.ts";
import { type ChoiceName, ROWS, type Row } from "./rows.ts";

const SEND_AFTER = 250; // milliseconds
const USUAL = { depth: 0.4, role: "previous token", pair: null };

type Send = (choice: ComparisonChoice) => void;

export class Comparison {
  readonly root: HTMLElement;
  /** What the visitor looks at. */
  choice: ComparisonChoice = { ...USUAL };
  /** What is compared, with the theme it was drawn in. */
  compared!: Compared; // load fills it, before anything is drawn
  private theme: string | undefined;
  private readonly lighting: Lighting;
  private readonly questions = element("nav", { class: "questions", "aria-label": "Questions this page answers" });
  private readonly texts = element("div", { class: "texts" });
  private readonly deck = element("div", { class: "deck" });
  private readonly table = element("div", { class: "differences" });
  private send: Send = () => {};

  constructor(root: HTMLElement) {
    this.root = root;
    root.append(element("div", { class: "width" }, this.questions, this.texts, this.deck, this.table));
    this.lighting = new Lighting(root);
    const resize = onceAFrame(() => this.lighting.drawMatrices());
    new ResizeObserver(() => resize()).observe(this.deck);
    onEscape(root, () => this.lighting.free());
    root.onpointerleave = () => this.lighting.point([]);
  }

  load(packet: Uint8Array, send: Send): void {
    const { header, arrays } = unpack<ComparisonHeader, ComparisonArrays>(packet);
    this.send = settled(SEND_AFTER, send);
    const first = !this.compared;
    if (first) this.choice = { ...USUAL, ...header.view };
    const theme = this.root.dataset.theme;
    if (!first && header.version === this.compared.header.version && theme === this.theme) return;
    this.theme = theme;
    this.compared = new Compared(header, arrays);
    this.build();
  }

  /** The words to compare; what the visitor has not chosen, or chose among words that are gone, is the usual pair. */
  get pair(): WordPair | null {
    return this.compared.pair(this.choice.pair);
  }

  /** Draw again the rows that depend on a choice, and tell the server. */
  changed(name: ChoiceName): void {
    for (const row of ROWS.filter(({ depends = [] }) => depends.includes(name))) {
      this.compared.panes.forEach((pane, place) => {
        const old = this.deck.querySelector(`.cell[data-row="${row.key}"][data-pane="${place}"]`);
        if (!old) return;
        this.lighting.forget(old);
        old.replaceWith(this.cellOf(row, pane, place));
      });
      const note = this.headOf(row.key)?.querySelector("p");
      if (note && typeof row.note === "function") note.textContent = row.note(this);
    }
    this.lighting.drawMatrices();
    this.send({ ...this.choice });
  }

  /** Let a node that stands for something light up with it, and be pointed at. */
  lightable(node: HTMLElement, target: Target): HTMLElement {
    return this.lighting.add(node, target);
  }

  /** Let the rows and columns of a matrix light up, and its cells be pointed at. */
  showMatrix(shown: ShownMatrix): void {
    this.lighting.addMatrix(shown);
  }

  private build(): void {
    const { compared } = this;
    const { panes, header } = compared;
    this.lighting.begin(panes);
    this.deck.style.setProperty("--panes", String(panes.length));
    const questions = questionsFor(compared.stacks());
    this.questions.replaceChildren(...questions.map((question) => this.questionButton(question)));
    this.texts.replaceChildren(...header.texts.map((text, which) => this.textLine(text, which)));
    this.deck.replaceChildren(
      ...panes.map((pane, place) => section("head", "model", pane, place, headCell(pane))),
      ...(compared.ready.length ? ROWS.flatMap((row) => this.rowOf(row)) : []),
    );
    this.table.replaceChildren(...differenceTable(compared));
    this.lighting.drawMatrices();
    this.root.dataset.ready = compared.states().join(" ");
  }

  private rowOf(row: Row): HTMLElement[] {
    const note = typeof row.note === "function" ? row.note(this) : row.note;
    const head = element(
      "div",
      { class: "row-head", data: { row: row.key } },
      element("h3", {}, row.title),
      row.controls?.(this),
      note ? element("p", { class: "quiet" }, note) : null,
    );
    return [head, ...this.compared.panes.map((pane, place) => this.cellOf(row, pane, place))];
  }

  private cellOf(row: Row, pane: Pane, place: number): HTMLElement {
    const name = element("div", { class: "pane-name" }, pane.name);
    return section(row.key, row.title, pane, place, name, isReady(pane) ? row.cell(this, pane, place) : null);
  }

  private headOf(row: string): HTMLElement | null {
    return this.deck.querySelector<HTMLElement>(`.row-head[data-row="${row}"]`);
  }

  private questionButton(question: Question): HTMLElement {
    return element("button", { type: "button", onclick: () => this.answer(question) }, question.words);
  }

  /** Go to the row that answers a question, and say there what follows from what it shows. */
  private answer(question: Question): void {
    const head = this.headOf(question.row);
    const sentences = sentencesOf(question, this.compared.header.differences).map((said) => element("p", {}, said));
    this.deck.querySelectorAll(".answer-box").forEach((old) => old.remove());
    const words = element("strong", {}, question.words);
    head?.append(element("div", { class: "answer-box", role: "status" }, words, sentences));
    head?.scrollIntoView({ behavior: prefersReducedMotion() ? "auto" : "smooth", block: "start" });
  }

  private textLine(text: ComparedText, which: number): HTMLElement {
    const several = this.compared.header.texts.length > 1;
    const label = several ? element("span", { class: "quiet" }, `${which ? "Second" : "First"} text: `) : null;
    const pieces = text.pieces.map(([part, link]) =>
      part.trim() ? this.lightable(element("span", { class: "piece" }, part), { links: [link] }) : part,
    );
    return element("p", { dir: "auto" }, label, pieces);
  }
}

/** What stands in one pane of one row. */
function section(
  row: string,
  title: string,
  pane: Pane,
  place: number,
  ...content: (HTMLElement | null)[]
): HTMLElement {
  return element(
    "section",
    {
      class: `cell ${isReady(pane) ? pane.family : "none"}`,
      data: { row, pane: place },
      "aria-label": `${pane.name}: ${title}`,
    },
    content,
  );
}

export function mount({ parentElement, data, setStateValue }: Mounted<Uint8Array, ComparisonSends>): void {
  const view = viewOf(rootOf(parentElement), (root) => new Comparison(root));
  view.load(data, (choice) => setStateValue("view", choice));
}
