// @ts-nocheck: not typed yet
// What stands in the cells of the comparison. Each function gives a node for one pane; text always goes in as text.

import { element } from "../shared/dom.ts";
import { percent, thousands } from "../shared/numbers.ts";
import { chip } from "../shared/tokens.ts";
import { curvesPicture, MatrixPicture, sharesPicture } from "./pictures.ts";

export const MOST_CHIPS = 400;
export const FILLS = {
  "first token": "rest",
  back: "soft",
  itself: "plain",
  forward: "full",
  words: "full",
  marks: "soft",
};

export const definition = (pairs) =>
  element("dl", {}, pairs.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]).flat());

export function headCell(view, pane) {
  const kinds = pane.family ? element("span", { class: `family ${pane.family}` }, pane.family) : null;
  const node = element("div", {}, element("div", { class: "title" }, element("strong", {}, pane.name), kinds));
  if (pane.about) node.append(element("div", { class: "quiet" }, pane.about));
  if (pane.error) node.append(element("div", { class: "failure", role: "alert" }, pane.error));
  node.append(element("div", { class: "note quiet" }, pane.note));
  return node;
}

export function objectiveCell(view, pane) {
  const { name, sentence, examples } = pane.objective;
  return element(
    "div",
    {},
    element("div", {}, element("strong", {}, name), ": ", sentence),
    examples.map(({ given, answer }) =>
      element(
        "div",
        { class: "example" },
        element("bdi", {}, given),
        element("span", { class: "arrow", "aria-label": "gives" }, " → "),
        element("bdi", { class: "answer" }, answer),
      ),
    ),
  );
}

export function tokensCell(view, pane, place) {
  const groups = [
    ["source", pane.source],
    ["target", pane.target],
  ].filter(([, tokens]) => tokens.length);
  return element(
    "div",
    {},
    groups.flatMap(([sequence, tokens]) => [
      groups.length > 1
        ? element(
            "div",
            { class: "quiet" },
            sequence === "source" ? "read by the encoder" : "read and written by the decoder",
          )
        : null,
      element(
        "div",
        { class: "tokens", dir: "auto" },
        tokens
          .slice(0, MOST_CHIPS)
          .map((token, position) => view.lightable(chip(token), { pane: place, sequence, position })),
      ),
      tokens.length > MOST_CHIPS
        ? element("div", { class: "quiet" }, `and ${thousands(tokens.length - MOST_CHIPS)} more`)
        : null,
    ]),
    element("div", { class: "quiet" }, groups.map(([, tokens]) => thousands(tokens.length)).join(" → "), " tokens"),
  );
}

/**
 * One matrix for each stack that `choose` gives cells for, all with cells of one size. Of an encoder-decoder they stand as one
 * matrix in blocks: the encoder above cross-attention (both look at the source), the decoder beside it (both look from the target).
 */
export function matricesCell(view, pane, place, choose) {
  const side = (stack) => Math.ceil(stack.queries / stack.block) || 1;
  const room = Math.max(...pane.stacks.map((stack) => Math.max(side(stack), Math.ceil(stack.keys / stack.block))));
  const blocks = pane.stacks.length > 1;
  const across = blocks
    ? pane.stacks
        .filter(({ stack }) => stack !== "encoder")
        .reduce((sum, { keys, block }) => sum + Math.ceil(keys / block), 0)
    : room;
  return element(
    "div",
    { class: blocks ? "matrices blocked" : "matrices" },
    pane.stacks.map((stack) => {
      const { cells, rows, columns, isMask, words } = choose(stack);
      const label = blocks ? element("div", { class: `quiet ${stack.stack}` }, stack.label) : null;
      const caption = words ? element("figcaption", {}, words) : null;
      if (!cells) return element("figure", { class: `in-${stack.stack}` }, caption && label, caption);
      const picture = new MatrixPicture({
        root: view.root,
        cells,
        rows,
        columns,
        isMask,
        colour: stack.stack,
        label: `${stack.label}: ${words}`,
      });
      view.matrix(picture, { pane: place, stack, across: blocks ? across : Math.max(rows, columns), blocks });
      return element("figure", { class: `in-${stack.stack}` }, label, picture.node, caption);
    }),
  );
}

