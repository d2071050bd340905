// The centrepiece: lines and matrices of one layer, linked. What needs other numbers is asked of the server as a choice.

const SMALLEST_WINDOW = 8;

class AttentionView {
  constructor(root) {
    this.root = root;
    this.locked = { query: null, key: null };
    this.hovered = null;
    this.number = 0;
    this.lines = new LinesPane(this);
    this.matrix = new MatrixPane(this);
    this.toolbar = element("div", { class: "toolbar" });
    this.panes = element("div", { class: "panes" }, this.lines.node, this.matrix.node);
    this.foot = element("div", { class: "foot quiet" });
    this.spoken = element("div", { class: "visually-hidden", "aria-live": "polite" });
    root.append(this.toolbar, this.panes, this.foot, this.spoken);
    this.tooltip = tooltipOf(root);
    this.redraw = onceAFrame(() => this.draw());
    new ResizeObserver(() => this.redraw()).observe(this.panes);
    root.onkeydown = (event) => event.key === "Escape" && this.free();
  }

  /** Take a packet; an answer to an older choice than the visitor's last changes nothing of that choice. */
  load(packet, send) {
    this.model = new AttentionModel(packet);
    this.bytes = packet.byteLength;
    this.send = send;
    this.theme = this.root.dataset.theme;
    this.colours = new Map();
    const { model } = this;
    if ((model.number ?? 0) >= this.number || !this.choice || model.sequenceChanged) {
      this.number = Math.max(this.number, model.number ?? 0);
      this.choice = {
        stack: model.stack,
        layer: model.layer,
        heads: [...(model.chosen ?? model.heads)],
        rows: model.rows,
        columns: model.columns,
        withoutFirst: model.withoutFirst,
      };
      this.locked = { query: model.query, key: model.key };
    }
    this.hovered = null;
    this.lines.load(model);
    this.matrix.load(model);
    this.drawToolbar();
    this.draw();
    listenTo(this.root, TOKEN_EVENT, (told) => this.heard(told));
    tellView(this.root, { stack: model.stack, layer: model.layer, heads: model.heads });
    this.root.dataset.ready = `${model.stack} ${model.layer} ${model.heads.join(",")} ${model.rows} ${model.columns}`;
  }

  colour(name) {
    if (!this.colours.has(name)) this.colours.set(name, paletteColour(this.root, name));
    return this.colours.get(name);
  }

  /** Heads that are chosen and whose weights are here. */
  heads() {
    const here = this.choice.heads.filter((head) => this.model.heads.includes(head));
    return here.length ? here : this.model.heads;
  }

  get zoomable() {
    return !this.model.standalone && Math.max(this.model.queryCount, this.model.keyCount) > 32;
  }

  focus() {
    const none = { query: null, key: null };
    if (this.hovered) return { ...none, ...this.hovered };
    return this.locked.query !== null ? { ...none, query: this.locked.query } : none;
  }

  draw() {
    if (!this.root.isConnected || !this.model) return;
    const heads = this.heads();
    const focus = this.focus();
    this.lines.draw(heads, { query: focus.query, key: focus.query === null ? focus.key : null });
    this.matrix.draw(heads, this.hovered ? focus : this.locked);
    this.foot.replaceChildren(...this.remarks().map((remark) => element("div", {}, remark)));
  }

  hover(at, event) {
    const same = this.hovered?.query === at?.query && this.hovered?.key === at?.key;
    this.hovered = at;
    if (at && event) this.tip(at, event);
    else this.tooltip.hide();
    if (same) return;
    if (at) {
      const side = at.query !== undefined ? "query" : "key";
      tellToken(this.root, this.model[`${side}Sequence`], at[side]);
    } else tellToken(this.root, null, null);
    this.redraw();
  }

  /** Another picture of the page tells of a token. */
  heard({ sequence, position }) {
    const side = sequence === this.model.querySequence ? "query" : sequence === this.model.keySequence ? "key" : null;
    this.hovered = side && position !== null ? { [side]: position } : null;
    this.redraw();
  }

  tip({ query = null, key = null, head = null }, event) {
    const { model } = this;
    const lines = [];
    if (query !== null && key !== null) {
      lines.push(`${model.name("query", query)} → ${model.name("key", key)}`);
      const most = model.exact(query) ? "" : `, the most in ${model.block} × ${model.block} tokens`;
      for (const shown of head === null ? this.heads() : [head]) {
        const weight = model.weight(shown, query, key);
        lines.push(`Head ${shown}: ${weight === null ? "cannot look" : percent(weight) + most}`);
      }
    } else {
      const side = query !== null ? "query" : "key";
      lines.push(`${model.name(side, query ?? key)} ${side === "query" ? "looks" : "is looked at"}`);
      const strongest = query !== null && model.strongest(this.heads(), query);
      if (strongest) lines.push(`most at ${model.name("key", strongest[0])}: ${percent(strongest[1])}`);
    }
    this.tooltip.show(event.clientX, event.clientY, ...lines);
  }

