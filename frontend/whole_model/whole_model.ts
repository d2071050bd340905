// @ts-nocheck: not typed yet
// The whole model: what is shown, what is open, which token is lit, and what of that the page is told.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { publish, publishToken } from "../shared/page.ts";
import { onceAFrame, prefersReducedMotion, settled } from "../shared/timing.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { Panel } from "./panels.ts";
import { savePng, saveSvg } from "./saving.ts";
import { Stage } from "./stage.ts";

/** How long a block takes to open, in milliseconds, and a little more. */
export const OPENING = 270;

export class WholeModel {
  constructor(root) {
    this.root = root;
    this.state = { block: null, head: null, token: null };
    this.pointedAt = null;
    this.number = 0;
    this.bar = element("div", { class: "bar-line" });
    this.frame = element("div", { class: "frame", tabindex: -1 });
    this.legend = element("div", { class: "legend" });
    root.append(this.bar, this.frame, this.legend);
    this.tooltip = tooltipOf(root);
    this.repaint = onceAFrame(() => this.paint());
    root.onkeydown = (event) => {
      if (event.key === "Escape") this.escape(); // a handler that gives back false would stop Tab and Enter
    };
    root.onclick = () => this.close();
    new ResizeObserver(settled(150, () => this.resized())).observe(this.frame);
  }

  load(packet, send, go) {
    const { header, arrays } = unpack(packet);
    Object.assign(this, { send, sendGo: go });
    const theme = this.root.dataset.theme;
    const isNew = header.version !== this.version || theme !== this.theme;
    const first = this.version === undefined || header.reading !== this.header.reading;
    this.header = header;
    if (header.place.number >= this.number || first) {
      this.number = Math.max(this.number, header.place.number);
      this.state = { block: header.place.block, head: header.place.head, token: header.place.token };
    }
    this.details = { detail: header.detail, arrays };
    if (isNew) {
      Object.assign(this, { version: header.version, theme, arrays });
      this.build();
    }
    this.drawEndings();
    this.showBlock({ calmly: isNew });
    this.repaint();
    this.tellPlace();
    this.tellReady();
  }

  /** Say what is open, and what stands in it: a panel that is still opening is empty. */
  tellReady() {
    const { header, panel } = this;
    const inside = panel ? panel.holds : header.detail?.block;
    this.root.dataset.ready = `${header.model} ${this.state.block ?? "closed"} ${inside ?? "none"} ${header.complete ? "complete" : "waiting"}`;
  }

  room() {
    return this.frame.clientWidth || 900;
  }

  resized() {
    if (!this.stage || Math.abs(this.room() - this.drawnRoom) < 8) return;
    this.build();
    this.drawEndings();
    this.showBlock({ calmly: true });
  }

  build() {
    this.panel?.node.remove();
    this.panel = null;
    this.drawnRoom = this.room();
    this.stage = new Stage(this.root, this.header, this.arrays, this.drawnRoom, {
      open: (block) => (this.state.block === block ? this.close() : this.choose({ block })),
      point: (place) => this.point(place),
      lock: (place) => this.lock(place),
      explain: (column, place, event) => this.explain(column, place, event),
      inWords: (column) => this.inWords(column),
    });
    this.frame.replaceChildren(this.stage.node);
    this.frame.setAttribute("role", "group");
    this.frame.setAttribute("aria-label", this.header.caption);
    this.bar.replaceChildren(
      element("span", { class: "hint quiet" }, this.header.hint),
      element(
        "span",
        { class: "actions" },
        element("button", { type: "button", onclick: () => savePng(this) }, "PNG"),
        element("button", { type: "button", onclick: () => saveSvg(this) }, "SVG"),
      ),
    );
    this.legend.replaceChildren(
      ...this.header.legend.map(({ kind, words }) =>
        element("span", { class: "legend-item" }, element("i", { class: `sample ${kind}` }), words),
      ),
      ...this.header.leftOut.map((words) => element("p", { class: "quiet left-out" }, words)),
    );
    this.paint();
  }

  // What is lit: the token pointed at, else the one that is locked.

  lit() {
    return this.pointedAt ?? this.state.token;
  }