export function maskCell(view, pane, place) {
  return matricesCell(view, pane, place, (stack) => {
    const masks = view.arrays[`p${place}.${stack.stack}.masks`];
    const [, rows, columns] = masks.shape;
    const chosen = stack.maskOf[view.layerPlace(stack)];
    return {
      cells: masks.subarray(chosen * rows * columns, (chosen + 1) * rows * columns),
      rows,
      columns,
      isMask: true,
      words: stack.mask,
    };
  });
}

export function attentionCell(view, pane, place) {
  return matricesCell(view, pane, place, (stack) => {
    const overview = view.arrays[`p${place}.${stack.stack}.overview`];
    const [, rows, columns] = overview.shape;
    const layer = view.layerPlace(stack);
    const words = `layer ${stack.layers[layer]} of ${stack.layers[0]}–${stack.layers.at(-1)}`;
    return { cells: overview.subarray(layer * rows * columns, (layer + 1) * rows * columns), rows, columns, words };
  });
}

export function roleCell(view, pane, place) {
  return matricesCell(view, pane, place, (stack) => {
    const role = view.state.role;
    if (!(role in stack.nearest)) return {};
    const found = stack.nearest[role];
    if (!found) return { words: "This text does not call for it, or the mask closes it." };
    const cells = view.arrays[found.array];
    const [rows, columns] = cells.shape;
    return { cells, rows, columns, words: `layer ${found.layer}, head ${found.head}: ${percent(found.score)}` };
  });
}

export function sharesCell(view, pane, place) {
  return element(
    "div",
    {},
    pane.stacks.map((stack) => {
      const shares = view.arrays[`p${place}.${stack.stack}.shares`];
      const [layers, parts] = shares.shape;
      const means = stack.directions.map(
        (_, part) =>
          Array.from({ length: layers }, (_, layer) => shares[layer * parts + part]).reduce((a, b) => a + b, 0) /
          layers,
      );
      const told = stack.directions.map((name, part) => `${name} ${percent(means[part])}`);
      return element(
        "div",
        { class: `of-stack ${stack.stack}${pane.stacks.length > 1 ? " one-of-several" : ""}` },
        pane.stacks.length > 1 ? element("div", { class: `quiet ${stack.stack}` }, stack.label) : null,
        sharesPicture(
          shares,
          stack.directions.map((name) => FILLS[name]),
          view.state.depth,
          told.join(", "),
        ),
        element(
          "div",
          { class: "legend" },
          stack.directions.map((name, part) => element("span", {}, element("i", { class: FILLS[name] }), told[part])),
        ),
      );
    }),
  );
}

export function entropyCell(view, pane, place) {
  const curves = pane.stacks.map((stack) => ({
    values: view.arrays[`p${place}.${stack.stack}.entropy`],
    kind: stack.stack,
    stack,
  }));
  const told = curves.map(
    ({ values, stack }) =>
      `${pane.stacks.length > 1 ? `${stack.label} ` : ""}layer ${stack.layers[view.layerPlace(stack)]}: ${values[view.layerPlace(stack)].toFixed(2)} bits`,
  );
  return element(
    "div",
    {},
    curvesPicture(curves, 0, view.mostBits, view.state.depth, `Entropy by depth: ${told.join(", ")}`),
    element(
      "div",
      { class: "legend" },
      curves.map(({ kind }, which) => element("span", {}, element("i", { class: `line ${kind}` }), told[which])),
    ),
  );
}

export function similarityCell(view, pane, place) {
  const cosine = view.arrays[`p${place}.cosine`];
  const kind = pane.stacks[0].stack;
  const curves = [];
  const told = [];
  const add = (values, words, kind, dashed) => {
    curves.push({ values, kind, dashed });
    const now = values[Math.round(view.state.depth * (values.length - 1))];
    told.push(element("span", {}, element("i", { class: `line ${kind}` }), `${words} ${now.toFixed(2)}`));
  };
  const pair = cosine && view.pairIn(pane);
  if (pair && pair[0] !== pair[1]) {
    const depths = Array.from({ length: cosine.shape[0] }, (_, layer) => layer);
    const words = cosine.shape[1];
    add(
      depths.map((layer) => cosineAt(cosine, layer, ...pair)),
      `“${pane.words[pair[0]].t}” and “${pane.words[pair[1]].t}”`,
      kind,
    );
    add(
      depths.map((layer) => meanCosine(cosine, layer, words)),
      "any two words",
      "usual",
      true,
    );
  }
  const across = view.arrays[`p${place}.across`];
  const other = across && view.panes[pane.across];
  const word = view.pair?.[0];
  const [here, there] = across
    ? [pane, other].map((one) => one.words.findIndex(({ t }) => t.toLowerCase() === word?.toLowerCase()))
    : [-1, -1];
  if (here >= 0 && there >= 0)
    add(
      Array.from({ length: across.shape[0] }, (_, layer) => cosineAt(across, layer, there, here)),
      `“${word}” here and in ${other.name}`,
      "across",
    );
  if (!curves.length) return element("div", { class: "quiet" }, "This text does not have both words.");
  return element(
    "div",
    {},
    curvesPicture(
      curves,
      view.lowestCosine,
      1,
      view.state.depth,
      `Cosine similarity by depth: ${told.map((one) => one.textContent).join(", ")}`,
    ),
    element("div", { class: "legend" }, told),
  );
}

