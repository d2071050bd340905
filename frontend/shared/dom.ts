// Elements of the page.

type Handlers = {
  [Name in keyof GlobalEventHandlers as Name extends `on${string}` ? Name : never]?: GlobalEventHandlers[Name] | null;
};

/** What an element is made with: event handlers, classes, inline styles, data attributes, and any other attribute. */
export type Properties = Handlers & {
  class?: string | null;
  style?: Partial<CSSStyleDeclaration>;
  data?: Record<string, string | number>;
} & { [attribute: string]: unknown };

export type Child = Node | string | null | undefined;

/**
 * An element with properties and children; text always goes in as text.
 *
 * Properties that are undefined, null or false are left out, true stands for an empty attribute.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = String(value);
    else if (name === "style") Object.assign(made.style, value);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) Object.assign(made, { [name]: value });
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child): child is Node | string => child !== null && child !== undefined));
  return made;
}
