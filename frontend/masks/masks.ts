// @ts-nocheck: not typed yet
// A text with masks: what the model would put there, how sure it is, and what each mask looks at.

import { rootOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import { percent } from "../shared/numbers.ts";
import { unpack } from "../shared/packet.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { tooltipOf } from "../shared/tooltip.ts";

export const WEIGHTS = 65534;

export class MasksView {
  constructor(root) {
    this.root = root;
    this.tooltip = tooltipOf(root);
    this.passes = element("div", { class: "transport", role: "group", "aria-label": "Readings" });
    this.text = element("div", { class: "text" });
    this.columns = element("div", { class: "columns" });
    this.lookingLine = element("p", { class: "quiet" });
    this.looking = element("div", { class: "chips" });
    root.append(
      this.passes,
      this.text,
      this.columns,
      element("h5", {}, "What the mask looks at"),
      this.lookingLine,
      this.looking,
    );
  }

  load(packet) {
    const { header, arrays } = unpack(packet);
    this.header = header;
    this.arrays = arrays;
    this.pass = 0;
    this.mask = null;
    this.draw();
  }

  draw() {
    const { header } = this;
    const reading = header.passes[this.pass];
    if (!reading.fillings.some((filling) => filling.position === this.mask)) this.mask = reading.filled[0];
    const many = header.passes.length > 1;
    this.passes.hidden = !many;
    this.passes.replaceChildren(
      ...(many
        ? header.passes.map((one, place) =>
            element(
              "button",
              { "aria-pressed": String(place === this.pass), onclick: () => ((this.pass = place), this.draw()) },
              `Reading ${place + 1}: fills “${one.fillings.find((filling) => filling.position === one.filled[0]).candidates[0].t}”`,
            ),
          )
        : []),
    );
    const filled = new Map(
      reading.fillings
        .filter((one) => reading.filled.includes(one.position))
        .map((one) => [one.position, one.candidates[0]]),
    );
    this.text.replaceChildren(
      ...reading.tokens.map((token, position) => {
        const open = reading.fillings.some((one) => one.position === position);
        const shown = filled.get(position) ?? token;
        const made = chip(shown, {
          tag: open ? "button" : "span",
          class: open
            ? `mask ${filled.has(position) ? "filled" : "open"}${position === this.mask ? " locked" : ""}`
            : "",
          data: { position },
        });
        if (open) made.onclick = () => ((this.mask = position), this.draw());
        return made;
      }),
    );
    this.columns.replaceChildren(
      ...reading.fillings.map((filling, place) =>
        this.column(filling, place, reading.filled.includes(filling.position)),
      ),
    );
    this.drawLooking(reading);
  }

  column(filling, place, isFilled) {
    const most = filling.candidates[0].probability;
    return element(
      "section",
      { class: filling.position === this.mask ? "column now" : "column", "aria-label": `Mask ${place + 1}` },
      element("h5", {}, `Mask ${place + 1}`),
      element(
        "div",
        { class: "quiet" },
        `${filling.entropy.toFixed(1)} bits undecided${isFilled ? "" : ", stays open for the next reading"}`,
      ),
      ...filling.candidates.map((candidate) =>
        element(
          "div",
          { class: "row", data: { share: candidate.probability.toPrecision(6) } },
          element("span", { class: "name" }, chip(candidate)),
          element(
            "span",
            { class: "bars" },
            element("span", { class: "after", style: { width: `${(100 * candidate.probability) / most}%` } }),
          ),
          element("span", { class: "share" }, percent(candidate.probability)),
        ),
      ),
    );
  }

  drawLooking(reading) {
    const weights = this.arrays[`looking${this.pass}`];
    const width = reading.tokens.length;
    const row = weights.subarray(this.mask * width, (this.mask + 1) * width);
    this.lookingLine.textContent = `Layer ${this.header.layer}, mean of its heads, while “${reading.tokens[this.mask].t}” at position ${this.mask} is read.`;
    this.looking.replaceChildren(
      ...reading.tokens.map((token, position) => {
        const share = row[position] / WEIGHTS;
        const made = chip(token, { class: `lightable${share > 0.55 ? " strong" : ""}` });
        made.style.setProperty("--share", share.toFixed(4));
        made.onpointerenter = (event) =>
          this.tooltip.show(event.clientX, event.clientY, tokenName(token, position), percent(share));
        made.onpointerleave = () => this.tooltip.hide();
        return made;
      }),
    );
  }
}

export function mount({ parentElement, data }) {
  const root = rootOf(parentElement);
  root.view ??= new MasksView(root);
  root.view.load(data);
}
