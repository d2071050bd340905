// A text with masks: what the model would put there, how sure it is, and what each mask looks at.

import { AttentionRows } from "../shared/attention_rows.ts";
import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type { FilledMask, MaskReading, MasksHeader } from "../shared/generated/messages.ts";
import { percent } from "../shared/numbers.ts";
import { type Shaped, unpack } from "../shared/packet.ts";
import { shade } from "../shared/shading.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import { type Tooltip, tooltipOf } from "../shared/tooltip.ts";
import { maskIn, maskInWords, maskName, readingInWords, type Standing, textAfter } from "./reading.ts";

const STRONG = 0.55; // from this share on, a chip's text is drawn in the colour of the page

interface Shown {
  header: MasksHeader;
  arrays: Record<string, Shaped<Float32Array>>;
  /** The reading that is looked at, by its place. */
  place: number;
  /** The position of the mask that is looked at. */
  mask: number;
}

export class MasksView {
  private readonly tooltip: Tooltip;
  private readonly readings = element("div", { class: "transport", role: "group", "aria-label": "Readings" });
  private readonly text = element("div", { class: "text" });
  private readonly columns = element("div", { class: "columns" });
  private readonly attentionLine = element("p", { class: "quiet" });
  private readonly attention = element("div", { class: "chips" });

  constructor(root: HTMLElement) {
    this.tooltip = tooltipOf(root);
    root.append(
      this.readings,
      this.text,
      this.columns,
      element("h5", {}, "What the mask looks at"),
      this.attentionLine,
      this.attention,
    );
  }

  load(packet: Uint8Array): void {
    const { header, arrays } = unpack<MasksHeader, Record<string, Shaped<Float32Array>>>(packet);
    this.draw({ header, arrays, place: 0, mask: maskIn(header.passes[0], null) });
  }

  private draw(shown: Shown): void {
    const { header, mask } = shown;
    const reading = header.passes[shown.place];
    this.drawReadings(shown);
    this.text.replaceChildren(...textAfter(reading).map((standing) => this.standing(standing, shown)));
    this.columns.replaceChildren(
      ...reading.fillings.map((one) => column(one, maskName(header, one.position), reading, mask)),
    );
    this.drawAttention(shown, reading);
  }

  private drawReadings(shown: Shown): void {
    const { passes } = shown.header;
    const button = (reading: MaskReading, place: number) =>
      element(
        "button",
        {
          "aria-pressed": String(place === shown.place),
          onclick: () => this.draw({ ...shown, place, mask: maskIn(reading, shown.mask) }),
        },
        readingInWords(reading, place),
      );
    this.readings.hidden = passes.length < 2;
    this.readings.replaceChildren(...(passes.length < 2 ? [] : passes.map(button)));
  }

  private standing({ token, position, kind }: Standing, shown: Shown): HTMLElement {
    if (kind === "word") return chip(token, { data: { position } });
    return chip(token, {
      tag: "button",
      class: `mask ${kind}${position === shown.mask ? " locked" : ""}`,
      data: { position },
      onclick: () => this.draw({ ...shown, mask: position }),
    });
  }

  private drawAttention({ header, arrays, place, mask }: Shown, { tokens, fillings }: MaskReading): void {
    const attention = new AttentionRows(arrays[`looking${place}`]);
    const row = fillings.findIndex(({ position }) => position === mask);
    const where = `“${tokens[mask].t}” at position ${mask}`;
    this.attentionLine.textContent = `Layer ${header.layer}, mean of its heads, while ${where} is read.`;
    const lit = tokens.map((token, position) => {
      const share = attention.weight(row, position);
      const made = chip(token, {
        class: "lightable",
        onpointerenter: ({ clientX, clientY }: PointerEvent) =>
          this.tooltip.show(clientX, clientY, tokenName(token, position), percent(share)),
        onpointerleave: () => this.tooltip.hide(),
      });
      shade(made, share, STRONG);
      return made;
    });
    this.attention.replaceChildren(...lit);
  }
}

/** The candidates of a mask; the likeliest one's bar is full. */
function column(mask: FilledMask, name: string, reading: MaskReading, chosen: number): HTMLElement {
  const most = mask.candidates[0].probability;
  const rows = mask.candidates.map((candidate) => {
    const bar = element("span", { class: "after", style: { width: `${(100 * candidate.probability) / most}%` } });
    return element(
      "div",
      { class: "row", data: { share: candidate.probability.toPrecision(6) } },
      element("span", { class: "name" }, chip(candidate)),
      element("span", { class: "bars" }, bar),
      element("span", { class: "share" }, percent(candidate.probability)),
    );
  });
  return element(
    "section",
    { class: mask.position === chosen ? "column now" : "column", "aria-label": name },
    element("h5", {}, name),
    element("div", { class: "quiet" }, maskInWords(mask, reading)),
    ...rows,
  );
}

export function mount({ parentElement, data }: Mounted): void {
  viewOf(rootOf(parentElement), (root) => new MasksView(root)).load(data);
}
