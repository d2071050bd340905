"""Questions about positions: how the model tells places apart."""

from __future__ import annotations

import numpy as np

from llm_core.embeddings.position_records import DistanceBias, PositionCode, PositionTable, RotaryAngles
from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, outcome_answer, ranked_answer
from llm_core.lessons.answers.saying import two_decimals
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.kinds import Asked, answers
from llm_core.lessons.pictures import HEAD

DISTANCES = (1, 4, 12, 24)
"""How far apart two tokens are in what is asked; each is shown by every picture of positions."""

WAYS = {
    "learned": "There is a vector for each position, made by training.",
    "fixed": "There is a fixed vector of sines for each position.",
    "rotary": "Queries and keys are turned by an angle for each position.",
    "relative": "Each distance has a number that is added to the score.",
}


@answers(outcomes=("learned", "fixed", "rotary", "relative"))
def position_way(evidence: Evidence, asked: Asked) -> Answer:
    """How the model tells positions apart."""
    way = evidence.known_geometry().positions
    if way not in WAYS:
        raise NotAskableError("How this model tells positions apart is not known here.")
    return outcome_answer(way, asked.labels, because=WAYS[way])


@answers(arguments={"head": HEAD}, facts=("right", "value", "what"))
def closest_distance(evidence: Evidence, asked: Asked) -> Answer:
    """At which of some distances positions bring two tokens together most."""
    code = code_of(evidence)
    values, what = favours(code, DISTANCES, head_of(code, asked.arguments["head"]))
    shown = [place for place, value in enumerate(values) if not np.isnan(value)]
    labels = [f"{DISTANCES[place]} token{'s' if DISTANCES[place] > 1 else ''} apart" for place in shown]
    answer = ranked_answer(
        labels,
        [values[place] for place in shown],
        two_decimals,
        sentence=lambda label, value: f"{label.capitalize()}, {what} {value}.",
        what="distances",
    )
    best = int(np.argmax([values[place] for place in shown]))
    facts = {"right": labels[best], "value": two_decimals(values[shown[best]]), "what": what}
    return Answer(answer.options, facts)


def code_of(evidence: Evidence) -> PositionCode:
    """The code of positions of the stack that reads.

    Raises:
        NotAskableError: None is known.
    """
    stack = evidence.trace.stacks[0]
    own = [code for code in evidence.positions if code.stack == stack] or list(evidence.positions)
    if not own:
        raise NotAskableError("How this model tells positions apart is not known before it is loaded, or not at all.")
    return own[0]


def head_of(code: PositionCode, wanted: str | int) -> int:
    """The head whose bias is looked at: ``"opening"`` is the one in which nearness counts most.

    Raises:
        NotAskableError: There is no such head.
    """
    if not isinstance(code, DistanceBias):
        return 0
    if isinstance(wanted, int):
        if wanted >= len(code.bias):
            raise NotAskableError(f"This is about head {wanted}, and the heads are 0 to {len(code.bias) - 1}.")
        return wanted
    near = np.abs(code.distances) <= 1
    return int((code.bias[:, near].max(axis=1) - code.bias.mean(axis=1)).argmax())


def favours(code: PositionCode, distances: tuple[int, ...], head: int = 0) -> tuple[list[float], str]:
    """How much positions speak for tokens at some distances, and what that number is.

    Args:
        code: How the model tells positions apart.
        distances: In tokens, from 1; NaN is given for those beyond what the code knows.
        head: Whose bias, where heads have their own.
    """
    if isinstance(code, PositionTable):
        similar = code.similarities(64)
        values = [
            float(np.diagonal(similar, distance).mean()) if distance < len(similar) else float("nan")
            for distance in distances
        ]
        return values, "the mean cosine of the two position vectors is"
    if isinstance(code, RotaryAngles):
        return [
            float(value) for value in code.agreement(distances)
        ], "a query and a key of ones keep, of the dot product of what is turned, a share of"
    values = []
    for distance in distances:
        there = np.abs(code.distances) == distance
        values.append(float(code.bias[head, there].max()) if there.any() else float("nan"))
    return values, f"head {head} adds to the score at most"
