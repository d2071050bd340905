// @ts-nocheck: not typed yet
// Inside a head: a stepper through every number from a token's vector to what the head adds.

import { luminance, paletteColour, ramp } from "../shared/colours.ts";
import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { publish, publishToken, subscribe } from "../shared/page.ts";
import { onceAFrame } from "../shared/timing.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { STEP_NAMES, STEPS } from "./steps.ts";

export class InsideModel {
  constructor(packet) {
    const { header, arrays } = unpack(packet);
    Object.assign(this, arrays);
    this.header = header;
    this.keySequence =
      header.stack === "cross" || header.stack === "encoder" || header.stacks.length === 1 ? "source" : "target";
    this.querySequence = header.stack === "cross" ? "target" : this.keySequence;
  }
}

export class InsideView {
  constructor(root) {
    this.root = root;
    this.number = 0;
    this.toolbar = element("div", { class: "toolbar" });
    this.sentence = element("div", { class: "sentence", role: "group", "aria-label": "Token that looks" });
    this.stepper = element("div", { class: "stepper", role: "group", "aria-label": "Steps" });
    this.panel = element("section", { class: "panel", tabindex: "0" });
    this.spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
    root.append(this.toolbar, this.sentence, this.stepper, this.panel, this.spoken);
    this.tooltip = tooltipOf(root);
    this.pictures = [];
    const redraw = onceAFrame(() => this.pictures.forEach((picture) => picture.draw?.()));
    new ResizeObserver(redraw).observe(this.panel);
    root.onkeydown = (event) => this.pressed(event);
  }

  /** Take a packet; an answer to an older choice than the visitor's last changes nothing of that choice. */
  load(packet, send) {
    this.model = new InsideModel(packet);
    this.send = send;
    this.theme = this.root.dataset.theme;
    this.colours = new Map();
    const { header } = this.model;
    this.root.style.setProperty("--stack", `var(--${header.stack})`);
    if (!this.choice || (header.number ?? 0) >= this.number) {
      this.number = Math.max(this.number, header.number ?? 0);
      this.choice = {
        stack: header.stack,
        layer: header.layer,
        heads: [header.head],
        query: header.query,
        key: header.key,
        step: header.step,
      };
    }
    if (!header.steps.includes(this.choice.step)) this.choice.step = header.step;
    this.draw();
    publish("view", this.root, { stack: this.choice.stack, layer: this.choice.layer, heads: this.choice.heads });
    subscribe(this.root, "token", (told) => this.heard(told));
  }

  get place() {
    const found = this.model.positions.indexOf(this.choice.key ?? this.model.header.key);
    return found >= 0 ? found : this.model.positions.indexOf(this.model.header.key);
  }

  get key() {
    return this.model.positions[this.place];
  }

  get keyName() {
    return `“${this.model.header.keyTokens[this.place].t}”`;
  }

  colour(name) {
    if (!this.colours.has(name)) this.colours.set(name, paletteColour(this.root, name));
    return this.colours.get(name);
  }

  /** A colour between the page's background (0) and a palette colour (1). */
  shade(name, part) {
    const known = `${name} ramp`;
    if (!this.colours.has(known)) this.colours.set(known, ramp(this.colour("background"), this.colour(name)));
    const start = Math.round(part * 255) * 3;
    return `rgb(${this.colours
      .get(known)
      .slice(start, start + 3)
      .join(" ")})`;
  }

  /** The colour of digits on a colour: the page's text or its background, whichever stands out more. */
  ink(ground) {
    const known = `ink ${ground}`;
    if (!this.colours.has(known)) {
      const contrast = (one) => {
        const [dim, bright] = [luminance(one), luminance(ground)].sort((less, more) => less - more);
        return (bright + 0.05) / (dim + 0.05);
      };
      const [text, background] = [this.colour("text"), this.colour("background")];
      this.colours.set(known, contrast(text) >= contrast(background) ? text : background);
    }
    return this.colours.get(known);
  }

