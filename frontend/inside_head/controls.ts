// What stands above the steps: which attention, layer and head, which token looks, and the row of steps.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { publishToken } from "../shared/page.ts";
import { chip, tokenName } from "../shared/tokens.ts";
import type { Choice } from "./model.ts";
import type { Stage } from "./stage.ts";
import { STEP_NAMES } from "./words.ts";

/** Buttons for the stacks, where there are several, and the choices of layer and head. */
export function toolbar(stage: Stage, choice: Choice): HTMLElement[] {
  const { stacks, layers, headCount, standalone } = stage.model.header;
  if (standalone) return [];
  const buttons = stacks.map(([stack, name]) =>
    element(
      "button",
      {
        class: `stack ${stack}`,
        data: { focus: `stack ${stack}` },
        "aria-pressed": String(choice.stack === stack),
        onclick: () => choice.stack !== stack && stage.choose({ stack }),
      },
      name,
    ),
  );
  const several = element("div", { class: "group", role: "group", "aria-label": "Attention of the" }, buttons);
  const heads = [...Array(headCount).keys()];
  return [
    ...(stacks.length > 1 ? [several] : []),
    selector("Layer", layers, choice.layer, (layer) => stage.choose({ layer, key: null })),
    selector("Head", heads, choice.heads[0], (head) => stage.choose({ heads: [head], key: null })),
  ];
}

/** A choice of one number, with buttons to the one before and after. */
function selector(label: string, values: number[], value: number, go: (value: number) => void): HTMLElement {
  const place = values.indexOf(value);
  const options = values.map((one) => element("option", { value: one }, String(one)));
  const select = element("select", { "aria-label": label, data: { focus: label } }, options);
  select.value = String(value);
  select.onchange = () => go(Number(select.value));
  const button = (name: string, sign: string, to: number) =>
    element(
      "button",
      {
        "aria-label": `${label} ${name}`,
        data: { focus: `${label} ${name}` },
        disabled: to < 0 || to >= values.length,
        onclick: () => go(values[to]),
      },
      sign,
    );
  return element(
    "div",
    { class: "group" },
    element("span", { class: "quiet" }, label),
    button("before", "‹", place - 1),
    select,
    button("after", "›", place + 1),
  );
}

/** The text as chips: the one that looks, the one looked at, and for a long text a field for any position. */
export function sentence(stage: Stage, choice: Choice): HTMLElement[] {
  const { model, place, key } = stage;
  const { header } = model;
  const isOneSequence = model.querySequence === model.keySequence;
  const chips = header.queryTokens.map((token, index) => {
    const position = header.queryStart + index;
    const looks = position === choice.query;
    const looked = isOneSequence && position === key;
    return chip(token, {
      tag: "button",
      class: [looks && "looks", looked && "looked", header.standalone && "fixed"].filter(Boolean).join(" "),
      "aria-pressed": String(looks),
      "aria-label": `${tokenName(token, position)} looks`,
      data: { focus: `token ${position}`, position },
      disabled: header.standalone,
      onclick: () => stage.choose({ query: position, key: null }),
      onpointerenter: () => publishToken(stage.root, model.querySequence, position),
      onpointerleave: () => publishToken(stage.root, null, null),
    });
  });
  const parts = [element("span", { class: "quiet lead" }, "Who looks?"), ...chips];
  if (!isOneSequence) {
    const looked = chip(header.keyTokens[place], { class: "looked" });
    parts.push(element("span", { class: "quiet at" }, "looks at ", looked));
  }
  if (header.queryTokens.length < header.queryCount) {
    const shown = `${header.queryStart}–${header.queryStart + chips.length - 1}`;
    const said = ` Tokens ${shown} of ${thousands(header.queryCount)}; position `;
    parts.push(element("label", { class: "quiet" }, said, positionField(stage, choice.query)));
  }
  return parts;
}

function positionField(stage: Stage, query: number): HTMLInputElement {
  const last = stage.model.header.queryCount - 1;
  const field = element("input", {
    type: "number",
    min: 0,
    max: last,
    value: query,
    data: { focus: "position" },
    "aria-label": "Position of the token that looks",
  });
  field.onchange = () => {
    const position = Math.max(0, Math.min(last, Math.round(Number(field.value) || 0)));
    stage.choose({ query: position, key: null });
  };
  return field;
}

/** The row of steps, with a button to the one before and after. */
export function stepper(stage: Stage, choice: Choice): HTMLElement[] {
  const { steps } = stage.model.header;
  const at = steps.indexOf(choice.step);
  const buttons = steps.map((step, place) =>
    element(
      "button",
      {
        class: place < at ? "step done" : "step",
        data: { focus: `step ${step}`, step },
        "aria-current": place === at ? "step" : null,
        onclick: () => stage.choose({ step }),
      },
      element("span", { class: "ordinal" }, String(place + 1)),
      STEP_NAMES[step],
    ),
  );
  const move = (label: string, by: number) =>
    element(
      "button",
      {
        class: "move",
        data: { focus: label },
        disabled: at + by < 0 || at + by >= steps.length,
        onclick: () => stage.choose({ step: steps[at + by] }),
      },
      label,
    );
  return [move("‹ Back", -1), element("div", { class: "steps" }, buttons), move("Next ›", 1)];
}
