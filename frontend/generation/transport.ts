// The buttons and the slider of the timeline.

import { element } from "../shared/dom.ts";

interface Moves {
  /** Turn to a step. */
  go(step: number): void;
  /** Play, or pause what plays. */
  toggle(): void;
}

export class Transport {
  readonly node: HTMLElement;
  private readonly play: HTMLButtonElement;
  private readonly back: HTMLButtonElement[];
  private readonly on: HTMLButtonElement[];
  private readonly reach = element("input", { type: "range", min: 0, "aria-label": "Token", class: "reach" });
  private readonly count = element("span", { class: "quiet count" });
  private step = 0;
  private last = 0;

  constructor({ go, toggle }: Moves) {
    const button = (label: string, sign: string, onclick: () => void) =>
      element("button", { "aria-label": label, title: label, onclick }, sign);
    this.play = button("Play", "Play", toggle);
    this.back = [
      button("To the first token", "|‹", () => go(0)),
      button("One token back", "‹", () => go(this.step - 1)),
    ];
    this.on = [
      button("One token on", "›", () => go(this.step + 1)),
      button("To the last token", "›|", () => go(this.last)),
    ];
    this.reach.oninput = () => go(Number(this.reach.value));
    this.node = element(
      "div",
      { class: "transport", role: "group", "aria-label": "Timeline" },
      ...this.back,
      this.play,
      ...this.on,
      this.reach,
      this.count,
    );
  }

  show(step: number, last: number, plays: boolean): void {
    [this.step, this.last] = [step, last];
    const label = plays ? "Pause" : "Play";
    this.play.textContent = this.play.title = label;
    this.play.setAttribute("aria-label", label);
    this.play.disabled = last === 0;
    for (const button of this.back) button.disabled = step === 0;
    for (const button of this.on) button.disabled = step === last;
    this.reach.max = String(last);
    this.reach.value = String(step);
    this.count.textContent = `token ${step + 1} of ${last + 1}`;
  }
}
