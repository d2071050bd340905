// @ts-nocheck: not typed yet
// The comparison as a whole: one grid of rows and panes, what is lit in all of them, and the choices within.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { onceAFrame, prefersReducedMotion, settled } from "../shared/timing.ts";
import { tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { QUESTIONS, ROWS } from "./rows.ts";

export const STEPS = 100;

/** Text in which a number keeps its percent sign beside it. */
export const unbroken = (text) => text.replaceAll(" %", "\u00a0%");

export class Comparison {
  constructor(root) {
    this.root = root;
    this.questions = element("nav", { class: "questions", "aria-label": "Questions this page answers" });
    this.texts = element("div", { class: "texts" });
    this.deck = element("div", { class: "deck" });
    this.table = element("div", { class: "differences" });
    root.append(element("div", { class: "width" }, this.questions, this.texts, this.deck, this.table));
    this.tooltip = tooltipOf(root);
    this.locked = null;
    this.relight = onceAFrame(() => this.light());
    this.resize = onceAFrame(() => this.drawMatrices());
    new ResizeObserver(() => this.resize()).observe(this.deck);
    root.onkeydown = (event) => {
      if (event.key === "Escape") this.free(); // a handler that gives back false would stop Tab and Enter
    };
    root.onpointerleave = () => this.point(null);
  }

  load(packet, send) {
    const { header, arrays } = unpack(packet);
    this.send = settled(250, (view) => send(view));
    this.state ??= { depth: 0.4, role: "previous token", pair: null, ...header.view };
    const theme = this.root.dataset.theme;
    if (header.version !== this.version || theme !== this.theme) {
      this.version = header.version;
      this.theme = theme;
      this.header = header;
      this.arrays = arrays;
      this.measure();
      this.build();
    }
  }

  /** Scales that all panes share. */
  measure() {
    this.panes = this.header.panes;
    const ready = this.panes.map((pane, place) => ({ pane, place })).filter(({ pane }) => pane.family);
    const bits = ready.flatMap(({ pane, place }) =>
      pane.stacks.flatMap(({ stack }) => [...this.arrays[`p${place}.${stack}.entropy`]]),
    );
    this.mostBits = Math.max(1, Math.ceil(Math.max(0, ...bits)));
    const lows = ready
      .map(({ place }) => this.arrays[`p${place}.cosine`])
      .filter(Boolean)
      .map((cosine) => cosine.reduce((least, byte) => Math.min(least, byte), 254));
    this.lowestCosine = Math.min(0, ...lows.map((byte) => Math.floor(10 * (byte / 127 - 1)) / 10));
    this.mostParameters = Math.max(
      1,
      ...ready.map(({ pane }) => pane.parameters.reduce((sum, { count }) => sum + count, 0)),
    );
    // What the visitor has not chosen, or chose among words that are gone, follows what is ready.
    const words = this.words().map(({ t }) => t);
    this.pair = this.state.pair?.every((word) => words.includes(word)) ? this.state.pair : this.usualPair();
  }

  build() {
    this.lights = [];
    this.pictures = new Map();
    this.deck.style.setProperty("--panes", this.panes.length);
    const stacks = new Set(this.panes.flatMap((pane) => (pane.stacks ?? []).map(({ stack }) => stack)));
    this.questions.replaceChildren(
      ...QUESTIONS.filter(({ needs }) => stacks.size && needs.every((stack) => stacks.has(stack))).map((question) =>
        element("button", { type: "button", onclick: () => this.answer(question) }, question.words),
      ),
    );
    this.texts.replaceChildren(...this.header.texts.map((text, which) => this.textLine(text, which)));
    const some = this.panes.some((pane) => pane.family);
    this.deck.replaceChildren(...ROWS.filter((row) => some || row.always).flatMap((row) => this.rowOf(row)));
    this.table.replaceChildren(...this.differenceTable());
    this.drawMatrices();
    this.root.dataset.ready = this.panes
      .map((pane) => (pane.family ? "ready" : pane.error ? "failed" : "waiting"))
      .join(" ");
  }

  rowOf(row) {
    const cells = this.panes.map((pane, place) => this.cellOf(row, pane, place));
    if (!row.title) return cells;
    const note = typeof row.note === "function" ? row.note(this) : row.note;
    const head = element(
      "div",
      { class: "row-head", data: { row: row.key } },
      element("h3", {}, row.title),
      row.controls ? row.controls(this) : null,
      note ? element("p", { class: "quiet" }, note) : null,
    );
    return [head, ...cells];
  }

  cellOf(row, pane, place) {
    const node = element("section", {
      class: `cell ${pane.family ?? "none"}`,
      data: { row: row.key, pane: place },
      "aria-label": `${pane.name}: ${row.title ?? "model"}`,
    });
    if (row.title) node.append(element("div", { class: "pane-name" }, pane.name));
    if (row.always || pane.family) node.append(row.cell(this, pane, place));
    return node;
  }

  /** Draw again the rows that depend on a choice. */
  changed(name) {
    for (const row of ROWS.filter(({ depends = [] }) => depends.includes(name))) {
      this.panes.forEach((pane, place) => {
        const old = this.deck.querySelector(`.cell[data-row="${row.key}"][data-pane="${place}"]`);
        for (const picture of [...this.pictures.keys()]) if (old.contains(picture.node)) this.pictures.delete(picture);
        old.replaceWith(this.cellOf(row, pane, place));
      });
      if (typeof row.note === "function")
        this.deck.querySelector(`.row-head[data-row="${row.key}"] p`).textContent = row.note(this);
    }
    this.drawMatrices();
    this.send({ ...this.state });
  }

  /** Go to the row that answers a question, and say there what follows from what it shows. */
  answer(question) {
    const { row, words, because } = question;
    const head = this.deck.querySelector(`.row-head[data-row="${row}"]`);
    const said = because
      .flatMap((wanted) => this.header.differences.filter(({ name }) => name === wanted))
      .map(({ sentence }) => element("p", {}, unbroken(sentence)));
    this.deck.querySelectorAll(".answer-box").forEach((old) => old.remove());
    head.append(element("div", { class: "answer-box", role: "status" }, element("strong", {}, words), said));
    head.scrollIntoView({ behavior: prefersReducedMotion() ? "auto" : "smooth", block: "start" });
  }

  // Depth, role, and two words.

  layerPlace(stack) {
    return Math.round(this.state.depth * (stack.layers.length - 1));
  }

  depthControl() {
    const words = () => `${Math.round(STEPS * this.state.depth)} % of the way up`;
    const told = element("output", {}, words());
    const slider = element("input", {
      type: "range",
      min: 0,
      max: STEPS,
      step: 1,
      "aria-label": "Depth, in percent of the way up",
    });
    slider.value = STEPS * this.state.depth;
    slider.oninput = () => {
      this.state.depth = slider.value / STEPS;
      told.textContent = words();
      this.changed("depth");
    };
    return element("label", { class: "control" }, slider, told);
  }

  roleMeaning() {
    return this.header.roles.find(({ name }) => name === this.state.role).meaning;
  }

  roleControl() {
    return this.select(
      "Role",
      this.header.roles.map(({ name }) => name),
      this.state.role,
      (role) => {
        this.state.role = role;
        this.changed("role");
      },
    );
  }

  select(label, options, chosen, then) {
    const node = element(
      "select",
      { "aria-label": label },
      options.map((option) => element("option", { value: option }, option)),
    );
    node.value = chosen;
    node.onchange = () => then(node.value);
    return node;
  }

  /** Every word of the texts, each spelling once, in order. */
  words() {
    const seen = new Map();
    for (const pane of this.panes) for (const word of pane.words ?? []) if (!seen.has(word.t)) seen.set(word.t, word);
    return [...seen.values()];
  }

  /** The words the example asks about; else a word that stands twice; else two words of the text. */
  usualPair() {
    const words = this.panes.find((pane) => pane.words?.length)?.words.map(({ t }) => t) ?? [];
    const asked = this.header.pair;
    const twice = words.find((word, place) => words.indexOf(word) !== place);
    const second = this.panes.find((pane) => pane.across !== undefined)?.words.map(({ t }) => t.toLowerCase());
    const both =
      second &&
      words.filter((word) => second.includes(word.toLowerCase())).sort((one, other) => other.length - one.length)[0];
    if (both) return [both, words.find((word) => word !== both) ?? both];
    if (twice && asked?.[0] === twice) return [twice, twice];
    if (asked && asked.every((word) => words.includes(word))) return [...asked];
    if (twice) return [twice, twice];
    return words.length ? [words[Math.min(1, words.length - 1)], words.at(-1)] : null;
  }

  pairControl() {
    if (!this.pair) return null;
    const words = this.words().map(({ t }) => t);
    const choose = (which) => (word) => {
      this.state.pair = this.pair = this.pair.map((known, place) => (place === which ? word : known));
      this.changed("pair");
    };
    return element(
      "span",
      { class: "control" },
      this.select("First word", words, this.pair[0], choose(0)),
      " and ",
      this.select("Second word", words, this.pair[1], choose(1)),
    );
  }

  /** Places of the two chosen words among a pane's words; of a word chosen twice, its first two. */
  pairIn(pane) {
    if (!this.pair || !pane.words) return null;
    const [one, other] = this.pair;
    const first = pane.words.findIndex(({ t }) => t === one);
    const second = pane.words.findIndex(({ t }, place) => t === other && place !== first);
    const usable = first >= 0 && (second >= 0 || one === other);
    return usable ? [first, second >= 0 ? second : first] : null;
  }

  // Light: a token, a piece of text or a cell lights what stands for the same characters.

  lightable(node, what) {
    this.lights.push({ node, what });
    node.tabIndex = -1;
    node.onpointerenter = () => this.point(what);
    node.onpointerleave = () => this.point(null);
    node.onclick = () => this.lock(what);
    return node;
  }

  textLine(text, which) {
    const label =
      this.header.texts.length > 1 ? element("span", { class: "quiet" }, `${which ? "Second" : "First"} text: `) : null;
    const pieces = text.pieces.map(([part, link]) =>
      part.trim() ? this.lightable(element("span", { class: "piece" }, part), { links: [link] }) : part,
    );
    return element("p", { dir: "auto" }, label, pieces);
  }

  point(what) {
    this.pointed = what;
    this.relight();
  }

  lock(what) {
    this.locked = JSON.stringify(this.locked) === JSON.stringify(what) ? null : what;
    this.relight();
  }

  free() {
    this.locked = this.pointed = null;
    this.tooltip.hide();
    this.relight();
  }

  /** The numbers of the pieces that something stands for. */
  linksOf(what) {
    if (!what) return [];
    if (what.links) return what.links;
    const pane = this.panes[what.pane];
    const token = pane[what.sequence]?.[what.position];
    if (!token) return [];
    if (what.sequence === "source") return token.l;
    return token.a === undefined ? [] : pane.source[token.a].l;
  }

  light() {
    const sources = (this.pointed?.several ?? [this.pointed ?? this.locked]).filter(Boolean);
    const links = new Set(sources.flatMap((what) => this.linksOf(what)));
    const own = new Set(
      sources.filter(({ links }) => !links).map((what) => `${what.pane} ${what.sequence} ${what.position}`),
    );
    const isLit = (what) =>
      own.has(`${what.pane} ${what.sequence} ${what.position}`) || this.linksOf(what).some((link) => links.has(link));
    for (const { node, what } of this.lights) {
      const lit = isLit(what);
      node.classList.toggle("lit", lit);
      node.classList.toggle("locked", lit && this.locked !== null && this.pointed === null);
    }
    for (const [picture, { pane, stack }] of this.pictures) {
      const [down, across] = this.sequences(pane, stack);
      const places = (sequence) =>
        new Set(
          this.panes[pane][sequence].flatMap((_, position) =>
            isLit({ pane, sequence, position }) ? [Math.floor(position / stack.block)] : [],
          ),
        );
      const lit = sources.length
        ? { rows: places(down), columns: places(across) }
        : { rows: new Set(), columns: new Set() };
      const before = picture.lit;
      picture.lit = lit;
      if (before.rows.size + before.columns.size + lit.rows.size + lit.columns.size) picture.draw(picture.cell);
    }
  }

  /** Which tokens are a stack's rows and columns. */
  sequences(pane, { stack }) {
    const own = stack !== "encoder" && this.panes[pane].family === "encoder-decoder" ? "target" : "source";
    return stack === "cross" ? ["target", "source"] : [own, own];
  }

  matrix(picture, where) {
    this.pictures.set(picture, where);
    picture.node.onpointermove = (event) => this.tell(picture, where, event);
    picture.node.onpointerleave = () => {
      this.tooltip.hide();
      this.point(null);
    };
  }

  tell(picture, { pane, stack }, event) {
    const cell = picture.at(event);
    if (!cell) return;
    const [down, across] = this.sequences(pane, stack);
    const [position, other] = [cell.row * stack.block, cell.column * stack.block];
    const name = (sequence, place) => tokenName(this.panes[pane][sequence][place], place);
    const most = stack.block > 1 ? `, the most in ${stack.block} × ${stack.block} tokens` : "";
    const weight = picture.isMask
      ? picture.cells[cell.row * picture.columns + cell.column]
        ? "may look"
        : "cannot look"
      : picture.value(cell.row, cell.column);
    const said = weight === null ? "cannot look" : typeof weight === "string" ? weight : percent(weight) + most;
    this.tooltip.show(event.clientX, event.clientY, `${name(down, position)} → ${name(across, other)}`, said);
    this.point({
      several: [
        { pane, sequence: down, position },
        { pane, sequence: across, position: other },
      ],
    });
  }

  drawMatrices() {
    for (const [picture, { across, blocks }] of this.pictures) {
      const room = picture.node.closest(".matrices")?.clientWidth;
      if (room) picture.draw(Math.min(blocks ? (room - 24) / across : Math.min(room - 4, 300) / across, 32));
    }
  }

  differenceTable() {
    const { differences, compared } = this.header;
    if (!differences.length) return [];
    const names = compared.map((place) => this.panes[place]);
    const row = ({ name, values, sentence }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        values.map((value, place) =>
          element("td", { data: { of: names[place].name }, class: names[place].family }, unbroken(value)),
        ),
        element("td", { class: "sentence" }, unbroken(sentence)),
      );
    return [
      element("h3", {}, "What differs, and what follows"),
      element("p", { class: "quiet" }, "Computed from these traces and models."),
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("td", {}),
            names.map(({ name, family }) => element("th", { scope: "col", class: family }, name)),
            element("th", { scope: "col" }, "What follows"),
          ),
        ),
        element("tbody", {}, differences.map(row)),
      ),
    ];
  }
}

export function mount({ parentElement, data, setStateValue }) {
  const root = rootOf(parentElement);
  root.view ??= new Comparison(root);
  root.view.load(data, (view) => setStateValue("view", view));
}
