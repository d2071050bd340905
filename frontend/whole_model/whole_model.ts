// The whole model: what is shown, what is open, which token is lit, and what of that the page is told.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { WholeModelHeader, WholeModelSends } from "../shared/generated/messages.ts";
import { onEscape } from "../shared/keyboard.ts";
import { unpack } from "../shared/packet.ts";
import { publish, publishToken } from "../shared/page.ts";
import { type PictureKind, savePicture } from "../shared/saving.ts";
import { onceAFrame, prefersReducedMotion, settled } from "../shared/timing.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { outcomeOf } from "./outcome.ts";
import { Panel, type PanelActions, panelWidth } from "./panels.ts";
import { type Arrays, type InsideBlock, type LitRow, Picture, sameRow } from "./picture.ts";
import { placeOnMap } from "./place.ts";
import { pictureAsSvg } from "./saving.ts";
import { Stage, type StageActions } from "./stage.ts";
import { explanation } from "./words.ts";

const OPENING = 270; // milliseconds that a block takes to open, and a little more
const CLOSING = 240;
const SMALLEST_CHANGE = 8; // pixels of width that are worth drawing anew for

/** Tells the server. */
interface Send {
  choice(choice: WholeModelSends["choice"]): void;
  way(way: WholeModelSends["way"]): void;
}

interface State {
  block: string | null;
  head: number | null;
  /** The row that stays lit. */
  token: LitRow | null;
}

/** A stage, and what it was built for. */
interface Built {
  stage: Stage;
  version: string;
  theme: string | undefined;
  room: number;
}

export class WholeModel implements StageActions, PanelActions {
  private readonly root: HTMLElement;
  private readonly bar = element("div", { class: "bar-line" });
  private readonly frame = element("div", { class: "frame", tabindex: -1, role: "group" });
  private readonly legend = element("div", { class: "legend" });
  private readonly tooltip: Tooltip;
  private readonly repaint = onceAFrame(() => this.paint());
  private picture: Picture;
  private send: Send = { choice() {}, way() {} };
  private built: Built;
  private panel: Panel | null = null;
  /** What the open panel was last filled with. */
  private filled: InsideBlock | null = null;
  private state: State = { block: null, head: null, token: null };
  private pointedAt: LitRow | null = null;
  /** Counts the visitor's choices, so that an answer to an older one changes nothing. */
  private number = -1;
  private readonly temperature = { value: 1 };
  /** What the columns show: a block that opens moves them, and nothing has to be drawn again for that. */
  private painted = "";

  constructor(root: HTMLElement, picture: Picture) {
    this.root = root;
    this.picture = picture;
    root.append(this.bar, this.frame, this.legend);
    this.tooltip = tooltipOf(root);
    onEscape(root, () => this.escape());
    root.onclick = () => this.close();
    this.built = this.build();
    new ResizeObserver(settled(150, () => this.resized())).observe(this.frame);
  }

  get header(): WholeModelHeader {
    return this.picture.header;
  }

  get stage(): Stage {
    return this.built.stage;
  }

  /** Show what came; the first time it is there at once, later a block may open with it. */
  show(picture: Picture, send: Send): void {
    const { place, reading, version } = picture.header;
    const isOther = reading !== this.header.reading;
    const isNew = version !== this.built.version || this.root.dataset.theme !== this.built.theme;
    const isFirst = this.number < 0;
    this.picture = picture;
    this.send = send;
    this.stage.painter.picture = picture;
    if (place.number >= this.number || isOther) {
      this.number = Math.max(this.number, place.number);
      this.state = { block: place.block, head: place.head, token: place.token };
    }
    if (isNew) this.built = this.build();
    this.showOutcome();
    this.showBlock(isNew || isFirst);
    this.repaint();
    this.publishPlace();
    this.tellReady();
  }

  // What is lit: the token pointed at, else the one that is locked.

  lit(): LitRow | null {
    return this.pointedAt ?? this.state.token;
  }

  point(place: LitRow | null): void {
    if (sameRow(place, this.pointedAt)) return;
    this.pointedAt = place;
    this.repaint();
  }

  lock(place: LitRow): void {
    this.choose({ token: this.state.token && sameRow(this.state.token, place) ? null : place });
  }

  // What is open.

  open(block: string): void {
    if (this.state.block === block) this.close();
    else this.choose({ block });
  }

  chooseHead(head: number): void {
    this.choose({ head });
  }

  /** Change what is open or lit, and tell the server. */
  choose(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    if ("block" in change) this.state.head = null;
    this.number += 1;
    const { block, head, token } = this.state;
    this.showBlock();
    this.repaint();
    this.publishPlace();
    if (this.header.standalone) return;
    const place = token && { sequence: token.sequence, position: this.picture.row(token).position };
    this.send.choice({ block, head, token: place, number: this.number });
  }

  close(): void {
    const { block } = this.state;
    if (block === null) return;
    this.choose({ block: null });
    this.stage.focus(block);
  }

  go(kind: WholeModelSends["way"]["kind"]): void {
    this.number += 1;
    this.send.way({ kind, number: this.number });
  }

  explain(at: Parameters<StageActions["explain"]>[0], event: PointerEvent): void {
    if (!at?.column.block || event.pointerType === "touch") {
      this.tooltip.hide();
      return;
    }
    const [name, ...lines] = explanation(this.picture, at.column, at.place);
    const [heading, hint] = [element("strong", {}, name), element("div", { class: "quiet" }, "Click to open")];
    this.tooltip.show(event.clientX, event.clientY, heading, ...lines, hint);
  }