  point(place) {
    if (place?.sequence === this.pointedAt?.sequence && place?.row === this.pointedAt?.row) return;
    this.pointedAt = place;
    this.repaint();
  }

  lock(place) {
    const same = this.state.token?.sequence === place.sequence && this.state.token?.row === place.row;
    this.choose({ token: same ? null : place });
  }

  paint() {
    const lit = this.lit();
    this.stage.locked = this.state.token !== null && this.pointedAt === null;
    // A block that opens moves columns; nothing has to be drawn again for that.
    const drawn = JSON.stringify([this.stage.locked, lit, this.header.chosenRow]);
    if (this.stage.drawn !== drawn) {
      this.stage.paint(lit);
      this.panel?.inside?.draw();
    }
    this.stage.drawn = drawn;
    this.drawEndings();
    publishToken(
      this.root,
      lit?.sequence ?? "source",
      lit ? this.header.sequences[lit.sequence].rows[lit.row].p : null,
      this.stage.locked,
    );
  }

  // What is open.

  choose(change) {
    this.state = { ...this.state, ...change };
    if ("block" in change) this.state.head = null;
    this.number += 1;
    const { block, head, token } = this.state;
    const place = token && {
      sequence: token.sequence,
      position: this.header.sequences[token.sequence].rows[token.row].p,
    };
    this.showBlock();
    this.repaint();
    this.tellPlace();
    if (!this.header.standalone) this.send({ block, head, token: place, number: this.number });
  }

  /** Tell the map of the model which block is open. */
  tellPlace() {
    const { block, head } = this.state;
    const parts = (block ?? "none").split(".");
    const part = parts.at(-1) === "output" ? "head" : parts.at(-1);
    publish("view", this.root, {
      page: "",
      block: part,
      stack: parts[0],
      layer: Number(parts[1]),
      heads: head === null ? [] : [head],
    });
  }

  close() {
    if (this.state.block === null) return;
    const { block } = this.state;
    this.choose({ block: null });
    this.stage.focus(block);
  }

  escape() {
    this.tooltip.hide();
    if (this.state.block !== null) this.close();
    else if (this.state.token !== null) this.choose({ token: null });
    else this.point(null);
  }

  go(kind) {
    this.sendGo({ kind, number: ++this.number });
  }

  /** Open, close or fill what is open, so that the picture shows what the state says. */
  showBlock({ calmly = false } = {}) {
    const { block } = this.state;
    this.stage.node.classList.toggle("still", calmly || prefersReducedMotion());
    if (this.panel && this.panel.block !== block) {
      const old = this.panel.node;
      old.classList.remove("in");
      old.setAttribute("aria-hidden", "true");
      setTimeout(() => old.remove(), prefersReducedMotion() ? 0 : 240);
      this.panel = null;
      if (block === null) this.stage.part(null, 0);
    }
    if (block === null) return;
    if (!this.panel) this.openPanel(block, calmly);
    const { detail, arrays } = this.insideOf(block);
    const wanted =
      detail?.block === block &&
      (this.state.head === null || detail.head === undefined || detail.head === this.state.head);
    if (!wanted || this.filled === detail) return;
    this.filled = detail;
    const { panel } = this;
    const opening = calmly || prefersReducedMotion() ? 0 : Math.max(0, OPENING - (performance.now() - panel.since));
    // What came while the block was still opening waits, so that the movement stays smooth.
    const fill = () => {
      if (this.panel !== panel || this.filled !== detail) return;
      panel.fill(detail, arrays);
      this.tellReady();
    };
    if (opening) setTimeout(fill, opening);
    else fill();
  }

  /** What came for a block: with the last answer, or with a picture that was saved. */
  insideOf(block) {
    const place = this.header.insides.findIndex((inside) => inside.block === block);
    if (this.details.detail?.block === block || place < 0) return this.details;
    const own = Object.entries(this.arrays).filter(([name]) => name.startsWith(`${place}.`));
    return {
      detail: this.header.insides[place],
      arrays: Object.fromEntries(own.map(([name, numbers]) => [name.replace(/^\d+/, "d"), numbers])),
    };
  }

