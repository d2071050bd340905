// @ts-nocheck: not typed yet
// The steps from the scores to what the head adds, and the comparison with the library.

import { element } from "../shared/dom.ts";
import { thousands } from "../shared/numbers.ts";
import { tokenName } from "../shared/tokens.ts";
import {
  above,
  below,
  both,
  bracket,
  factor,
  formula,
  fourDigits,
  name,
  number,
  over,
  percentOf,
  root,
  row,
  sign,
  total,
  words,
} from "./formulas.ts";
import { keyTable } from "./rows.ts";
import { rangeOf, rowOf, STEPS } from "./steps.ts";
import { Field, largestOf, lengthOf, Strips } from "./strips.ts";

export const MASKS = {
  full: "Every token may look at every token.",
  causal: "No token may look ahead: keys after the query are closed.",
  "sliding window": "A token may look only at the tokens around it: keys further away are closed.",
  other: "The mask closes the hatched keys.",
};

Object.assign(STEPS, {
  score(view) {
    const { model } = view;
    const { header } = model;
    const { place } = view;
    const [low, high] = rangeOf(model.scores, model.visible);
    const width = header.headWidth;
    const usual = Math.abs(header.scaling - 1 / Math.sqrt(width)) < 1e-6;
    const columns = [{ title: "query · key", say: (at) => fourDigits(model.dots[at]) }];
    const said = [];
    const times = header.scaling !== 1;
    if (times) {
      said.push(
        usual
          ? `The match is divided by the square root of ${width}, the width of a head, since longer vectors give larger sums.`
          : `The match is multiplied by ${fourDigits(header.scaling)}, this model’s own scaling.`,
      );
      columns.push({ title: `× ${fourDigits(header.scaling)}`, say: (at) => fourDigits(model.scaled[at]) });
    } else said.push("This model does not scale the match: it learned weights that are small enough.");
    if (model.capped) {
      said.push(`A tanh keeps every score between −${fourDigits(header.softcap)} and ${fourDigits(header.softcap)}.`);
      columns.push({ title: "capped", say: (at) => fourDigits(model.capped[at]) });
    }
    if (model.bias) {
      said.push("The bias for the distance is added.");
      columns.push({ title: "+ bias", say: (at) => (model.visible[at] ? fourDigits(model.bias[at]) : "") });
    }
    said.push((MASKS[header.mask] ?? MASKS.other) + (header.padded ? " Padding is closed to all." : ""));
    const dot = row(name("q", "query"), sign("·"), name("k", "key"));
    const symbol =
      usual && times
        ? over(dot, root(number(String(width))))
        : row(...(times ? [number(header.scaling), sign("·")] : []), dot);
    const capped = model.capped
      ? row(number(header.softcap), words(" tanh "), bracket(over(symbol, number(header.softcap))))
      : symbol;
    const parts = [name("s"), sign("="), capped, ...(model.bias ? [sign("+"), name("b")] : []), sign("=")];
    if (model.capped) parts.push(number(model.capped[place]));
    else if (times)
      parts.push(
        usual
          ? over(number(model.dots[place]), number(Math.sqrt(width)))
          : row(number(header.scaling), sign("·"), factor(model.dots[place])),
      );
    else parts.push(number(model.dots[place]));
    if (model.bias) parts.push(sign("+"), factor(model.bias[place]));
    if (times || model.bias) parts.push(sign("="), number(model.scores[place]));
    const open = model.visible[place];
    return {
      title: `From match to score`,
      said,
      formulas: [
        open ? formula(...parts) : formula(name("s"), sign("="), sign("−"), name("∞"), words(": closed by the mask")),
      ],
      pictures: [
        { node: keyTable(view, columns, { title: "score", of: (at) => model.scores[at], largest: high, lowest: low }) },
      ],
    };
  },

  softmax(view) {
    const { model } = view;
    const { header } = model;
    const { place } = view;
    const open = (say) => (at) => (model.visible[at] ? say(at) : "");
    const columns = [
      { title: "score", say: open((at) => fourDigits(model.scores[at])) },
      { title: `exp(score − ${fourDigits(header.largest)})`, say: (at) => fourDigits(model.exponentials[at]) },
    ];
    const said = [
      `The exponential makes every score positive and large ones stand out; divided by their sum, ${fourDigits(header.total)}, they become shares that add up to 100 %. The largest score is taken off first, which changes no share and keeps the numbers small.`,
    ];
    if (header.sink !== null)
      said.push(
        `A learned sink takes ${percentOf(header.sinkExponential / header.total)} of the attention without being a token, so the weights add up to less.`,
      );
    const weight = model.weights[place];
    return {
      title: "From scores to shares",
      said,
      formulas: [
        formula(
          below(name("w"), name("j")),
          sign("="),
          over(
            above(name("e"), row(below(name("s"), name("j")), sign("−"), name("max"))),
            row(total(name("n")), above(name("e"), row(below(name("s"), name("n")), sign("−"), name("max")))),
          ),
          sign("="),
          over(number(model.exponentials[place]), number(header.total)),
          sign("="),
          number(weight),
          sign("="),
          number(percentOf(weight)),
        ),
      ],
      pictures: [
        {
          node: keyTable(view, columns, {
            title: "weight",
            of: (at) => model.weights[at],
            largest: Math.max(...model.weights, 1e-12),
            kind: "weight",
            text: (at) => percentOf(model.weights[at]),
          }),
        },
      ],
    };
  },

  mix(view) {
    const { model } = view;
    const { header } = model;
    const width = model.values.shape[1];
    const weighted = [...model.weights].map((weight, at) => rowOf(model.values, at).map((value) => value * weight));
    const scale = Math.max(largestOf(model.output), ...weighted.map(largestOf));
    const order = [...weighted.keys()]
      .filter((at) => model.visible[at])
      .sort((one, other) => model.weights[other] - model.weights[one]);
    const listed = order.slice(0, 8).sort((one, other) => one - other);
    const rest = Float32Array.from(model.rest);
    for (const at of order.slice(8)) weighted[at].forEach((value, place) => (rest[place] += value));
    const others = order.length - listed.length + header.leftOut;
    const share =
      1 -
      listed.reduce((sum, at) => sum + model.weights[at], 0) -
      (header.sink === null ? 0 : header.sinkExponential / header.total);
    const rows = listed.map((at) => ({
      label: `${percentOf(model.weights[at])} of “${header.keyTokens[at].t}”`,
      kind: "value",
      values: weighted[at],
      scale,
    }));
    if (others)
      rows.push({
        label: `${percentOf(Math.max(0, share))} of ${thousands(others)} ${others === 1 ? "other" : "others"}`,
        kind: "value",
        values: rest,
        scale,
      });
    rows.push({ label: "sum", values: model.output, scale });
    const value = rowOf(model.values, view.place);
    return {
      title: "Values mixed by weight",
      said: [
        `Each value is multiplied by its weight and all are added: ${width} numbers that say what ${tokenName(header.queryToken, header.query)} takes over from the tokens it looks at.`,
      ],
      formulas: [
        formula(
          name("o"),
          sign("="),
          total(name("j")),
          below(name("w"), name("j")),
          below(name("v", "value"), name("j")),
          words(",   for number 0 and "),
          words(`${view.keyName}: `),
          number(model.weights[view.place]),
          sign("×"),
          factor(value[0], "value"),
          sign("="),
          number(weighted[view.place][0]),
        ),
      ],
      pictures: [
        new Strips(view, rows, { numbers: false }),
        new Strips(view, [{ label: "sum: the head’s output", values: model.output }]),
      ],
    };
  },

  output(view) {
    const { model } = view;
    const { header } = model;
    if (!model.contribution)
      return {
        title: "What the head adds",
        said: [
          "Between this head’s output and the layer’s, this architecture does something that could not be taken apart. The head’s output is the last number shown.",
        ],
        formulas: [],
        pictures: [new Strips(view, [{ label: "head’s output", values: model.output }])],
      };
    const norms = model.contributionNorms;
    const rank = [...norms].filter((norm) => norm > norms[header.head]).length + 1;
    const most = Math.max(...norms);
    const bars = [...norms].map((norm, head) => {
      const bar = element("span", {
        class: head === header.head ? "column own" : "column",
        style: { height: `${(100 * norm) / most}%` },
      });
      const told = (event) =>
        view.tooltip.show(event.clientX, event.clientY, `Head ${head}: length ${fourDigits(norm)}`);
      return element(
        "button",
        {
          class: "bin",
          "aria-label": `Head ${head} adds a vector of length ${fourDigits(norm)}`,
          "aria-current": head === header.head ? "true" : null,
          onpointermove: told,
          onpointerleave: () => view.tooltip.hide(),
          onclick: () => view.choose({ heads: [head], key: null }),
          disabled: header.standalone,
        },
        element("span", { class: "shaft" }, bar),
        element("span", { class: "which" }, String(head)),
      );
    });
    const size = (vector) => row(sign("‖"), vector, sign("‖"));
    const own = below(name("a"), words("head"));
    return {
      title: "What the head adds",
      said: [
        `The output projection turns the head’s ${model.output.length} numbers back into ${model.contribution.length}. All ${norms.length} heads are added${header.biases.output ? " with a bias" : ""}, and that is the layer’s attention output. By length this head’s part is number ${rank} of ${norms.length} for this token.`,
      ],
      formulas: [
        formula(
          name("a"),
          sign("="),
          total(words("heads")),
          name("o"),
          both(name("W"), name("O"), name("T")),
          ...(header.biases.output ? [sign("+"), below(name("b"), name("O"))] : []),
        ),
        formula(
          size(own),
          sign("="),
          number(norms[header.head]),
          words(",   "),
          size(name("a")),
          sign("="),
          number(lengthOf(model.attentionOutput)),
        ),
      ],
      pictures: [
        new Strips(view, [{ label: "o, the head’s output", values: model.output }]),
        new Field(view, [{ label: "this head’s part", values: model.contribution }]),
        {
          node: element(
            "div",
            { class: "heads-of-layer" },
            element("div", { class: "label" }, "length of each head’s part"),
            element("div", { class: "bins" }, ...bars),
          ),
        },
        new Field(view, [{ label: "a, the layer’s attention output", values: model.attentionOutput }]),
      ],
    };
  },

  check(view) {
    const { header } = view.model;
    if (!header.differences.length)
      return {
        title: "Compared with the library",
        said: [
          header.waiting
            ? "The comparison is made when the model is loaded."
            : "This model’s library code offers nothing to compare with.",
        ],
        formulas: [],
        pictures: [],
      };
    const largest = Math.max(...header.differences.map(([, difference]) => difference));
    const lines = header.differences.map(([what, difference]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, COMPARED[what][0]),
        element("td", { class: "number" }, exponent(difference)),
        element("td", { class: "quiet" }, COMPARED[what][1]),
      ),
    );
    return {
      title: `Largest difference from the library: ${exponent(largest)}`,
      said: [
        "Everything was computed again here, step by step, in double precision. Beside it, what the library computed for the same text just now. It calculates with about seven digits, so differences of this size are its rounding and not a different formula.",
      ],
      formulas: [],
      pictures: [
        {
          node: element(
            "div",
            { class: "keys check" },
            element(
              "table",
              {},
              element(
                "thead",
                {},
                element(
                  "tr",
                  {},
                  element("th", { scope: "col" }, "Step"),
                  element("th", { scope: "col" }, "Largest difference"),
                  element("th", { scope: "col" }, "Compared with"),
                ),
              ),
              element("tbody", {}, ...lines),
            ),
          ),
        },
      ],
    };
  },
});

export const COMPARED = {
  query: ["Query", "the query the library’s attention was given"],
  key: ["Keys", "the keys it was given"],
  value: ["Values", "the values it was given"],
  weights: ["Attention weights", "the library’s eager attention"],
  head_output: ["Head’s output", "what the library’s attention handed on"],
  attention_output: ["Layer’s attention output", "what the library’s output projection made of it"],
};

export function exponent(difference) {
  return difference === 0 ? "0" : difference.toExponential(1).replace("-", "−");
}
