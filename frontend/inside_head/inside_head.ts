// Inside a head: a stepper through every number from a token's vector to what the head adds.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { InsideChoice, InsideSends } from "../shared/generated/messages.ts";
import { type PageEvents, publish, subscribe } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { sentence, stepper, toolbar } from "./controls.ts";
import { type Choice, InsideModel, stepBeside } from "./model.ts";
import { Shades } from "./shades.ts";
import type { Drawn, Picture, Stage } from "./stage.ts";
import { DRAWINGS } from "./steps.ts";
import { NEED_THE_MODEL, WAITING, WORDS } from "./words.ts";

type Send = (choice: InsideChoice) => void;

class InsideView implements Stage {
  readonly root: HTMLElement;
  readonly tooltip: Tooltip;
  model: InsideModel;
  shades: Shades;
  theme: string | undefined;
  /** Where the visitor is, which the server may not know yet. */
  private choice: Choice;
  /** Counts the visitor's choices. */
  private number = 0;
  private send: Send;
  private pictures: readonly Picture[] = [];
  private readonly toolbar = element("div", { class: "toolbar" });
  private readonly sentence = element("div", { class: "sentence", role: "group", "aria-label": "Token that looks" });
  private readonly stepper = element("div", { class: "stepper", role: "group", "aria-label": "Steps" });
  private readonly panel = element("section", { class: "panel", tabindex: "0" });
  /** Tells a screen reader which step has opened. */
  private readonly spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });

  constructor(root: HTMLElement, packet: Uint8Array, send: Send) {
    this.root = root;
    this.send = send;
    this.model = new InsideModel(packet);
    this.shades = new Shades(root);
    this.choice = this.answered();
    root.append(this.toolbar, this.sentence, this.stepper, this.panel, this.spoken);
    this.tooltip = tooltipOf(root);
    const redraw = onceAFrame(() => this.drawPictures());
    new ResizeObserver(redraw).observe(this.panel);
    root.onkeydown = (event) => this.pressed(event);
  }

  /** Take a packet; an answer to an older choice than the visitor's last changes nothing of that choice. */
  load(packet: Uint8Array, send: Send): void {
    this.model = new InsideModel(packet);
    this.send = send;
    this.theme = this.root.dataset.theme;
    this.shades = new Shades(this.root);
    const { header } = this.model;
    if (header.number >= this.number) {
      this.number = header.number;
      this.choice = this.answered();
    }
    if (!header.steps.includes(this.choice.step)) this.choice.step = header.step;
    this.root.style.setProperty("--stack", `var(--${header.stack})`);
    this.draw();
    const { stack, layer, heads } = this.choice;
    publish("view", this.root, { stack, layer, heads });
    subscribe(this.root, "token", (token) => this.light(token));
  }

  /** The choice that the server has answered. */
  private answered(): Choice {
    const { stack, layer, head, query, key, step } = this.model.header;
    return { stack, layer, heads: [head], query, key, step };
  }

  get place(): number {
    return this.model.placeOf(this.choice.key);
  }

  get key(): number {
    return this.model.arrays.positions[this.place];
  }

  private draw(): void {
    const { header } = this.model;
    const { step } = this.choice;
    const focused = this.focused();
    this.toolbar.replaceChildren(...toolbar(this, this.choice));
    this.sentence.replaceChildren(...sentence(this, this.choice));
    this.stepper.replaceChildren(...stepper(this, this.choice));
    this.bringToView();
    const { title, said } = WORDS[step](this.model, this.place);
    const waits = header.waiting && NEED_THE_MODEL.includes(step);
    const drawn: Drawn = DRAWINGS[step](this);
    this.pictures = drawn.pictures;
    this.panel.replaceChildren(
      element("h3", {}, title),
      ...(waits ? [element("p", { class: "waiting" }, WAITING)] : said.map((one) => element("p", {}, one))),
      element("div", { class: "formulas" }, waits ? [] : drawn.formulas),
      ...drawn.pictures.map(({ node }) => node),
    );
    this.panel.setAttribute("aria-label", title);
    this.drawPictures();
    if (focused) this.focus(focused);
    const place = [header.stack, header.layer, header.head, header.query, this.key, step];
    this.root.dataset.ready = `${place.join(" ")}${header.waiting ? " waiting" : ""}`;
  }

  private drawPictures(): void {
    for (const picture of this.pictures) picture.draw?.();
  }

  /** Scroll to the token that looks and to the step that is open. */
  private bringToView(): void {
    const { sentence, stepper } = this;
    const token = sentence.querySelector<HTMLElement>(".looks");
    if (token)
      sentence.scrollTop = token.offsetTop - sentence.offsetTop - sentence.clientHeight / 2 + token.clientHeight / 2;
    const steps = stepper.querySelector<HTMLElement>(".steps");
    const step = stepper.querySelector<HTMLElement>("[aria-current]");
    if (steps && step)
      steps.scrollLeft = step.offsetLeft - steps.offsetLeft - steps.clientWidth / 2 + step.clientWidth / 2;
  }

  /** The name of the control that has the focus, which outlives its element. */
  private focused(): string | undefined {
    const home = this.root.getRootNode() as Document | ShadowRoot;
    return home.activeElement instanceof HTMLElement ? home.activeElement.dataset.focus : undefined;
  }

  private focus(name: string): void {
    this.root.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  }

  private pressed(event: KeyboardEvent): void {
    const { target } = event;
    if (!(target instanceof Element) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLSelectElement || target instanceof HTMLInputElement) return;
    const step = stepBeside(this.model.header.steps, this.choice.step, event.key);
    const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      this.choose({ step });
      event.preventDefault();
    } else if (down && target.closest("table")) {
      const key = this.model.arrays.positions[this.place + down];
      if (key !== undefined) {
        this.choose({ key });
        this.root.querySelector<HTMLElement>(`[data-focus="key ${key}"]`)?.focus();
      }
      event.preventDefault();
    } else if (event.key === "Escape") this.tooltip.hide();
  }

  /** Change the choice, draw what can be drawn of it at once, and tell the server. */
  choose(change: Partial<Choice>): void {
    Object.assign(this.choice, change);
    this.tooltip.hide();
    this.draw();
    this.spoken.textContent = change.step ? this.panel.getAttribute("aria-label") : "";
    if (this.model.header.standalone) return;
    this.number += 1;
    this.send({ ...this.choice, number: this.number });
  }

  /** Light the token that another picture of the page points at. */
  private light({ sequence, position }: PageEvents["token"]): void {
    for (const lit of this.root.querySelectorAll(".token.lit")) lit.classList.remove("lit");
    if (position === null) return;
    if (sequence === this.model.querySequence)
      this.sentence.querySelector(`[data-position="${position}"]`)?.classList.add("lit");
    if (sequence === this.model.keySequence)
      this.panel.querySelector(`tr[data-position="${position}"] .token`)?.classList.add("lit");
  }
}

export function mount({ parentElement, data, setStateValue }: Mounted<Uint8Array, InsideSends>): void {
  const root = rootOf(parentElement);
  const send: Send = (choice) => setStateValue("choice", choice);
  const view = viewOf(root, (element) => new InsideView(element, data, send));
  view.load(data, send);
}
