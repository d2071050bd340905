// @ts-nocheck: not typed yet
// The timeline of a text being written, and everything that stands open beside it.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { onceAFrame, settled } from "../shared/timing.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { BranchesView } from "./branches.ts";
import { CacheView } from "./cache.ts";
import { LookingView } from "./looking.ts";
import { PipelineView } from "./pipeline.ts";

export const PACE = 650;

export class GenerationView {
  constructor(root) {
    this.root = root;
    this.number = 0;
    this.step = 0;
    this.tooltip = tooltipOf(root);
    this.transport = element("div", { class: "transport", role: "group", "aria-label": "Timeline" });
    this.text = element("div", {
      class: "text",
      tabindex: "0",
      role: "listbox",
      "aria-label": "Tokens written; arrow keys step, space plays",
    });
    this.sentence = element("div", { class: "quiet now", role: "status", "aria-live": "polite" });
    this.pipeline = new PipelineView(this);
    this.looking = new LookingView(this);
    this.cache = new CacheView(this);
    this.branches = new BranchesView(this);
    root.append(
      this.transport,
      this.text,
      this.sentence,
      element("div", { class: "panes" }, this.pipeline.node, element("div", {}, this.looking.node, this.cache.node)),
      this.branches.node,
    );
    this.text.onkeydown = (event) => this.key(event);
    this.arrive = settled(350, () => this.tell({ kind: "step", step: this.step }));
    new ResizeObserver(onceAFrame(() => this.header && this.cache.draw(this.step))).observe(root);
  }

  load(packet, send) {
    this.send = send;
    const { header, arrays } = unpack(packet);
    const before = this.header;
    this.header = header;
    const other = !before || before.branch !== header.branch || before.model !== header.model;
    if (other || header.number >= this.number) this.step = header.step;
    this.step = Math.min(this.step, header.steps.length - 1);
    this.number = Math.max(this.number, header.number);
    this.pipeline.load(header, arrays);
    this.looking.load(header, arrays);
    this.cache.load(header, arrays);
    this.branches.load(header);
    this.drawText();
    this.show(this.step, false);
  }

  drawTransport() {
    const last = this.header.steps.length - 1;
    const button = (label, sign, enabled, action) =>
      element("button", { "aria-label": label, title: label, disabled: !enabled, onclick: action }, sign);
    const names = ["start", "back", "play", "next", "end"];
    const focused = this.root.getRootNode().activeElement?.dataset?.control;
    const buttons = [
      button("To the first token", "|‹", this.step > 0, () => this.go(0)),
      button("One token back", "‹", this.step > 0, () => this.go(this.step - 1)),
      button(this.timer ? "Pause" : "Play", this.timer ? "Pause" : "Play", last > 0, () =>
        this.timer ? this.pause() : this.play(),
      ),
      button("One token on", "›", this.step < last, () => this.go(this.step + 1)),
      button("To the last token", "›|", this.step < last, () => this.go(last)),
    ];
    buttons.forEach((made, place) => (made.dataset.control = names[place]));
    const reach = element("input", {
      type: "range",
      min: 0,
      max: Math.max(last, 0),
      "aria-label": "Token",
      class: "reach",
    });
    reach.value = String(this.step);
    reach.oninput = () => this.go(Number(reach.value));
    if (this.reach && focused === undefined && this.root.getRootNode().activeElement === this.reach)
      this.reach.value = String(this.step);
    else {
      this.reach = reach;
      this.transport.replaceChildren(...buttons, reach, (this.count = element("span", { class: "quiet count" })));
    }
    this.count.textContent = `token ${this.step + 1} of ${this.header.steps.length}`;
    if (focused) this.transport.querySelector(`[data-control=${focused}]`)?.focus();
  }

