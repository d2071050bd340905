// What the steps conclude from their numbers, in words.

import { counted, percent, twoDigits } from "../shared/numbers.ts";
import type { InsideModel } from "./model.ts";

type Header = InsideModel["header"];

const MASKS = {
  full: "Every token may look at every token.",
  causal: "No token may look ahead: keys after the query are closed.",
  "sliding window": "A token may look only at the tokens around it: keys further away are closed.",
  other: "The mask closes the hatched keys.",
};

const LOOKING_BACK = "A token may look only at itself and those just before it: keys further back are closed.";

/** True where a window ends at the query, as a decoder's does. */
function isLookingBack({ mask, stack }: Header): boolean {
  return mask === "sliding window" && stack === "decoder";
}

/** Which keys the mask closes. */
export function masked(header: Header): string {
  return (
    (isLookingBack(header) ? LOOKING_BACK : MASKS[header.mask]) + (header.padded ? " Padding is closed to all." : "")
  );
}

/** Up to this share of the numbers compared, a difference is what seven digits leave. */
const ROUNDING = 1e-4;

/** What a difference from the library means, by its share of the numbers that were compared. */
export function judged(share: number | null): string {
  if (share !== null && share <= ROUNDING)
    return (
      "It calculates with about seven digits: differences of this size, " +
      `at most ${twoDigits(share)} of the largest number compared, are its rounding and not a different formula.`
    );
  const part = share !== null && share < 0.001 ? twoDigits(share) : percent(share ?? 1);
  return (
    `Rounding to seven digits does not explain a difference this large, ${part} of the largest number compared: ` +
    "do not rely on these steps."
  );
}

/** What all heads of a layer add up to, and where one stands among them by length. */
export function amongHeads(norms: Float32Array, head: number, hasBias: boolean): string {
  const bias = hasBias ? " with a bias" : "";
  if (norms.length === 1) return `It is the layer’s only head, so this${bias} is the layer’s attention output.`;
  const place = norms.filter((norm) => norm > norms[head]).length + 1;
  const tied = norms.filter((norm) => norm === norms[head]).length - 1;
  return (
    `All ${norms.length} heads are added${bias}, and that is the layer’s attention output. ` +
    `By length this head’s part is number ${place} of ${norms.length}` +
    `${tied ? `, as long as ${counted(tied, "other")}` : ""} for this token.`
  );
}

/** "an RMSNorm", "a LayerNorm" */
export function withArticle(kind: string): string {
  return `${kind.startsWith("R") ? "an" : "a"} ${kind}`;
}