  private escape(): void {
    this.tooltip.hide();
    if (this.state.block !== null) this.close();
    else if (this.state.token !== null) this.choose({ token: null });
    else this.point(null);
  }

  /** Say what is open, and what stands in it: a panel that is still opening is empty. */
  private tellReady(): void {
    const { model, detail, complete } = this.header;
    const inside = this.panel ? this.panel.holds : detail;
    const words = [model, this.state.block ?? "closed", inside?.block ?? "none", complete ? "complete" : "waiting"];
    this.root.dataset.ready = words.join(" ");
  }

  /** Tell the map of the model which block is open. */
  private publishPlace(): void {
    publish("view", this.root, placeOnMap(this.state.block, this.state.head));
  }

  // The picture.

  private room(): number {
    return this.frame.clientWidth || 900;
  }

  private resized(): void {
    if (Math.abs(this.room() - this.built.room) < SMALLEST_CHANGE) return;
    this.built = this.build();
    this.showOutcome();
    this.showBlock(true);
    this.paint();
  }

  private build(): Built {
    this.panel?.node.remove();
    this.panel = null;
    this.painted = "";
    const { header } = this;
    const room = this.room();
    const stage = new Stage(this.root, this.picture, room, this);
    this.frame.replaceChildren(stage.node);
    this.frame.setAttribute("aria-label", header.caption);
    const saved = (kind: PictureKind) => () => this.save(kind);
    this.bar.replaceChildren(
      element("span", { class: "hint quiet" }, header.hint),
      element(
        "span",
        { class: "actions" },
        element("button", { type: "button", onclick: saved("png") }, "PNG"),
        element("button", { type: "button", onclick: saved("svg") }, "SVG"),
      ),
    );
    this.legend.replaceChildren(
      ...header.legend.map(({ kind, words }) =>
        element("span", { class: "legend-item" }, element("i", { class: `sample ${kind}` }), words),
      ),
      ...header.leftOut.map((words) => element("p", { class: "quiet left-out" }, words)),
    );
    return { stage, version: header.version, theme: this.root.dataset.theme, room };
  }

  private save(kind: PictureKind): void {
    const { layout, painter } = this.stage;
    const svg = pictureAsSvg(this.picture, layout, painter, this.lit());
    savePicture(kind, this.header.fileName, svg);
  }

  private paint(): void {
    const lit = this.lit();
    const isLocked = this.state.token !== null && this.pointedAt === null;
    const painted = JSON.stringify([isLocked, lit, this.header.chosenRow]);
    if (painted !== this.painted) {
      this.stage.paint(lit, isLocked);
      this.panel?.redraw();
    }
    this.painted = painted;
    this.showOutcome();
    publishToken(this.root, lit?.sequence ?? "source", lit && this.picture.row(lit).position, isLocked);
  }

  private showOutcome(): void {
    this.stage.outcome.replaceChildren(...outcomeOf(this.picture, this.pointedAt));
  }

  /** Open, close or fill what is open, so that the picture shows what the state says. */
  private showBlock(isCalm = false): void {
    const { block, head } = this.state;
    const isStill = isCalm || prefersReducedMotion();
    this.stage.node.classList.toggle("still", isStill);
    if (this.panel && this.panel.block !== block) this.closePanel(this.panel);
    if (block === null) return;
    const panel = this.panel ?? this.openPanel(block, isStill, !isCalm);
    const inside = this.picture.inside(block);
    const isOther = inside.block?.kind === "attention" && head !== null && inside.block.head !== head;
    if (!inside.block || isOther || this.filled === inside.block) return;
    this.filled = inside.block;
    // What came while the block was still opening waits, so that the movement stays smooth.
    const fill = () => {
      if (this.panel !== panel || this.filled !== inside.block) return;
      panel.fill(inside);
      this.tellReady();
    };
    const opening = isStill ? 0 : OPENING - (performance.now() - panel.since);
    if (opening > 0) setTimeout(fill, opening);
    else fill();
  }

  private closePanel({ node }: Panel): void {
    node.classList.remove("in");
    node.setAttribute("aria-hidden", "true");
    setTimeout(() => node.remove(), prefersReducedMotion() ? 0 : CLOSING);
    this.panel = null;
    if (this.state.block === null) this.stage.part(null, 0);
  }

  private openPanel(block: string, isStill: boolean, takesFocus: boolean): Panel {
    const { stage, picture, tooltip, temperature } = this;
    this.filled = null;
    const panel = new Panel(block, { picture, stage, tooltip, temperature, actions: this });
    this.panel = panel;
    const { left, openWidth } = stage.part(block, panelWidth(panel.part, this.room()));
    Object.assign(panel.node.style, {
      left: `${left}px`,
      width: `${openWidth}px`,
      height: `${stage.layout.height}px`,
    });
    stage.node.append(panel.node);
    const middle = (left ?? 0) + openWidth / 2 - this.room() / 2;
    this.frame.scrollTo({ left: middle, behavior: isStill ? "auto" : "smooth" });
    panel.node.getBoundingClientRect();
    panel.node.classList.add("in");
    if (takesFocus) panel.node.focus({ preventScroll: true });
    return panel;
  }
}

export function mount(mounted: Mounted<Uint8Array, WholeModelSends, WholeModelSends>): void {
  const { header, arrays } = unpack<WholeModelHeader, Arrays>(mounted.data);
  const picture = new Picture(header, arrays);
  const view = viewOf(rootOf(mounted.parentElement), (root) => new WholeModel(root, picture));
  view.show(picture, {
    choice: (choice) => mounted.setStateValue("choice", choice),
    way: (way) => mounted.setTriggerValue("way", way),
  });
}