  openPanel(block, calmly) {
    this.filled = null;
    const panel = new Panel(this, block);
    this.panel = panel;
    panel.since = performance.now();
    const width = panel.width(this.room());
    const left = this.stage.part(block, width);
    Object.assign(panel.node.style, {
      left: `${left}px`,
      width: `${this.stage.openWidth}px`,
      height: `${this.stage.layout.height}px`,
    });
    this.stage.node.append(panel.node);
    const middle = left + this.stage.openWidth / 2 - this.room() / 2;
    this.frame.scrollTo({ left: middle, behavior: calmly || prefersReducedMotion() ? "auto" : "smooth" });
    panel.node.getBoundingClientRect();
    panel.node.classList.add("in");
    if (!calmly) panel.node.focus({ preventScroll: true });
  }

  // What comes out, for the token that is lit or else the chosen one.

  endings() {
    const lit = this.lit();
    const { output } = this.header;
    if (output.kind !== "tokens") return [];
    if (lit && lit.sequence === output.sequence && this.pointedAt) {
      const count = this.arrays.candidates.shape[1];
      return output.rows[lit.row]
        .slice(0, 8)
        .map((token, place) => [token, this.arrays.candidates[lit.row * count + place]]);
    }
    return this.header.endings.tokens.slice(0, 8);
  }

  drawEndings() {
    const { output, sequences } = this.header;
    const { end } = this.stage;
    if (output.kind !== "tokens") {
      end.replaceChildren(
        element("p", { class: "outcome-title" }, output.short),
        element("p", { class: "quiet" }, output.meaning),
      );
      return;
    }
    const lit = this.pointedAt?.sequence === output.sequence ? this.pointedAt : null;
    const token = lit ? sequences[lit.sequence].rows[lit.row].o : this.header.endings.token;
    const most = Math.max(...this.endings().map(([, share]) => share));
    end.replaceChildren(
      element("p", { class: "outcome-title" }, output.before, " ", chip(token)),
      ...this.endings().map(([candidate, share]) =>
        element(
          "div",
          { class: "ending" },
          element("span", { class: "ending-token" }, chip(candidate)),
          element("span", { class: "ending-bar" }, element("i", { style: { width: `${(100 * share) / most}%` } })),
          element("span", { class: "ending-share" }, percent(share)),
        ),
      ),
    );
  }

  // Words for what is pointed at.

  inWords(column) {
    const share = column.layer === undefined ? null : (this.stage?.painter.meanShare(column) ?? null);
    return share === null ? "" : `: adds ${Math.round(100 * share)} % of the stream's length`;
  }

  explain(column, place, event) {
    if (!column?.block || !place || event.pointerType === "touch") return this.tooltip.hide();
    const { stage, header } = this;
    const token = header.sequences[place.sequence].rows[place.row];
    const lines = [element("strong", {}, stage.nameOf(column))];
    const name = `${tokenName(token, token.p)}${token.n > 1 ? ` and ${token.n - 1} more` : ""}`;
    if (column.layer !== undefined) {
      const shares = stage.painter.sharesOf(column);
      const own = shares && column.sequence === place.sequence ? shares[place.row] : null;
      lines.push(own >= 0 && own !== null ? `adds ${Math.round(100 * own)} % of the stream's length at ${name}` : name);
      if (column.kind === "attention") lines.push(...this.strongestOf(column, place));
    } else lines.push(name);
    this.tooltip.show(event.clientX, event.clientY, ...lines, element("div", { class: "quiet" }, "Click to open"));
  }

  strongestOf(column, place) {
    const links = this.arrays[`links.${column.id}`];
    const count = links.shape[1];
    const from = column.stack === "cross" ? "source" : column.sequence;
    if (place.sequence !== column.sequence) return [];
    for (let link = count - 1; link >= 0; link--) {
      if (links[link] !== place.row) continue;
      const key = this.header.sequences[from].rows[links[count + link]];
      return [`looks most at ${tokenName(key, key.p)}: ${percent(links[2 * count + link] / 65534)}, mean of all heads`];
    }
    return [];
  }
}

export function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = rootOf(parentElement);
  root.view ??= new WholeModel(root);
  root.view.load(
    data,
    (choice) => setStateValue("choice", choice),
    (way) => setTriggerValue("way", way),
  );
}
