"""What Inside a head concludes from a head's numbers, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from llm_core.heads.captions import placed
from llm_core.inside.worked_head import WorkedHead
from llm_core.numbers import four_digits, percent

TIED = 1e-6
"""Scores that differ by a smaller share of the larger one are the same but for rounding."""


@dataclass(frozen=True)
class Standing:
    """Where one key stands among those that a query may look at.

    Attributes:
        place: Its place by score, 1 for the highest; keys as high as it do not count before it.
        of: How many keys the query may look at.
        tied: Other keys whose score is the same.
        rival: The highest of all other keys, or None if there is none.
        by: What makes its score the highest: its ``"match"`` alone would, its ``"distance"`` alone would, ``"each"`` of
            them would, or only ``"both"`` together; None if it is not the highest.
    """

    place: int
    of: int
    tied: tuple[int, ...]
    rival: int | None
    by: Literal["match", "distance", "each", "both"] | None


def standing(work: WorkedHead, key: int) -> Standing:
    """Compare a key that is open to the query with all others that are."""
    scores = work.scores
    others = np.flatnonzero(scores.visible)
    others = others[others != key]
    own = scores.masked[key]
    tied = others[np.abs(scores.masked[others] - own) <= TIED * np.maximum(np.abs(scores.masked[others]), abs(own))]
    higher = np.setdiff1d(others[scores.masked[others] > own], tied)
    rival = int(others[np.argmax(scores.masked[others])]) if len(others) else None
    by: Literal["match", "distance", "each", "both"] | None = None
    if not len(higher) and rival is not None:
        match = scores.scaled if scores.capped is None else scores.capped
        best_match = bool((match[others] <= match[key]).all())
        best_distance = scores.bias is not None and bool((scores.bias[others] < scores.bias[key]).all())
        by = {(True, True): "each", (True, False): "match", (False, True): "distance"}.get(
            (best_match, best_distance), "both"
        )  # type: ignore[assignment]
    return Standing(len(higher) + 1, len(others) + 1, tuple(int(one) for one in tied), rival, by)


REASONS = {
    "match": "because their query and key match best",
    "distance": "because of the distance, not because their query and key match best",
    "each": "because their query and key match best, and the distance adds most",
    "both": "because match and distance together are highest",
}


def sentence(work: WorkedHead, key: int) -> str:
    """Where the token looks, from which score that comes, and how that score stands among the others."""
    scores = work.scores
    looking = placed(work.layer.query_tokens, work.query_position)
    at = _name(work, key)
    if not scores.visible[key]:
        return f"{looking} cannot look at {at}: the mask closes it"
    there = standing(work, key)
    share = percent(scores.weights[key])
    if there.rival is None:
        if scores.sink is None:
            return f"{looking} may look at nothing but {at}, which gets {share} whatever the score"
        return f"{looking} may look at nothing but {at}, which gets {share}{_sink(work)}"
    score, parts = four_digits(scores.masked[key]), _parts(work, key)
    other = f"{_name(work, there.rival)} with {four_digits(scores.masked[there.rival])}"
    if there.place > 1:
        return (
            f"{looking} looks at {at} with {share}, number {there.place:,} of {there.of:,} keys by score: "
            f"{score}{parts}; the highest is {other}{_sink(work)}"
        )
    if there.tied:
        more = "" if len(there.tied) == 1 else f" and {len(there.tied) - 1:,} more"
        return (
            f"{looking} looks at {at} with {share}: it shares the highest score, {score}{parts}, with "
            f"{_name(work, there.tied[0])}{more}{_sink(work)}"
        )
    reason = REASONS[there.by or "match"]
    return f"{looking} looks at {at} with {share} {reason}: score {score}{parts}; next comes {other}{_sink(work)}"


def _parts(work: WorkedHead, key: int) -> str:
    scores = work.scores
    if scores.bias is None or not scores.bias[key]:
        return ""
    match = scores.scaled if scores.capped is None else scores.capped
    return f" (match {four_digits(match[key])}, distance {four_digits(scores.bias[key])})"


def _sink(work: WorkedHead) -> str:
    """What a learned sink takes; empty without one."""
    scores = work.scores
    if scores.sink is None:
        return ""
    return f"; a learned sink, which is no token, takes {percent(scores.sink_exponential / scores.total)}"


def _name(work: WorkedHead, key: int) -> str:
    """A key's text, with its position where others have the same."""
    tokens = work.layer.key_tokens
    several = sum(token.text == tokens[key].text for token in tokens) > 1
    return f"“{tokens[key].text}” [{key}]" if several else f"“{tokens[key].text}”"
