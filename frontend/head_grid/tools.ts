// The grid's toolbar: what is shown of the heads, and whether a click switches them off.

import { element } from "../shared/dom.ts";
import type { HeadGridHeader } from "../shared/generated/messages.ts";
import type { Mode } from "./measures.ts";

interface Actions {
  change(change: Partial<Mode>): void;
  /** Switch every head on again. */
  reset(): void;
}

/** The tools for what can be done with these heads, of which so many are off. */
export function toolsFor(
  { measures, canSwitchOff }: HeadGridHeader,
  mode: Mode,
  off: number,
  { change, reset }: Actions,
): HTMLElement[] {
  const tools = [measureChoice(measures, mode, change)];
  const pressed = (value: boolean) => String(value);
  if (mode.measure) {
    const onclick = () => change({ sorted: !mode.sorted });
    tools.push(element("button", { "aria-pressed": pressed(mode.sorted), onclick }, "Sort"));
  }
  if (!canSwitchOff) return tools;
  const title = "A click on a head switches it off or on again";
  const onclick = () => change({ off: !mode.off });
  tools.push(element("button", { "aria-pressed": pressed(mode.off), title, onclick }, "Switch heads off"));
  if (off) tools.push(element("button", { onclick: reset }, `Reset (${off} off)`));
  return tools;
}

function measureChoice(
  measures: HeadGridHeader["measures"],
  mode: Mode,
  change: (change: Partial<Mode>) => void,
): HTMLElement {
  const select = element(
    "select",
    {
      "aria-label": "Show",
      onchange: () => change({ measure: select.value, sorted: mode.sorted && select.value !== "" }),
    },
    element("option", { value: "" }, "small matrices"),
    measures.map(({ id, label }) => element("option", { value: id }, label)),
  );
  select.value = mode.measure;
  return element("label", { class: "group" }, element("span", { class: "quiet" }, "Show"), select);
}
