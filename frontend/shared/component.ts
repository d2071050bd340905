// How Streamlit (or a saved page) mounts a component.

import { luminance } from "./colours.ts";

/** What a component is given each time it is drawn. States and triggers are what it can send back, by name. */
export interface Mounted<Data = Uint8Array, States = object, Triggers = object> {
  parentElement: ParentNode;
  data: Data;
  setStateValue<Name extends keyof States>(name: Name, value: States[Name]): void;
  setTriggerValue<Name extends keyof Triggers>(name: Name, value: Triggers[Name]): void;
}

/** The root of a component, which keeps what draws it from one drawing to the next, and how new its data are. */
export type Root<View = unknown> = HTMLElement & { view?: View; stamp?: number };

/** The component's root, told which theme the page has, and empty only the first time. */
export function rootOf(parentElement: ParentNode): Root {
  const root = parentElement.querySelector<Root>(".ax");
  if (!root) throw new Error('A component is mounted where there is an element of class "ax".');
  const background = getComputedStyle(root).getPropertyValue("--st-background-color");
  root.dataset.theme = luminance(background) < 0.2 ? "dark" : "light";
  return root;
}

/** What draws a root: made once, then the same for as long as the root is on the page. */
export function viewOf<View>(root: Root, make: (root: HTMLElement) => View): View {
  root.view ??= make(root);
  return root.view as View;
}

type Sent = Uint8Array | { stamp: number };

const STAMP_BYTES = 8; // behind a packet: a float64, seconds since 1970

/**
 * Mount a component with what the server sent last.
 *
 * While the browser fetches the component's module, Streamlit waits for it anew with each change of the data, and those
 * waits may end in any order. So the server stamps what it sends (pages/shared/components/__init__.py), and what is
 * older than what the root has had is left out.
 */
export function inOrder<Data>(mount: (mounted: Mounted<Data>) => void): (mounted: Mounted<Data & Sent>) => void {
  return (mounted) => {
    const root = mounted.parentElement.querySelector<Root>(".ax");
    const { data, stamp } = unstamped(mounted.data);
    if (root && stamp < (root.stamp ?? stamp)) return;
    if (root) root.stamp = stamp;
    mount({ ...mounted, data: data as Data });
  };
}

function unstamped(sent: Sent): { data: Sent; stamp: number } {
  if (!(sent instanceof Uint8Array)) return { data: sent, stamp: sent.stamp };
  const end = sent.length - STAMP_BYTES;
  const stamp = new DataView(sent.buffer, sent.byteOffset + end, STAMP_BYTES).getFloat64(0, true);
  return { data: sent.subarray(0, end), stamp };
}
