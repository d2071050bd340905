"""What one word in several contexts concludes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from llm_core.embeddings.groupings import FEWEST_GROUPINGS, Groupings, groupings
from llm_core.embeddings.word_contexts import WordInContexts
from llm_core.numbers import counted, decimal
from pages.shared.embeddings.words import after_rows, layer_name, left_out_words, named

RARE = 0.05
"""A gap that no more than this share of other groupings reaches is not chance."""

_CHANCE = "does not split by meaning more than by chance"

WIDE = 0.3
"""From this gap on a word splits by meaning; below it leans."""


def sentence(made: WordInContexts) -> str:
    """The headline: whether the word splits by meaning, after which layer, and whether other groupings would."""
    curves = made.curves(centred=True)
    uses = counted(len(made.uses), "sentence")
    if not np.isfinite(curves.gap).any():
        return f"{named(made.word)} in {uses}: for a gap, add a second meaning and two sentences of one meaning"
    rows = largest_rows(curves.gap)
    gap = float(np.nanmax(curves.gap))
    chance = groupings(made)
    verdict = _verdict(gap, chance)
    where = f"has its largest gap {after_rows(rows)}:"
    if verdict:
        where = f"{verdict}, {'most' if verdict != _CHANCE else 'with its largest gap'} {after_rows(rows)}: a gap of"
    return f"In these {uses} {named(made.word)} {where} {decimal(gap, 2)}{_beside(chance)}"


def _verdict(gap: float, chance: Groupings | None) -> str:
    """Whether the word splits by meaning; empty where too few groupings could tell."""
    if chance is None or chance.count < FEWEST_GROUPINGS:
        return ""
    if chance.as_good > RARE:
        return _CHANCE
    return "splits by meaning" if gap >= WIDE else "leans towards its meaning"


def _beside(chance: Groupings | None) -> str:
    """What other groupings of the same sentences reach."""
    if chance is None or chance.tried < 2:
        return ", from too few sentences to tell from chance"
    drawn = "" if chance.tried == chance.count else " drawn at random"
    ways = f"{counted(chance.tried - 1, 'other way')} to group them{drawn}"
    said = f", and at most {decimal(chance.best_other, 2)} in {ways}"
    return said if chance.count >= FEWEST_GROUPINGS else f"{said}, too few to tell from chance"


def largest_rows(gap: np.ndarray) -> list[int]:
    """The rows with the largest gap: several where they are printed alike."""
    shown = np.round(gap.astype(np.float64), 2)
    return np.flatnonzero(shown == np.nanmax(shown)).tolist()


def remarks(made: WordInContexts) -> str:
    """What the gap is made of, what is left out, which words are several tokens or have no context; or nothing."""
    said = []
    curves = made.curves(centred=True)
    if np.isfinite(curves.gap).any():
        row = largest_rows(curves.gap)[0]
        same, different = made.pairs
        said.append(
            f"Centred, {after_rows([row])}: a mean cosine of {decimal(curves.same[row], 2)} within a meaning "
            f"({counted(same, 'pair')}) and of {decimal(curves.different[row], 2)} across "
            f"({counted(different, 'pair')})."
        )
    if made.repeated:
        what = "sentence is" if made.repeated == 1 else "sentences are"
        said.append(f"{made.repeated:,} repeated {what} read once.")
    said.append(left_out_words(made.without_word, f"without {named(made.word)} as a word"))
    most = max(len(use.tokens) for use in made.uses)
    if most > 1:
        said.append(f"{named(made.word)} is up to {most} tokens here; the mean of their vectors is followed.")
    first = sum(use.first for use in made.uses)
    if first and made.stack == "decoder":
        said.append(
            f"In {counted(first, 'sentence')} nothing stands before the word, so a decoder knows no context there."
        )
    return " ".join(one for one in said if one)


def beside(found: Mapping[str, WordInContexts]) -> str:
    """The largest gaps of several models, largest first; those without one are told."""
    gaps = {name: one.curves(centred=True).gap for name, one in found.items()}
    best = {name: float(np.nanmax(gap)) for name, gap in gaps.items() if np.isfinite(gap).any()}
    if not best:
        return "No model has a gap here: add a second meaning and two sentences of one meaning."
    order = sorted(best, key=lambda name: -best[name])
    parts = []
    for name in order:
        chance = groupings(found[name])
        others = (
            "" if chance is None or chance.tried < 2 else f" (other groupings at most {decimal(chance.best_other, 2)})"
        )
        parts.append(f"{name} {decimal(best[name], 2)} {after_rows(largest_rows(gaps[name]))}{others}")
    return f"Largest gaps in these sentences: {'; '.join(parts)}."


def explanation(made: WordInContexts) -> str:
    """How the curves are read, with what they show here."""
    raw = made.curves(centred=False)
    common = float(np.nanmax(raw.random))
    rows = largest_rows(raw.random)
    shared = (
        f"random pairs from different sentences have a raw cosine of up to {decimal(common, 2)} here "
        f"({after_rows(rows)}; the dotted line)"
    )
    why = (
        f"All vectors of a layer can share a large common part: {shared}, so a raw cosine alone says little."
        if common >= WIDE
        else f"In many models all vectors of a layer share a large common part. Here it is small: {shared}."
    )
    table = (
        f"Below the first layer {named(made.word)} is the same vector in every sentence, apart from its position where "
        "positions are added."
        if len({tuple(token.id for token in use.tokens) for use in made.uses}) == 1
        else f"{named(made.word)} is not the same tokens in every sentence, so its vectors differ from the start."
    )
    return (
        f"{table} Each layer mixes in what stands around it. If the model tells the meanings apart, the word’s "
        f"vectors stay "
        "alike in sentences of one meaning (solid) and move apart across meanings (dashed). The gap between the two is "
        "what context did, and what else the sentences of one meaning have in common: so the same sentences are also "
        "grouped in other ways, and the gaps compared.\n\n"
        f"**Why centred?** {why} On the right the mean vector of all tokens is taken away first, so that random "
        f"pairs lie "
        "near 0. The first token of each sentence is left out of that mean, since decoders park attention there and "
        "its "
        "vector can grow hundreds of times longer than any other.\n\n"
        "A decoder reads only what stands before the word, so the sentences put what tells the meanings apart first. "
        "In a "
        "sentence that holds the word twice, the first counts."
    )


def table(made: WordInContexts) -> dict[str, list[Any]]:
    """One row for each state, as columns."""
    raw, centred = made.curves(centred=False), made.curves(centred=True)

    def numbers(values: np.ndarray) -> list[float | None]:
        return [round(float(value), 4) if np.isfinite(value) else None for value in values]

    return {
        "state": [layer_name(row) for row in range(len(raw.same))],
        "raw, same meaning": numbers(raw.same),
        "raw, different meanings": numbers(raw.different),
        "raw, random tokens": numbers(raw.random),
        "raw gap": numbers(raw.gap),
        "centred, same meaning": numbers(centred.same),
        "centred, different meanings": numbers(centred.different),
        "centred, random tokens": numbers(centred.random),
        "centred gap": numbers(centred.gap),
    }