  drawText() {
    const { header } = this;
    const hidden = header.promptHidden
      ? element("span", { class: "quiet" }, `… ${thousands(header.promptHidden)} earlier tokens `)
      : null;
    const read = header.family === "encoder-decoder" ? header.source : header.prompt;
    this.chips = header.steps.map((step, place) => {
      const made = chip(step, {
        class: step.picked ? "written picked" : "written",
        role: "option",
        data: { step: place },
      });
      made.style.setProperty("--surprise", (1 - step.probability).toFixed(4));
      made.append(element("span", { class: "meter", style: { width: `${Math.max(4, 100 * step.probability)}%` } }));
      made.onclick = () => this.go(place);
      made.onpointerenter = (event) =>
        this.tooltip.show(
          event.clientX,
          event.clientY,
          `${tokenName(step, place)}: ${percent(step.probability)}`,
          `surprise ${(-Math.log2(step.probability)).toFixed(1)} bits; the model hesitated by ${step.entropy.toFixed(1)} bits`,
          `${(1000 * step.seconds).toFixed(0)} ms`,
        );
      made.onpointerleave = () => this.tooltip.hide();
      return made;
    });
    const prompt = element("span", { class: "prompt" }, hidden, ...read.map((token) => chip(token)));
    const arrow = header.family === "encoder-decoder" ? element("div", { class: "quiet" }, "is written as") : null;
    this.text.replaceChildren(...[prompt, arrow, element("span", { class: "answer" }, ...this.chips)].filter(Boolean));
    const scale = element(
      "span",
      { class: "scale", "aria-hidden": "true" },
      "expected",
      element("span", { class: "ramp" }),
      "surprising",
    );
    this.text.append(element("div", { class: "legend quiet" }, scale));
  }

  /** Show a step; the server is told once it stays. */
  show(place, tells = true) {
    this.step = Math.max(0, Math.min(this.header.steps.length - 1, place));
    this.chips.forEach((made, index) => {
      made.classList.toggle("later", index > this.step);
      made.classList.toggle("now", index === this.step);
      made.setAttribute("aria-selected", String(index === this.step));
    });
    const step = this.header.steps[this.step];
    const bits = step.entropy;
    const ends =
      {
        end: " The text ends here: an end token.",
        length: " The length asked for is reached.",
        limit: " The model can read no further.",
      }[step.finish] ?? "";
    const choices = Math.round(2 ** bits);
    const hesitated =
      choices > 1
        ? `The model hesitated by ${bits.toFixed(1)} bits, as between ${thousands(choices)} equally likely tokens.`
        : `The model hardly hesitated: ${bits.toFixed(1)} bits.`;
    this.sentence.textContent = `“${step.t}”: ${percent(step.probability)}, surprise ${(-Math.log2(step.probability)).toFixed(1)} bits. ${hesitated}${ends}`;
    this.drawTransport();
    this.drawLooking();
    this.cache.draw(this.step);
    this.pipeline.node.classList.toggle("waiting", this.step !== this.header.step && !this.header.standalone);
    this.pipeline.node.classList.toggle("other", this.step !== this.header.step && this.header.standalone);
    if (tells && this.step !== this.header.step && !this.timer) this.arrive();
  }

  drawLooking() {
    this.looking.draw(this.step);
  }

  go(place) {
    this.pause();
    this.show(place);
  }

  play() {
    if (this.step >= this.header.steps.length - 1) this.show(0, false);
    this.timer = setInterval(() => {
      if (!this.root.isConnected) return this.stop();
      if (this.step >= this.header.steps.length - 1) return this.pause();
      return this.show(this.step + 1, false);
    }, PACE);
    this.drawTransport();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  pause() {
    if (!this.timer) return;
    this.stop();
    this.show(this.step);
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key in moves) this.go(this.step + moves[event.key]);
    else if (event.key === " ") this.timer ? this.pause() : this.play();
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.header.steps.length - 1);
    else return;
    event.preventDefault();
  }

  /** Let the text go on with another token here, under other settings if there are any. */
  branch(token, settings) {
    this.stop();
    this.tell({
      kind: "branch",
      step: this.header.step,
      token: Number(token),
      settings: settings ? { ...settings } : null,
    });
  }

  tell(change) {
    if (this.header.standalone) return;
    this.number += 1;
    this.send({ ...change, branch: change.branch ?? this.header.branch, number: this.number });
  }
}

export function mount({ parentElement, data, setStateValue }) {
  const root = rootOf(parentElement);
  root.view ??= new GenerationView(root);
  root.view.load(data, (choice) => setStateValue("choice", choice));
}
