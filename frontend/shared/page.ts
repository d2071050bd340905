// What the components of one page tell each other, and what is known of the page as a whole.
//
// All components come from one module, so what stands here is shared by those of a browser tab and by nothing else.

/** Where the page looks. */
export interface View {
  stack?: string;
  layer?: number;
  heads: readonly number[];
  /** The page that says so, where that is not the Attention page. */
  page?: string;
  /** The block of the whole model that is open or spoken of. */
  block?: string | null;
  /** True once the server has answered the choice. */
  answered?: boolean;
  [field: string]: unknown;
}

/** Pairs of layer and head, by stack. */
export type HeadsOff = Record<string, [layer: number, head: number][]>;

export interface PageEvents {
  /** A token is pointed at: the sequence ("source" or "target") and position, null for none; a click locks it. */
  token: { sequence: string | null; position: number | null; locked: boolean };
  /** The page looks elsewhere. */
  view: View;
  /** The grid of heads asks the head view to open heads. */
  open: { stack: string; layer: number; heads: number[] };
  /** These heads are switched off, says the part of the page that answers for it. */
  off: { off: HeadsOff };
  /** A visitor wants other heads switched off: takeHeadsWanted gives them. */
  wanted: Record<string, never>;
}

/** A part of the page: what takes part in this for as long as it stands on the page. */
export type Part = Pick<HTMLElement, "isConnected">;

const events = new EventTarget();
const listening = new WeakMap<Part, Map<keyof PageEvents, EventListener>>();

interface Sent<Detail> {
  sender: Part;
  detail: Detail;
}

/** Tell every other component of the page. */
export function publish<Name extends keyof PageEvents>(name: Name, sender: Part, detail: PageEvents[Name]): void {
  if (name === "view") view = detail as View;
  events.dispatchEvent(new CustomEvent<Sent<PageEvents[Name]>>(name, { detail: { sender, detail } }));
}

/** Listen to what other components tell, until the root leaves the page; again for the same root replaces. */
export function subscribe<Name extends keyof PageEvents>(
  root: Part,
  name: Name,
  handler: (detail: PageEvents[Name]) => void,
): void {
  const own = listening.get(root) ?? new Map<keyof PageEvents, EventListener>();
  listening.set(root, own);
  const before = own.get(name);
  if (before) events.removeEventListener(name, before);
  const listener: EventListener = (event) => {
    const { sender, detail } = (event as CustomEvent<Sent<PageEvents[Name]>>).detail;
    if (!root.isConnected) events.removeEventListener(name, listener);
    else if (sender !== root) handler(detail);
  };
  own.set(name, listener);
  events.addEventListener(name, listener);
}

/** Hovering a token lights it in every picture of the page; null for none. */
export function publishToken(sender: Part, sequence: string | null, position: number | null, locked = false): void {
  publish("token", sender, { sequence, position, locked });
}

let view: View | undefined;

/** Where the page looks, for a component that is drawn later than it was told. */
export function currentView(): View | undefined {
  return view;
}

interface HeadsWanted {
  sender: Part;
  stack: string;
  off: [layer: number, head: number][];
}

let wanted: HeadsWanted | null = null;

/** Ask for heads to be switched off; the request waits until the part of the page that answers for it takes it. */
export function wantHeadsOff(sender: Part, stack: string, off: [layer: number, head: number][]): void {
  wanted = { sender, stack, off };
  publish("wanted", sender, {});
}

/** The heads that somebody still on the page wants switched off, or null. */
export function headsWanted(): HeadsWanted | null {
  return wanted?.sender.isConnected ? wanted : null;
}

/** The same, and nobody else finds it any more. */
export function takeHeadsWanted(): HeadsWanted | null {
  const taken = headsWanted();
  wanted = null;
  return taken;
}