export const cosineAt = (cosine, layer, one, other) =>
  cosine[(layer * cosine.shape[1] + one) * cosine.shape[2] + other] / 127 - 1;

export function meanCosine(cosine, layer, words) {
  let sum = 0;
  for (let one = 0; one < words; one++)
    for (let other = 0; other < one; other++) sum += cosineAt(cosine, layer, one, other);
  return sum / Math.max((words * (words - 1)) / 2, 1);
}

export function candidateBars(candidates, family, word) {
  const most = Math.max(...candidates.map((one) => one.q), 0.01);
  return element(
    "div",
    { class: "candidates" },
    candidates
      .map((one) => {
        const bar = element("div", { class: `bar ${family}` });
        bar.style.width = `${(100 * one.q) / most}%`;
        return [
          chip(one, { class: word && one.t.toLowerCase() === word.toLowerCase() ? "right" : "" }),
          element("div", { class: "track" }, bar),
          element("div", { class: "number" }, percent(one.q)),
        ];
      })
      .flat(),
  );
}

export function outcomeCell(view, pane) {
  const node = element("div", {});
  const { blank } = pane;
  if (blank) {
    node.append(
      element(
        "div",
        { class: "blank", dir: "auto" },
        element("span", { class: "read" }, blank.before),
        element("span", { class: "gap", "aria-label": "blank" }, "?"),
        element("span", { class: "read" }, blank.after),
        blank.unseen ? element("span", { class: "unseen", title: "cannot be seen" }, blank.unseen) : null,
      ),
    );
    if (blank.reason) node.append(element("div", { class: "reason" }, blank.reason));
    else {
      node.append(
        element(
          "div",
          { class: "quiet" },
          blank.after ? "Both sides are read." : "What stands after the blank is not seen.",
        ),
      );
      node.append(candidateBars(blank.candidates, pane.family, blank.word));
      const own =
        blank.probability === null ? "is no single token of this model." : `gets ${percent(blank.probability)}.`;
      node.append(element("div", { class: "quiet" }, `The hidden word, “${blank.word}”, ${own}`));
    }
  }
  if (pane.following.length)
    node.append(
      element("div", { class: "subtitle" }, "After the whole text"),
      candidateBars(pane.following, pane.family),
    );
  if (pane.written.length) {
    node.append(
      element("div", { class: "subtitle" }, "It writes"),
      element(
        "div",
        { class: "tokens written", dir: "auto" },
        pane.written.map((one) =>
          element("span", { class: "scored" }, chip(one), element("small", {}, percent(one.q))),
        ),
      ),
    );
  }
  return node;
}

export function parametersCell(view, pane) {
  const total = pane.parameters.reduce((sum, { count }) => sum + count, 0);
  const parts = pane.parameters.filter(({ count }) => count > 0);
  const bar = element("div", {
    class: "blocks",
    role: "img",
    "aria-label": parts.map(({ name, count }) => `${name} ${thousands(count)}`).join(", "),
  });
  const scale = element("div", { class: "scale" });
  scale.style.width = `${(100 * total) / view.mostParameters}%`;
  for (const { name, count } of parts) {
    const part = element("div", { class: name });
    part.style.flexGrow = count;
    bar.append(part);
  }
  return element(
    "div",
    { class: `of-stack ${pane.stacks[0].stack}` },
    element("div", {}, element("strong", {}, thousands(total))),
    scale,
    bar,
    element(
      "div",
      { class: "shares" },
      parts
        .map(({ name, count }) => [
          element("i", { class: name }),
          element("span", {}, name),
          element("span", { class: "number" }, thousands(count)),
          element("span", { class: "number quiet" }, percent(count / total)),
        ])
        .flat(),
    ),
  );
}
