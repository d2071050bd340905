// One tooltip a component.

import { type Child, element } from "./dom.ts";

export interface Tooltip {
  /** Show lines beside a place given in pixels of the viewport. */
  show(x: number, y: number, ...lines: (Node | string)[]): void;
  hide(): void;
}

const line = (content: Node | string): Child => (content instanceof Node ? content : element("div", {}, content));

/** The tooltip of a component's root, made when it is first asked for. */
export function tooltipOf(root: HTMLElement): Tooltip {
  let box = root.querySelector<HTMLElement>(":scope > .tooltip");
  if (!box) {
    box = element("div", { class: "tooltip", role: "status", "aria-live": "polite" });
    root.append(box);
  }
  const shown = box;
  return {
    show(x, y, ...lines) {
      shown.replaceChildren(...lines.map(line).filter((child) => child !== null && child !== undefined));
      shown.style.display = "block";
      const { width, height } = shown.getBoundingClientRect();
      shown.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
      shown.style.top = `${y + 18 + height > innerHeight ? y - height - 10 : y + 18}px`;
    },
    hide() {
      shown.style.display = "none";
    },
  };
}
