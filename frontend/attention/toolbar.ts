// What can be chosen: stack, layer, heads, zoom. It is built once for a layer's shape, so that focus stays where it is.

import { element } from "../shared/dom.ts";
import type { AttentionView } from "./attention.ts";
import { NO_FOCUS } from "./choice.ts";
import { allOrOne, HeadClicks, headColour } from "./head_choice.ts";
import type { AttentionModel } from "./model.ts";
import { extentOf } from "./words.ts";

/** The part of the toolbar that only some layers have. */
interface Group {
  node: HTMLElement;
  /** Show what is chosen now. */
  refresh(model: AttentionModel): void;
}

export class Toolbar {
  readonly node = element("div", { class: "toolbar" });
  private readonly view: AttentionView;
  private readonly clicks = new HeadClicks();
  private groups: Group[] = [];
  private shape = "";

  constructor(view: AttentionView) {
    this.view = view;
  }

  refresh(model: AttentionModel): void {
    const { stack, layers, headCount, keyValueHeads } = model.part;
    const shape = JSON.stringify([model.reading.id, stack, layers, headCount, keyValueHeads, this.view.zoomable]);
    if (shape !== this.shape) this.build(model);
    this.shape = shape;
    for (const group of this.groups) group.refresh(model);
  }

  private build(model: AttentionModel): void {
    const { standalone } = model.reading;
    this.groups = [this.heads(model), this.firstToken()];
    if (!standalone) this.groups.unshift(this.layers(model));
    if (!standalone && model.part.stacks.length > 1) this.groups.unshift(this.stacks(model));
    if (this.view.zoomable) this.groups.push(this.zoom());
    this.node.replaceChildren(...this.groups.map(({ node }) => node), this.saving());
  }

  private stacks(model: AttentionModel): Group {
    const { view } = this;
    const buttons = model.part.stacks.map(([stack, name]) => {
      const choose = () => {
        if (view.choice.stack !== stack) view.choose({ stack });
      };
      return [stack, element("button", { class: `stack ${stack}`, onclick: choose }, name)] as const;
    });
    const node = element(
      "div",
      { class: "group", role: "group", "aria-label": "Attention of the" },
      buttons.map(([, button]) => button),
    );
    const refresh = () => {
      for (const [stack, button] of buttons) button.setAttribute("aria-pressed", String(view.choice.stack === stack));
    };
    return { node, refresh };
  }

  private layers(model: AttentionModel): Group {
    const { view } = this;
    const { layers } = model.part;
    const step = (by: number) => () => view.choose({ layer: layers[layers.indexOf(view.choice.layer) + by] });
    const select = element("select", {
      "aria-label": "Layer",
      onchange: () => view.choose({ layer: Number(select.value) }),
    });
    select.append(...layers.map((layer) => element("option", { value: layer }, String(layer))));
    const before = element("button", { "aria-label": "Layer before", onclick: step(-1) }, "‹");
    const after = element("button", { "aria-label": "Layer after", onclick: step(1) }, "›");
    const label = element("span", { class: "quiet" }, "Layer");
    const refresh = () => {
      const place = layers.indexOf(view.choice.layer);
      select.value = String(view.choice.layer);
      before.disabled = place <= 0;
      after.disabled = place >= layers.length - 1;
    };
    return { node: element("div", { class: "group" }, label, before, select, after), refresh };
  }

  private heads({ part: { headCount, keyValueHeads } }: AttentionModel): Group {
    const { view } = this;
    const size = headCount / keyValueHeads;
    const buttons = Array.from({ length: headCount }, (_, head) => this.headButton(head, headCount));
    const shared = size > 1 ? keyValueHeads : 1;
    const brackets = Array.from({ length: shared }, (_, place) =>
      element(
        "span",
        {
          class: size > 1 ? "shared" : "heads",
          title: size > 1 ? `Key/value head ${place}, shared by ${size} heads` : null,
        },
        buttons.slice((place * headCount) / shared, ((place + 1) * headCount) / shared),
      ),
    );
    const all = element("button", {
      onclick: () => view.choose({ heads: allOrOne(view.choice.heads, headCount).heads }),
    });
    const refresh = () => {
      const shown = view.choice.heads;
      buttons.forEach((button, head) => {
        const on = shown.includes(head);
        button.setAttribute("aria-pressed", String(on));
        button.style.setProperty("--own", on ? `var(--${headColour(head, headCount, shown)})` : "var(--line)");
      });
      all.textContent = allOrOne(shown, headCount).label;
    };
    const label = element("span", { class: "quiet" }, "Heads");
    return { node: element("div", { class: "group" }, label, brackets, all), refresh };
  }

  private headButton(head: number, count: number): HTMLButtonElement {
    const { view } = this;
    const isolate = () => view.choose({ heads: this.clicks.isolated(view.choice.heads, head, count) });
    const toggle = (clicks: number) => {
      const heads = this.clicks.toggled(view.choice.heads, head, clicks);
      if (heads) view.choose({ heads });
    };
    return element(
      "button",
      {
        class: "head",
        "aria-label": `Head ${head}`,
        title: "Click: on or off. Double-click: this head alone; again: those before.",
        data: { head },
        onclick: (event) => (event.shiftKey ? isolate() : toggle(event.detail)),
        ondblclick: isolate,
      },
      element("span", { class: "swatch" }),
      String(head),
    );
  }

  private firstToken(): Group {
    const { view } = this;
    const button = element(
      "button",
      {
        title: "Many heads put on the first token what they have no use for",
        onclick: () => view.choose({ withoutFirst: !view.choice.withoutFirst }),
      },
      "Without first token",
    );
    const refresh = () => button.setAttribute("aria-pressed", String(view.choice.withoutFirst));
    return { node: element("div", { class: "group" }, button), refresh };
  }

  private zoom(): Group {
    const { view } = this;
    const where = element("span", { class: "quiet" });
    const nearer = () => view.zoom(0.5, view.kept);
    const inwards = element("button", { "aria-label": "Zoom in", onclick: nearer }, "+");
    const outwards = element("button", { "aria-label": "Zoom out", onclick: () => view.zoom(2, NO_FOCUS) }, "−");
    const whole = element("button", { onclick: () => view.zoomOut() }, "Whole text");
    const refresh = (model: AttentionModel) => {
      outwards.disabled = whole.disabled = model.whole;
      where.textContent = extentOf(model);
    };
    return { node: element("div", { class: "group" }, inwards, outwards, whole, where), refresh };
  }

  private saving(): HTMLElement {
    const button = (kind: "png" | "svg", label: string) =>
      element("button", { onclick: () => this.view.save(kind) }, label);
    return element("div", { class: "group end" }, button("png", "PNG"), button("svg", "SVG"));
  }
}
