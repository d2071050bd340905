// The choices within the comparison: depth, a role, and two words.

import { element } from "../shared/dom.ts";
import type { Comparison } from "./architectures.ts";

const STEPS = 100;

export function depthControl(view: Comparison): HTMLElement {
  const words = () => `${Math.round(STEPS * view.choice.depth)} % of the way up`;
  const shown = element("output", {}, words());
  const slider = element("input", {
    type: "range",
    min: 0,
    max: STEPS,
    step: 1,
    "aria-label": "Depth, in percent of the way up",
  });
  slider.value = String(STEPS * view.choice.depth);
  slider.oninput = () => {
    view.choice.depth = Number(slider.value) / STEPS;
    shown.textContent = words();
    view.changed("depth");
  };
  return element("label", { class: "control" }, slider, shown);
}

export function roleControl(view: Comparison): HTMLElement {
  const names = view.compared.header.roles.map(({ name }) => name);
  return select("Role", names, view.choice.role, (role) => {
    view.choice.role = role;
    view.changed("role");
  });
}

/** What the head of the chosen role does. */
export function roleMeaning({ choice, compared }: Comparison): string {
  return compared.header.roles.find(({ name }) => name === choice.role)?.meaning ?? "";
}

/** Two words of the texts to choose; null of texts without words. */
export function pairControl(view: Comparison): HTMLElement | null {
  if (!view.pair) return null;
  const words = view.compared.words();
  const [first, second] = view.pair;
  const choose = (pair: [string, string]) => {
    view.choice.pair = pair;
    view.changed("pair");
  };
  return element(
    "span",
    { class: "control" },
    select("First word", words, first, (word) => choose([word, view.pair?.[1] ?? second])),
    " and ",
    select("Second word", words, second, (word) => choose([view.pair?.[0] ?? first, word])),
  );
}

function select(
  label: string,
  options: readonly string[],
  chosen: string,
  then: (option: string) => void,
): HTMLElement {
  const node = element(
    "select",
    { "aria-label": label },
    options.map((option) => element("option", { value: option }, option)),
  );
  node.value = chosen;
  node.onchange = () => then(node.value);
  return node;
}
