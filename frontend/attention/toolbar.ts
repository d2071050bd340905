// @ts-nocheck: not typed yet
// What can be chosen: stack, layer, heads, zoom. It is built once for a layer's shape, so that focus stays where it is.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";

export class Toolbar {
  constructor(view) {
    this.view = view;
    this.node = element("div", { class: "toolbar" });
  }

  refresh() {
    const { view } = this;
    const { model, choice } = view;
    const shape = JSON.stringify([
      model.reading.id,
      model.stack,
      model.layers,
      model.headCount,
      model.keyValueHeads,
      view.zoomable,
    ]);
    if (shape !== this.shape) this.build();
    this.shape = shape;
    for (const [stack, button] of this.stacks ?? [])
      button.setAttribute("aria-pressed", String(choice.stack === stack));
    if (this.layer) {
      const place = model.layers.indexOf(choice.layer);
      this.layer.select.value = String(choice.layer);
      this.layer.before.disabled = place <= 0;
      this.layer.after.disabled = place >= model.layers.length - 1;
    }
    for (const [head, button] of this.heads) {
      const on = choice.heads.includes(head);
      button.setAttribute("aria-pressed", String(on));
      button.style.setProperty("--own", on ? `var(--${this.headColour(head)})` : "var(--line)");
    }
    const most = this.offered.slice(0, 12);
    this.all.textContent =
      choice.heads.length >= most.length && most.length > 1 ? "One" : this.offered.length > 12 ? "First 12" : "All";
    this.first.setAttribute("aria-pressed", String(choice.withoutFirst));
    if (!this.zoom) return;
    this.zoom.out.disabled = this.zoom.whole.disabled = model.whole;
    const [rows, columns] = [model.rows, model.columns].map(
      ([start, end]) => `${thousands(start)}–${thousands(end - 1)}`,
    );
    this.zoom.where.textContent = model.whole
      ? `all ${thousands(Math.max(model.queryCount, model.keyCount))} tokens`
      : `${rows} look at ${columns}`;
  }

  build() {
    const { view } = this;
    const { standalone } = view.model.reading;
    this.stacks = this.layer = this.zoom = null;
    const groups = [this.headButtons()];
    if (!standalone) groups.unshift(this.layerButtons());
    if (!standalone && view.model.stacks.length > 1) groups.unshift(this.stackButtons());
    this.first = element(
      "button",
      {
        title: "Many heads put on the first token what they have no use for",
        onclick: () => view.choose({ withoutFirst: !view.choice.withoutFirst }),
      },
      "Without first token",
    );
    groups.push(element("div", { class: "group" }, this.first));
    if (view.zoomable) groups.push(this.zoomButtons());
    const save = (kind, label) => element("button", { onclick: () => view.save(kind) }, label);
    groups.push(element("div", { class: "group end" }, save("png", "PNG"), save("svg", "SVG")));
    this.node.replaceChildren(...groups);
  }

  stackButtons() {
    const { view } = this;
    this.stacks = view.model.stacks.map(([stack, name]) => [
      stack,
      element(
        "button",
        { class: `stack ${stack}`, onclick: () => view.choice.stack !== stack && view.choose({ stack }) },
        name,
      ),
    ]);
    return element(
      "div",
      { class: "group", role: "group", "aria-label": "Attention of the" },
      ...this.stacks.map(([, button]) => button),
    );
  }

  layerButtons() {
    const { view } = this;
    const step = (by) => () =>
      view.choose({ layer: view.model.layers[view.model.layers.indexOf(view.choice.layer) + by] });
    const select = element("select", {
      "aria-label": "Layer",
      onchange: () => view.choose({ layer: Number(select.value) }),
    });
    select.append(...view.model.layers.map((layer) => element("option", { value: layer }, String(layer))));
    const before = element("button", { "aria-label": "Layer before", onclick: step(-1) }, "‹");
    const after = element("button", { "aria-label": "Layer after", onclick: step(1) }, "›");
    this.layer = { select, before, after };
    return element("div", { class: "group" }, element("span", { class: "quiet" }, "Layer"), before, select, after);
  }

  headButtons() {
    const { view } = this;
    const { model } = view;
    const size = model.headCount / model.keyValueHeads;
    this.offered = [...Array(model.headCount).keys()];
    this.heads = new Map();
    const groups = [];
    for (const head of this.offered) {
      if (groups.length === 0 || (size > 1 && head % size === 0))
        groups.push(
          element("span", {
            class: size > 1 ? "shared" : "heads",
            title: size > 1 ? `Key/value head ${Math.floor(head / size)}, shared by ${size} heads` : null,
          }),
        );
      const button = element("button", {
        class: "head",
        "aria-label": `Head ${head}`,
        title: "Click: on or off. Double-click: this head alone; again: those before.",
        data: { head },
        onclick: (event) => (event.shiftKey ? this.isolate(head) : this.toggle(head, event.detail)),
        ondblclick: () => this.isolate(head),
      });
      button.append(element("span", { class: "swatch" }), String(head));
      this.heads.set(head, button);
      groups.at(-1).append(button);
    }
    const most = this.offered.slice(0, 12);
    this.all = element("button", {
      onclick: () => view.choose({ heads: view.choice.heads.length >= most.length ? [view.choice.heads[0]] : most }),
    });
    return element("div", { class: "group" }, element("span", { class: "quiet" }, "Heads"), ...groups, this.all);
  }

  headColour(head) {
    return `head-${this.view.model.headCount <= 12 ? head : Math.max(0, this.view.choice.heads.indexOf(head))}`;
  }

  toggle(head, clicks) {
    const { heads } = this.view.choice;
    // The first click of a double click is undone by its second, and what stood before both is what isolating restores.
    if (clicks < 2) this.beforeClick = [...heads];
    const next = heads.includes(head)
      ? heads.filter((other) => other !== head)
      : [...heads, head].sort((one, other) => one - other);
    if (next.length && next.length <= 12) this.view.choose({ heads: next });
  }

  isolate(head) {
    const before = this.beforeClick ?? this.view.choice.heads;
    const alone = before.length === 1 && before[0] === head;
    if (!alone) this.together = before;
    const restored =
      this.together?.includes(head) && this.together.length > 1 ? this.together : this.offered.slice(0, 12);
    this.beforeClick = null;
    this.view.choose({ heads: alone ? restored : [head] });
  }

  zoomButtons() {
    const { view } = this;
    const where = element("span", { class: "quiet" });
    const out = element("button", { "aria-label": "Zoom out", onclick: () => view.zoom(2) }, "−");
    const whole = element("button", { onclick: () => view.zoomOut() }, "Whole text");
    this.zoom = { where, out, whole };
    return element(
      "div",
      { class: "group" },
      element(
        "button",
        { "aria-label": "Zoom in", onclick: () => view.zoom(0.5, view.locked.query, view.locked.key) },
        "+",
      ),
      out,
      whole,
      where,
    );
  }
}
