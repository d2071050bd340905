// What every component of the project shares. Standing in front of a component's own script, it exports nothing.

/** An element with properties, classes and children; text always goes in as text. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "style") Object.assign(made.style, value);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** The component's root, told which theme the page has, and empty only the first time. */
function rootOf(parentElement) {
  const root = parentElement.querySelector(".ax");
  root.dataset.theme = luminance(getComputedStyle(root).getPropertyValue("--st-background-color")) < 0.2 ? "dark" : "light";
  return root;
}

function luminance(colour) {
  const [red, green, blue] = channels(colour || "rgb").map((part) => part / 255);
  return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2;
}

/** Red, green and blue from 0 to 255 of a CSS colour. */
function channels(colour) {
  const text = colour.trim();
  if (text.startsWith("#")) {
    const digits = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1, 7);
    return [0, 2, 4].map((place) => parseInt(digits.slice(place, place + 2), 16));
  }
  return (text.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
}

/** A palette colour by name: "query", "head-3", "background" ... */
function paletteColour(root, name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

/** 256 colours from the page's background to a colour, as red, green, blue bytes. */
function ramp(from, to) {
  const [start, end] = [channels(from), channels(to)];
  return Uint8Array.from({ length: 768 }, (_, place) => {
    const step = Math.floor(place / 3) / 255;
    const part = place % 3;
    return Math.round(start[part] + (end[part] - start[part]) * step);
  });
}

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float16: Uint16Array, bool: Uint8Array,
};

/** The header and arrays of a packet (packing.py). Arrays carry their shape. */
function unpack(packet) {
  const bytes = packet.byteOffset % 8 ? packet.slice() : packet;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new TYPES[dtype](bytes.buffer, bytes.byteOffset + 4 + length + offset, count);
    arrays[name].shape = shape;
  }
  return { header, arrays };
}

/** The same chip on every page. A token is what packing.token_fields gives. */
function chip(token, { raw = false, tag = "span", ...properties } = {}) {
  const kinds = ["token", token.s && "spaced", token.c && "continued", token.x && "special", token.p && "padding"];
  const made = element(tag, { ...properties, class: [...kinds, properties.class].filter(Boolean).join(" "), dir: "auto" });
  made.append(element("bdi", {}, raw ? token.r : token.t));
  return made;
}

function tokenName(token, position) {
  return `“${token.t}” [${position}]`;
}

/** 0.0712 as "7.1 %"; what is not zero is never shown as "0.0 %". */
function percent(share) {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
}

function thousands(number) {
  return number.toLocaleString("en-US");
}

/** One tooltip a component: show(x, y, lines) in viewport pixels, hide(). */
function tooltipOf(root) {
  let box = root.querySelector(":scope > .tooltip");
  if (!box) {
    box = element("div", { class: "tooltip", role: "status", "aria-live": "polite" });
    root.append(box);
  }
  return {
    show(x, y, ...lines) {
      box.replaceChildren(...lines.map((line) => (line instanceof Node ? line : element("div", {}, line))));
      box.style.display = "block";
      const { width, height } = box.getBoundingClientRect();
      box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
      box.style.top = `${y + 18 + height > innerHeight ? y - height - 10 : y + 18}px`;
    },
    hide() {
      box.style.display = "none";
    },
  };
}

/**
 * Hovering a token lights it in every picture of the page; a click locks it and Escape frees it.
 * A message names the sequence ("source" or "target"), the position (null for none) and whether it is locked.
 */
const TOKEN_EVENT = "attention-explorer-token";

function tellToken(sender, sequence, position, locked = false) {
  window.dispatchEvent(new CustomEvent(TOKEN_EVENT, { detail: { sender, sequence, position, locked } }));
}

/** Listen to what other components of the page tell; a component listens once however often it is drawn. */
function listenTo(root, event, handler) {
  root.listeners ??= new Map();
  if (root.listeners.has(event)) window.removeEventListener(event, root.listeners.get(event));
  const own = (message) => (root.isConnected ? message.detail.sender !== root && handler(message.detail) : window.removeEventListener(event, own));
  root.listeners.set(event, own);
  window.addEventListener(event, own);
}

/** Which heads the page looks at; whoever is drawn later finds it in window.attentionExplorerView. */
const VIEW_EVENT = "attention-explorer-view";

function tellView(sender, view) {
  window.attentionExplorerView = view;
  window.dispatchEvent(new CustomEvent(VIEW_EVENT, { detail: { sender, ...view } }));
}

/** The grid of heads asks the head view to open heads: { stack, layer, heads }. */
const OPEN_EVENT = "attention-explorer-open";

/**
 * Which heads are switched off: { off: { stack: [[layer, head] ...] } }. A wish to change that waits in
 * window.attentionExplorerOff as { sender, stack, off } until whoever answers for it takes it; WISH_EVENT tells of it.
 */
const OFF_EVENT = "attention-explorer-off";
const WISH_EVENT = "attention-explorer-off-wish";

function tellPage(event, sender, detail) {
  window.dispatchEvent(new CustomEvent(event, { detail: { sender, ...detail } }));
}

/**
 * Streamlit answers what several parts of a page tell it at one moment by running one of them, so they tell it in turn.
 * What is urgent goes first.
 */
const TURN = 60; // milliseconds

function inTurn(task, { urgent = false } = {}) {
  const waiting = (window.attentionExplorerTurns ??= []);
  if (urgent) waiting.unshift(task);
  else waiting.push(task);
  if (waiting.running) return;
  const next = () => {
    const first = waiting.shift();
    waiting.running = Boolean(first);
    if (!first) return;
    first();
    setTimeout(next, TURN);
  };
  next();
}

/** A canvas of a size in CSS pixels, sharp on every screen; gives its context, cleared and scaled. */
function fitted(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Hatching that says "cannot look", as a fill style. */
function hatching(root, context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.strokeStyle = paletteColour(root, "hatch");
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Call with what came last, at most once a frame. */
function onceAFrame(task) {
  let waiting = null;
  return (...values) => {
    const first = waiting === null;
    waiting = values;
    if (first)
      requestAnimationFrame(() => {
        const last = waiting;
        waiting = null;
        task(...last);
      });
  };
}

/** Call when nothing more has come for some milliseconds. */
function settled(milliseconds, task) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => task(...values), milliseconds);
  };
}

/**
 * A page completes its address with what it shows. Streamlit makes an entry of the history of that, from which the way
 * back leads to the address before, which is completed again: nobody would get off the page. What only adds replaces.
 */
function completeInPlace() {
  if (window.attentionExplorerHistory) return;
  window.attentionExplorerHistory = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const [here, there] = [new URL(location.href), new URL(url ?? location.href, location.href)];
    const kept = [...new Set(here.searchParams.keys())].every((name) => String(here.searchParams.getAll(name)) === String(there.searchParams.getAll(name)));
    if (here.pathname === there.pathname && kept) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}

completeInPlace();
