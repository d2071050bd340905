"""Heads drawn at random, to compare chosen ones with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.recording.recorder import Site
from llm_core.tracing.ablation import HeadsBySite

TRIES = 20
"""How often a draw is repeated to find one that differs from those before."""


@dataclass(frozen=True)
class RandomHeads:
    """Random heads beside chosen ones.

    Attributes:
        sets: One set of heads for each draw; no two are equal and none has a chosen head.
        drawn: How they were drawn, in a sentence; empty if none were asked for.
    """

    sets: tuple[HeadsBySite, ...]
    drawn: str


def random_heads(chosen: HeadsBySite, heads: Mapping[Site, int], draws: int, seed: int) -> RandomHeads:
    """Draw as many heads as were chosen, of the same layers as far as these have enough others.

    Where a layer has too few other heads, the missing ones come from other layers of the same stack.

    Args:
        chosen: The heads to compare with.
        heads: How many heads each layer has.
        draws: How many sets to draw; fewer come if there are no more different ones.
        seed: Of the draws.
    """
    if draws <= 0:
        return RandomHeads((), "")
    generator = np.random.default_rng(seed)
    sets: list[HeadsBySite] = []
    for _ in range(draws * TRIES):
        drawn = _draw(chosen, heads, generator)
        if drawn and drawn not in sets:
            sets.append(drawn)
        if len(sets) == draws:
            break
    return RandomHeads(tuple(sets), _said(chosen, sets, draws))


def _draw(chosen: HeadsBySite, heads: Mapping[Site, int], generator: np.random.Generator) -> HeadsBySite:
    drawn: dict[Site, tuple[int, ...]] = {}
    missing: dict[str, int] = {}
    for site, some in chosen.items():
        others = sorted(set(range(heads[site])) - set(some))
        wanted = len(set(some))
        drawn[site] = _some_of(others, wanted, generator)
        missing[site.stack] = missing.get(site.stack, 0) + wanted - len(drawn[site])
    for stack, count in missing.items():
        elsewhere = [
            (site, head)
            for site, total in heads.items()
            if site.stack == stack
            for head in range(total)
            if head not in chosen.get(site, ()) and head not in drawn.get(site, ())
        ]
        for place in _some_of(range(len(elsewhere)), count, generator):
            site, head = elsewhere[place]
            drawn[site] = tuple(sorted((*drawn.get(site, ()), head)))
    return {site: some for site, some in drawn.items() if some}


def _some_of(items: Sequence[int], count: int, generator: np.random.Generator) -> tuple[int, ...]:
    picked = generator.choice(len(items), size=min(count, len(items)), replace=False) if len(items) else ()
    return tuple(sorted(items[int(place)] for place in picked))


def _said(chosen: HeadsBySite, sets: Sequence[HeadsBySite], draws: int) -> str:
    wanted = sum(len(set(some)) for some in chosen.values())
    if not sets:
        return "There are no other heads to compare with."
    what = "one random head" if wanted == 1 else f"{wanted} random heads"
    said = f"Beside {what} of the same {'layer' if len(chosen) == 1 else 'layers'}, drawn {_times(len(sets))}."
    if any(len(some) > len(chosen.get(site, ())) for drawn in sets for site, some in drawn.items()):
        said += " Where a layer has too few other heads, the missing ones come from other layers."
    if any(sum(map(len, drawn.values())) < wanted for drawn in sets):
        said += " There are fewer other heads than were chosen."
    if len(sets) < draws:
        said += " There are no more different draws."
    return said


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