  /** Say a token's strongest link to a screen reader. */
  say(query) {
    const strongest = this.model.strongest(this.heads(), query);
    this.spoken.textContent = `${this.model.name("query", query)} looks most at ${strongest ? `${this.model.name("key", strongest[0])}, ${percent(strongest[1])}` : "nothing on the screen"}`;
  }

  inWords() {
    const { model } = this;
    const heads = this.heads();
    return `${model.stackName} layer ${model.layer}, ${heads.length === 1 ? `head ${heads[0]}` : `heads ${heads.join(", ")}`}: ${model.rowCount} looking tokens, ${model.columnCount} looked at`;
  }

  remarks() {
    const { model, choice } = this;
    const said = [];
    if (model.block > 1) {
      const one = this.focus();
      if (one.query === null && one.key === null)
        said.push(`Lines: the ${thousands(model.arrays.linkHead.length)} strongest of ${thousands(model.possible)} links; they carry ${percent(model.weightLinked)} of the attention shown.`);
      said.push(`Matrix: an overview in which each cell shows the largest weight of ${model.block} × ${model.block} tokens. Drag over a part of it to see every pair.`);
    } else said.push(`Links under ${percent(FAINTEST)} are too faint to draw. Hover a token, a line or a cell; click one to keep it.`);
    if (choice.withoutFirst) said.push(`Left out: lines to the first token, which gets ${percent(model.weightOnFirst)} of the attention on average.`);
    return said;
  }

  drawToolbar() {
    const { model } = this;
    const groups = [this.headButtons()];
    if (!model.standalone) groups.unshift(this.layerButtons());
    if (!model.standalone && model.stacks.length > 1) groups.unshift(this.stackButtons());
    groups.push(this.firstToggle());
    if (this.zoomable) groups.push(this.zoomButtons());
    groups.push(this.saveButtons());
    this.toolbar.replaceChildren(...groups);
  }

  stackButtons() {
    const { model, choice } = this;
    const button = ([stack, name]) =>
      element("button", { class: `stack ${stack}`, "aria-pressed": String(choice.stack === stack), onclick: () => choice.stack !== stack && this.choose({ stack }) }, name);
    return element("div", { class: "group", role: "group", "aria-label": "Attention of the" }, ...model.stacks.map(button));
  }

  layerButtons() {
    const { model } = this;
    const place = model.layers.indexOf(model.layer);
    const go = (layer) => this.choose({ layer });
    const select = element("select", { "aria-label": "Layer", onchange: () => go(Number(select.value)) });
    select.append(...model.layers.map((layer) => element("option", { value: layer }, String(layer))));
    select.value = String(this.choice.layer);
    return element(
      "div",
      { class: "group" },
      element("span", { class: "quiet" }, "Layer"),
      element("button", { "aria-label": "Layer before", disabled: place <= 0, onclick: () => go(model.layers[place - 1]) }, "‹"),
      select,
      element("button", { "aria-label": "Layer after", disabled: place >= model.layers.length - 1, onclick: () => go(model.layers[place + 1]) }, "›"),
    );
  }

  headButtons() {
    const { model } = this;
    const all = model.standalone ? model.heads : [...Array(model.headCount).keys()];
    const size = model.headCount / model.keyValueHeads;
    const groups = [];
    for (const head of all) {
      if (groups.length === 0 || (size > 1 && head % size === 0)) groups.push(element("span", { class: size > 1 ? "shared" : "heads", title: size > 1 ? `Key/value head ${Math.floor(head / size)}, shared by ${size} heads` : null }));
      const on = this.choice.heads.includes(head);
      const button = element("button", {
        class: "head",
        "aria-pressed": String(on),
        "aria-label": `Head ${head}`,
        title: "Click: on or off. Double-click: this head alone; again: those before.",
        data: { head },
        onclick: (event) => (event.shiftKey ? this.isolate(head) : this.toggle(head, event.detail)),
        ondblclick: () => this.isolate(head),
      });
      button.style.setProperty("--own", on ? `var(--${this.headColour(head)})` : "var(--line)");
      button.append(element("span", { class: "swatch" }), String(head));
      groups.at(-1).append(button);
    }
    const most = all.slice(0, 12);
    return element(
      "div",
      { class: "group" },
      element("span", { class: "quiet" }, "Heads"),
      ...groups,
      element("button", { onclick: () => this.setHeads(this.choice.heads.length >= most.length ? [this.choice.heads[0]] : most) }, this.choice.heads.length >= most.length && most.length > 1 ? "One" : all.length > 12 ? "First 12" : "All"),
    );
  }

  headColour(head) {
    return `head-${this.model.headCount <= 12 ? head : Math.max(0, this.choice.heads.indexOf(head))}`;
  }

  toggle(head, clicks) {
    const { heads } = this.choice;
    // The first click of a double click is undone by its second, and what stood before both is what isolating restores.
    if (clicks < 2) this.beforeClick = [...heads];
    const next = heads.includes(head) ? heads.filter((other) => other !== head) : [...heads, head].sort((one, other) => one - other);
    if (next.length && next.length <= 12) this.setHeads(next);
  }

