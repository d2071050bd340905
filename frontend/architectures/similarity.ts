// How alike two words become, as curves over depth.

import type { ReadyPane } from "../shared/generated/messages.ts";
import type { Curve } from "./charts.ts";
import { type Compared, isReady, pairIn, type WordPair } from "./compared.ts";
import { cosines, meanCosines } from "./depth_curves.ts";

/** A curve and what its legend says. */
export interface NamedCurve extends Curve {
  words: string;
}

/** The cosines of two words of a pane beside those of any two, and of the first word with itself in another text. */
export function similarityCurves(
  compared: Compared,
  pair: WordPair | null,
  pane: ReadyPane,
  place: number,
): NamedCurve[] {
  const curves: NamedCurve[] = [];
  const cosine = compared.ofPane(place, "cosine");
  const places = pairIn(pane, pair);
  if (cosine && places && places[0] !== places[1]) {
    const [one, other] = places.map((word) => `“${pane.words[word].text}”`);
    curves.push({ values: cosines(cosine, ...places), words: `${one} and ${other}`, kind: pane.stacks[0].stack });
    curves.push({ values: meanCosines(cosine), words: "any two words", kind: "usual", dashed: true });
  }
  const across = compared.ofPane(place, "across");
  const earlier = pane.across === null ? undefined : compared.panes[pane.across];
  if (!across || !earlier || !isReady(earlier) || !pair) return curves;
  const [here, there] = [pane, earlier].map(({ words }) =>
    words.findIndex(({ text }) => text.toLowerCase() === pair[0].toLowerCase()),
  );
  if (here >= 0 && there >= 0)
    curves.push({
      values: cosines(across, there, here),
      words: `“${pair[0]}” here and in ${earlier.name}`,
      kind: "across",
    });
  return curves;
}
