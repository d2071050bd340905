// What the map says of a model and of its blocks.

import type { ModelMapHeader } from "../shared/generated/messages.ts";
import { thousands } from "../shared/numbers.ts";
import { type Cell, columnOf, isLayered, type LayerBox, layersOf } from "./layout.ts";
import type { Spot } from "./spots.ts";

/** 22,744,506 as "22.7 M". */
export function short(count: number): string {
  const units: [size: number, unit: string][] = [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  for (const [size, unit] of units)
    if (count >= 0.9995 * size) return `${Number((count / size).toPrecision(3))} ${unit}`;
  return thousands(count);
}

/** A model's size in a line: "4 + 4 layers × 8 heads · 1.2 M parameters". */
export function sizeInWords(model: ModelMapHeader): string {
  const depths = model.stacks.map((stack) => layersOf(stack).length).join(" + ");
  return `${depths} layers × ${model.stacks[0].heads} heads · ${short(model.total)} parameters`;
}

/** The map for those who cannot see it. */
export function mapInWords(model: ModelMapHeader): string {
  const stacks = model.stacks.map(
    (stack) => `${stack.stack} of ${layersOf(stack).length} layers with ${stack.heads} heads each`,
  );
  const joined = model.stacks.length > 1 ? ", joined by cross-attention" : "";
  return (
    `Map of ${model.name}: ${stacks.join(", ")}${joined}; ${short(model.total)} parameters. ` +
    "Arrow keys move, Enter goes to what is explored there."
  );
}

/** Name, shape and parameters of a block, a line each; the name first. */
export function aboutSpot(model: ModelMapHeader, { box, cell }: Spot): string[] {
  if (isLayered(box)) return aboutLayer(model, box, cell);
  return box.kind === "embedding" ? aboutEmbedding(model) : aboutOutput(model);
}

function aboutEmbedding(model: ModelMapHeader): string[] {
  let positions = "";
  if (model.positions === "learned")
    positions = `, and a learned vector for each of ${model.limit ? thousands(model.limit) : "its"} places`;
  if (model.positions === "fixed") positions = ", and fixed waves for places";
  return [
    "Embedding",
    `${thousands(model.vocabulary)} tokens × ${thousands(model.width)} numbers${positions}`,
    `${thousands(model.embedding)} parameters`,
  ];
}

function aboutOutput(model: ModelMapHeader): string[] {
  if (!model.hasHead)
    return ["Vectors come out", `${thousands(model.width)} numbers for each token; no head turns them into words`];
  const own = model.head
    ? `${thousands(model.head)} parameters besides the table of tokens`
    : "no parameters of its own: the table of tokens is used again";
  return ["Output", `${thousands(model.width)} numbers → scores for ${thousands(model.vocabulary)} tokens`, own];
}

function aboutLayer(model: ModelMapHeader, box: LayerBox, cell: Cell | undefined): string[] {
  const stack =
    model.stacks.length > 1 && box.kind !== "cross"
      ? `${box.stack[0].toUpperCase()}${box.stack.slice(1)} layer`
      : "Layer";
  const parameters = hasOwnWeights(model, box)
    ? `${thousands(box.parameters)} parameters`
    : "the same weights as layer 0";
  if (box.kind === "forward") {
    const shape = model.inner
      ? `${thousands(model.width)} → ${thousands(model.inner)} → ${thousands(model.width)} numbers`
      : "each token by itself";
    return [`${stack} ${box.layer}, feed-forward`, shape, parameters];
  }
  const name = box.kind === "cross" ? "cross-attention" : "attention";
  const head = cell ? `, head ${cell.head}` : "";
  const groups = box.shared < box.heads ? `, ${box.heads / box.shared} of them share keys and values` : "";
  const wide = model.headWidth ? `, ${model.headWidth} numbers wide` : "";
  return [
    `${stack} ${box.layer}, ${name}${head}`,
    `${box.heads} heads${wide}${groups}`,
    `${parameters}${cell ? " in all its heads" : ""}`,
  ];
}

function hasOwnWeights(model: ModelMapHeader, box: LayerBox): boolean {
  const stack = model.stacks.find((one) => one.stack === columnOf(box));
  return Boolean(stack && Object.values(layersOf(stack)[box.layer]).some(Boolean));
}