  draw() {
    const { header } = this.model;
    const focused = this.root.getRootNode().activeElement?.dataset?.focus;
    this.drawToolbar();
    this.drawSentence();
    this.drawStepper();
    const step = STEPS[this.choice.step](this);
    const early = ["vector", "project", "norm", "position", "output", "check"].includes(this.choice.step);
    const waiting =
      header.waiting && early
        ? element(
            "p",
            { class: "waiting" },
            "The model is being loaded for these numbers. Match, score, softmax and mix are here already.",
          )
        : null;
    this.pictures = step.pictures;
    this.panel.replaceChildren(
      element("h3", {}, step.title),
      ...(waiting ? [waiting] : step.said.map((sentence) => element("p", {}, sentence))),
      element("div", { class: "formulas" }, ...(waiting ? [] : step.formulas)),
      ...step.pictures.map(({ node }) => node),
    );
    this.panel.setAttribute("aria-label", step.title);
    this.pictures.forEach((picture) => picture.draw?.());
    if (focused) this.root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.root.dataset.ready = `${header.stack} ${header.layer} ${header.head} ${header.query} ${this.key} ${this.choice.step}${header.waiting ? " waiting" : ""}`;
  }

  drawToolbar() {
    const { header } = this.model;
    if (header.standalone) return this.toolbar.replaceChildren();
    const groups = [];
    if (header.stacks.length > 1)
      groups.push(
        element(
          "div",
          { class: "group", role: "group", "aria-label": "Attention of the" },
          ...header.stacks.map(([stack, name]) =>
            element(
              "button",
              {
                class: `stack ${stack}`,
                data: { focus: `stack ${stack}` },
                "aria-pressed": String(this.choice.stack === stack),
                onclick: () => this.choice.stack !== stack && this.choose({ stack }),
              },
              name,
            ),
          ),
        ),
      );
    groups.push(this.selector("Layer", header.layers, this.choice.layer, (layer) => this.choose({ layer, key: null })));
    groups.push(
      this.selector("Head", [...Array(header.headCount).keys()], this.choice.heads[0], (head) =>
        this.choose({ heads: [head], key: null }),
      ),
    );
    this.toolbar.replaceChildren(...groups);
  }

  selector(label, values, value, go) {
    const place = values.indexOf(value);
    const select = element(
      "select",
      { "aria-label": label, data: { focus: label } },
      ...values.map((one) => element("option", { value: one }, String(one))),
    );
    select.value = String(value);
    select.onchange = () => go(Number(select.value));
    const button = (name, sign, to) =>
      element(
        "button",
        {
          "aria-label": `${label} ${name}`,
          data: { focus: `${label} ${name}` },
          disabled: to < 0 || to >= values.length,
          onclick: () => go(values[to]),
        },
        sign,
      );
    return element(
      "div",
      { class: "group" },
      element("span", { class: "quiet" }, label),
      button("before", "‹", place - 1),
      select,
      button("after", "›", place + 1),
    );
  }

  drawSentence() {
    const { header } = this.model;
    const sameSequence = this.model.querySequence === this.model.keySequence;
    const chips = header.queryTokens.map((token, index) => {
      const position = header.queryStart + index;
      const looks = position === this.choice.query;
      const looked = sameSequence && position === this.key;
      return chip(token, {
        tag: "button",
        class: [looks && "looks", looked && "looked", header.standalone && "fixed"].filter(Boolean).join(" "),
        "aria-pressed": String(looks),
        "aria-label": `${tokenName(token, position)} looks`,
        data: { focus: `token ${position}`, position },
        disabled: header.standalone,
        onclick: () => this.choose({ query: position, key: null }),
        onpointerenter: () => publishToken(this.root, this.model.querySequence, position),
        onpointerleave: () => publishToken(this.root, null, null),
      });
    });
    const more =
      header.queryTokens.length < header.queryCount
        ? element(
            "label",
            { class: "quiet" },
            ` Tokens ${header.queryStart}–${header.queryStart + chips.length - 1} of ${thousands(header.queryCount)}; position `,
            this.positionField(),
          )
        : null;
    const looked = sameSequence
      ? null
      : element("span", { class: "quiet at" }, "looks at ", chip(header.keyTokens[this.place], { class: "looked" }));
    this.sentence.replaceChildren(
      element("span", { class: "quiet lead" }, "Who looks?"),
      ...chips,
      ...[looked, more].filter(Boolean),
    );
    const looking = this.sentence.querySelector(".looks");
    if (looking)
      this.sentence.scrollTop =
        looking.offsetTop - this.sentence.offsetTop - this.sentence.clientHeight / 2 + looking.clientHeight / 2;
  }

