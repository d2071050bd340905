// How Streamlit (or a saved page) mounts a component.

import { luminance } from "./colours.ts";

/** What a component is given each time it is drawn. States and triggers are what it can send back, by name. */
export interface Mounted<Data = Uint8Array, States = object, Triggers = object> {
  parentElement: ParentNode;
  data: Data;
  setStateValue<Name extends keyof States>(name: Name, value: States[Name]): void;
  setTriggerValue<Name extends keyof Triggers>(name: Name, value: Triggers[Name]): void;
}

/** The root of a component, which keeps what draws it from one drawing to the next. */
export type Root<View = unknown> = HTMLElement & { view?: View };

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