  isolate(head) {
    const before = this.beforeClick ?? this.choice.heads;
    const alone = before.length === 1 && before[0] === head;
    if (!alone) this.together = before;
    const restored = this.together?.includes(head) && this.together.length > 1 ? this.together : [...Array(Math.min(12, this.model.headCount)).keys()];
    this.beforeClick = null;
    this.setHeads(alone ? restored : [head]);
  }

  setHeads(heads) {
    this.choose({ heads });
  }

  firstToggle() {
    const { choice } = this;
    return element(
      "div",
      { class: "group" },
      element(
        "button",
        { "aria-pressed": String(choice.withoutFirst), title: "Many heads put on the first token what they have no use for", onclick: () => this.choose({ withoutFirst: !choice.withoutFirst }) },
        "Without first token",
      ),
    );
  }

  zoomButtons() {
    const { model } = this;
    const where = model.whole ? `all ${thousands(Math.max(model.queryCount, model.keyCount))} tokens` : `${thousands(model.rows[0])}–${thousands(model.rows[1] - 1)} look at ${thousands(model.columns[0])}–${thousands(model.columns[1] - 1)}`;
    return element(
      "div",
      { class: "group" },
      element("button", { "aria-label": "Zoom in", onclick: () => this.zoom(0.5, this.locked.query, this.locked.key) }, "+"),
      element("button", { "aria-label": "Zoom out", disabled: model.whole, onclick: () => this.zoom(2) }, "−"),
      element("button", { disabled: model.whole, onclick: () => this.zoomOut() }, "Whole text"),
      element("span", { class: "quiet" }, where),
    );
  }

  saveButtons() {
    const name = `${this.model.stack}-layer${this.model.layer}-head${this.heads().join("-")}`;
    const store = (kind) => () => savePicture(kind, name, svgOf(this, this.heads(), this.focus()));
    return element("div", { class: "group end" }, element("button", { onclick: store("png") }, "PNG"), element("button", { onclick: store("svg") }, "SVG"));
  }

  /** Change the choice, draw what can be drawn of it at once, and tell the server. */
  choose(change) {
    Object.assign(this.choice, change);
    this.drawToolbar();
    this.redraw();
    if (this.model.standalone) return;
    this.number += 1;
    this.send({ ...this.choice, ...this.locked, number: this.number });
  }

  lock({ query = null, key = null }) {
    if (query === null && key !== null) {
      this.locked = this.locked.key === key && this.locked.query === null ? { query: null, key: null } : { query: this.locked.query, key };
    } else {
      const again = this.locked.query === query && (key === null || this.locked.key === key);
      this.locked = again ? { query: null, key: null } : { query, key };
    }
    this.hovered = null;
    tellToken(this.root, this.model.querySequence, this.locked.query, true);
    this.choose({});
  }

  free() {
    this.hovered = null;
    this.tooltip.hide();
    if (this.locked.query !== null || this.locked.key !== null) this.lock({ query: this.locked.query, key: this.locked.key });
    else this.redraw();
  }

  zoom(factor, query = null, key = null) {
    const { model } = this;
    const around = (range, count, at) => {
      const size = Math.max(SMALLEST_WINDOW, Math.min(count, Math.round((range[1] - range[0]) * factor)));
      const middle = at ?? (range[0] + range[1]) / 2;
      return within(middle - size / 2, size, count);
    };
    this.zoomTo(around(this.choice.rows, model.queryCount, query), around(this.choice.columns, model.keyCount, key));
  }

  zoomTo(rows, columns) {
    const { model } = this;
    const large = (range, count) => within(range[0], Math.max(Math.min(SMALLEST_WINDOW, count), range[1] - range[0]), count);
    this.choose({ rows: large(rows, model.queryCount), columns: large(columns, model.keyCount) });
  }

  zoomOut() {
    this.choose({ rows: [0, this.model.queryCount], columns: [0, this.model.keyCount] });
  }

  /** Show the same extent around another place. */
  centre(query, key) {
    const { model, choice } = this;
    const sizes = [choice.rows[1] - choice.rows[0], choice.columns[1] - choice.columns[0]];
    this.pending = { rows: within(query - sizes[0] / 2, sizes[0], model.queryCount), columns: within(key - sizes[1] / 2, sizes[1], model.keyCount) };
    this.sendPending ??= settled(80, () => this.choose(this.pending));
    this.sendPending();
  }

  move(down, across) {
    const { rows, columns } = this.choice;
    this.centre((rows[0] + rows[1]) / 2 + down, (columns[0] + columns[1]) / 2 + across);
  }
}

function within(start, size, count) {
  const first = Math.max(0, Math.min(count - size, Math.round(start)));
  return [first, Math.min(count, first + size)];
}

export default function ({ parentElement, data, setStateValue }) {
  const root = rootOf(parentElement);
  root.view ??= new AttentionView(root);
  root.view.load(data, (choice) => setStateValue("choice", choice));
}