  positionField() {
    const { header } = this.model;
    const field = element("input", {
      type: "number",
      min: 0,
      max: header.queryCount - 1,
      value: this.choice.query,
      data: { focus: "position" },
      "aria-label": "Position of the token that looks",
    });
    field.onchange = () => {
      const position = Math.max(0, Math.min(header.queryCount - 1, Math.round(Number(field.value) || 0)));
      this.choose({ query: position, key: null });
    };
    return field;
  }

  drawStepper() {
    const { steps } = this.model.header;
    const at = steps.indexOf(this.choice.step);
    const button = (step, place) =>
      element(
        "button",
        {
          class: place < at ? "step done" : "step",
          data: { focus: `step ${step}`, step },
          "aria-current": step === this.choice.step ? "step" : null,
          onclick: () => this.choose({ step }),
        },
        element("span", { class: "ordinal" }, String(place + 1)),
        STEP_NAMES[step],
      );
    const move = (label, by) =>
      element(
        "button",
        {
          class: "move",
          data: { focus: label },
          disabled: at + by < 0 || at + by >= steps.length,
          onclick: () => this.choose({ step: steps[at + by] }),
        },
        label,
      );
    this.stepper.replaceChildren(
      move("‹ Back", -1),
      element("div", { class: "steps" }, ...steps.map(button)),
      move("Next ›", 1),
    );
    const bar = this.stepper.querySelector(".steps");
    const current = bar.children[at];
    bar.scrollLeft = current.offsetLeft - bar.offsetLeft - bar.clientWidth / 2 + current.clientWidth / 2;
  }

  pressed(event) {
    if (["SELECT", "INPUT"].includes(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    const { steps } = this.model.header;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const step = steps[steps.indexOf(this.choice.step) + by];
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.choose({ step });
      event.preventDefault();
    } else if (down && event.target.closest("table")) {
      const position = this.model.positions[this.place + down];
      if (position !== undefined) {
        this.choose({ key: position });
        this.root.querySelector(`[data-focus="key ${position}"]`)?.focus();
      }
      event.preventDefault();
    } else if (event.key === "Escape") this.tooltip.hide();
  }

  /** Change the choice, draw what can be drawn of it at once, and tell the server. */
  choose(change) {
    Object.assign(this.choice, change);
    this.tooltip.hide();
    this.draw();
    this.spoken.textContent = change.step ? this.panel.getAttribute("aria-label") : "";
    if (this.model.header.standalone) return;
    this.number += 1;
    this.send({ ...this.choice, number: this.number });
  }

  /** Another picture of the page tells of a token. */
  heard({ sequence, position }) {
    for (const lit of this.root.querySelectorAll(".token.lit")) lit.classList.remove("lit");
    if (position === null) return;
    const { model } = this;
    if (sequence === model.querySequence)
      this.sentence.querySelector(`[data-position="${position}"]`)?.classList.add("lit");
    if (sequence === model.keySequence)
      this.panel.querySelector(`tr[data-position="${position}"] .token`)?.classList.add("lit");
  }
}

export function mount({ parentElement, data, setStateValue }) {
  const root = rootOf(parentElement);
  root.view ??= new InsideView(root);
  root.view.load(data, (choice) => setStateValue("choice", choice));
}
