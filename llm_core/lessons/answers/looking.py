"""Questions about one head: what a token looks at, what it may look at, and what arrives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from llm_core.errors import NotAskableError
from llm_core.heads.contributions import contribution_norms
from llm_core.lessons.answer import Answer, number_answer, outcome_answer, ranked_answer
from llm_core.lessons.answers.saying import token_at, two_decimals, whole
from llm_core.lessons.evidence import Evidence, Place, place_of, stack_of
from llm_core.lessons.kinds import Asked, answers
from llm_core.lessons.pictures import PLACE, QUERY, STACK
from llm_core.numbers import percent
from llm_core.recording.records import AttentionRecord

POSITION_IN_SCORES = {
    "learned": "The position is in it already, since it was added to the vectors before the first layer.",
    "fixed": "The position is in it already, since it was added to the vectors before the first layer.",
    "rotary": "The position is in it already, since query and key were turned by it before they met.",
    "relative": "The position comes after it: a number for the distance is added to the score.",
}
"""What a score has to do with the position, by how a model tells positions apart."""

_PLACE_FACTS = ("token", "layer", "head", "right", "value")


FULL = 0.999
"""Weights that add up to less leave something over."""


@answers(arguments=PLACE, facts=_PLACE_FACTS)
def strongest_key(evidence: Evidence, asked: Asked) -> Answer:
    """Which token gets the largest weight from a token in one head."""
    place = place_of(evidence, asked.arguments)
    row = _row(evidence, place)
    return _ranked(evidence, place, row, percent, lambda label, value: f"{label} gets {value}.")


@answers(arguments=PLACE, facts=(*_PLACE_FACTS, "position"))
def best_match(evidence: Evidence, asked: Asked) -> Answer:
    """Which token's key has the largest dot product with a token's query, scaled, before position bias and softmax."""
    place = place_of(evidence, asked.arguments)
    scores = scores_of(evidence, place)
    answer = _ranked(evidence, place, scores, two_decimals, lambda label, value: f"With {label} the score is {value}.")
    way = None if evidence.geometry is None else evidence.geometry.positions
    return Answer(answer.options, {**answer.facts, "position": POSITION_IN_SCORES.get(str(way), "")})


@answers(arguments=PLACE, facts=(*_PLACE_FACTS, "heaviest", "its_weight", "weighed"))
def largest_arrival(evidence: Evidence, asked: Asked) -> Answer:
    """Whose value arrives most: the largest weight times length of the value (Kobayashi et al. 2020)."""
    place = place_of(evidence, asked.arguments)
    norms = contribution_norms(
        evidence.trace, place.stack, place.layer, None, heads=[place.head], queries=np.array([place.query])
    ).norms[0, 0]
    keys, weights = evidence.trace.key_tokens(place.stack), _row(evidence, place)
    answer = _ranked(
        evidence, place, norms, two_decimals, lambda label, value: f"Weight times value of {label} has length {value}."
    )
    heaviest = int(weights.argmax())
    more = {"heaviest": token_at(keys[heaviest], heaviest), "its_weight": percent(float(weights[heaviest]))}
    more["weighed"] = (
        "Here that token brings most as well."
        if more["heaviest"] == answer.facts["right"]
        else "Its value is shorter, so it brings less: first tokens and separators often have short values, so that "
        "attention can rest there."
    )
    return Answer(answer.options, {**answer.facts, **more})


@answers(arguments=PLACE, facts=("token", "layer", "head", "rest"))
def row_sum(evidence: Evidence, asked: Asked) -> Answer:
    """What the weights of one token add up to."""
    place = place_of(evidence, asked.arguments)
    row = _row(evidence, place)
    total, count = float(row.sum()), len(row)
    return number_answer(
        total,
        [
            (float(row.max()), f"{percent(float(row.max()))} is the largest weight alone."),
            (count, f"That would be 100 % for each of the {count} tokens."),
            (0.5, "That would leave half over."),
        ],
        percent,
        because=f"The {count} weights of this row add up to {percent(total)}.",
        facts={
            **_facts(evidence, place),
            "rest": "This head has a number of its own, a sink, that takes the rest: it may look at nothing."
            if total < FULL
            else "A head that needs nothing has to put its attention somewhere all the same, often on the first token.",
        },
    )


@answers(arguments={**PLACE, "from": QUERY, "to": QUERY}, facts=("looks", "at", "layer"), outcomes=("yes", "no"))
def may_look(evidence: Evidence, asked: Asked) -> Answer:
    """Whether the mask lets one token look at another."""
    place = place_of(evidence, {**asked.arguments, "query": asked.arguments["from"]})
    key = place_of(evidence, {**asked.arguments, "query": asked.arguments["to"]}).query
    keys = evidence.trace.key_tokens(place.stack)
    if place.query == key or key >= len(keys):
        raise NotAskableError("The text is too short: this needs two different tokens.")
    open_keys = _open_keys(evidence, place)
    queries = evidence.trace.query_tokens(place.stack)
    looks, at = token_at(queries[place.query], place.query), token_at(keys[key], key)
    weight = float(_row(evidence, place)[key])
    said = f"the weight there is {percent(weight)}" if open_keys[key] else "that cell is hatched, and its weight is 0"
    return outcome_answer(
        "yes" if open_keys[key] else "no",
        asked.labels,
        because=f"From {looks} to {at}: {said}.",
        facts={"looks": looks, "at": at, "layer": str(place.layer)},
    )


@answers(arguments=PLACE, facts=("token", "layer", "head", "all"))
def open_keys(evidence: Evidence, asked: Asked) -> Answer:
    """How many tokens the mask lets a token look at."""
    place = place_of(evidence, asked.arguments)
    count, everything = int(_open_keys(evidence, place).sum()), len(evidence.trace.key_tokens(place.stack))
    return number_answer(
        count,
        [
            (everything, f"{everything} are all tokens."),
            (place.query + 1, f"{place.query + 1} are the tokens up to and with itself."),
            (place.query, f"{place.query} {'is the token' if place.query == 1 else 'are the tokens'} before it."),
            (1, "1 would be the token itself alone."),
            (everything - 1, f"{everything - 1} leaves one token out."),
        ],
        whole,
        because=f"In its row {count} of {everything} cells are open.",
        facts={**_facts(evidence, place), "all": whole(everything)},
    )


@answers(
    arguments={"stack": STACK},
    facts=("stack", "hidden"),
    outcomes=("full", "causal", "sliding window", "other"),
)
def mask_shape(evidence: Evidence, asked: Asked) -> Answer:
    """What shape the mask of a stack's first layer has."""
    stack = stack_of(evidence.trace, asked.arguments["stack"])
    mask = evidence.trace.mask(stack, evidence.trace.layers(stack)[0])
    if min(mask.queries, mask.keys) < 2:
        raise NotAskableError("With one token every mask is the same: choose a longer text.")
    hidden = percent(1 - float(mask.rows().mean()))
    return outcome_answer(
        mask.kind,
        asked.labels,
        because=f"{hidden} of all pairs are closed.",
        facts={"stack": stack, "hidden": hidden},
    )


@answers(arguments={"stack": STACK}, facts=("stack",))
def share_ahead(evidence: Evidence, asked: Asked) -> Answer:
    """What share of all attention of a stack goes to tokens that stand later in the text."""
    stack = stack_of(evidence.trace, asked.arguments["stack"])
    if stack == "cross" or len(evidence.trace.query_tokens(stack)) < 2:
        raise NotAskableError("This needs two tokens or more of one text, one of them later than the other.")
    ahead = share_of_attention_ahead(evidence, stack)
    means = {
        0.0: "That would mean that no token ever looks ahead.",
        0.25: "That would be a quarter.",
        0.5: "That would be as much ahead as back and at the token itself.",
        0.75: "That would be three quarters.",
        1.0: "That would mean that no token ever looks back.",
    }
    return number_answer(
        ahead,
        [(other, means[other]) for other in (0.0, 0.5, 0.25, 0.75, 1.0) if abs(other - ahead) > 0.08],
        percent,
        because=f"Above the diagonal of all heads' matrices lie {percent(ahead)} of the attention.",
        facts={"stack": stack},
    )


def share_of_attention_ahead(evidence: Evidence, stack: str) -> float:
    """The share of a stack's attention above the diagonal, from 0 to 1, over at most 256 queries of each layer."""
    trace = evidence.trace
    chosen = next(name for name in trace.stacks if name == stack)
    count = len(trace.query_tokens(chosen))
    rows = np.unique(np.linspace(0, count - 1, min(count, 256)).astype(int))
    later = np.arange(count)[None, :] > rows[:, None]
    sums = [
        np.where(later, trace.attention(chosen, layer, queries=rows), 0.0).sum(axis=2).mean()
        for layer in trace.layers(chosen)
    ]
    return float(np.mean(sums))


def scores_of(evidence: Evidence, place: Place) -> np.ndarray:
    """Scaled dot products of a token's query with every key that it may look at, NaN elsewhere, shape (key,).

    Raises:
        NotAskableError: The model keeps its queries and keys to itself.
    """
    record = evidence.trace.record(place.stack, place.layer)
    if not isinstance(record, AttentionRecord):
        raise NotAskableError("This model keeps its queries and keys to itself: only its weights are known.")
    key = record.key[place.head * record.key_value_heads // record.heads].astype(np.float64)
    scores = key @ record.query[place.head, place.query].astype(np.float64) * record.scaling
    return np.where(_open_keys(evidence, place), scores, np.nan)


def _row(evidence: Evidence, place: Place) -> np.ndarray:
    return evidence.trace.attention(place.stack, place.layer, [place.head], np.array([place.query]))[0, 0]


def _open_keys(evidence: Evidence, place: Place) -> np.ndarray:
    return evidence.trace.mask(place.stack, place.layer).rows(np.array([place.query]))[0]


def _ranked(
    evidence: Evidence,
    place: Place,
    values: np.ndarray,
    say: Callable[[float], str],
    sentence: Callable[[str, str], str],
) -> Answer:
    """The token with the highest value among those that may be looked at, beside the next ones."""
    tokens = evidence.trace.key_tokens(place.stack)
    keys = [int(key) for key in np.flatnonzero(_open_keys(evidence, place))]
    answer = ranked_answer(
        [token_at(tokens[key], key) for key in keys],
        [float(values[key]) for key in keys],
        say,
        sentence=sentence,
        what="tokens",
    )
    best = keys[int(np.argmax(values[keys]))]
    facts = {**_facts(evidence, place), "right": token_at(tokens[best], best), "value": say(float(values[best]))}
    return Answer(answer.options, facts)


def _facts(evidence: Evidence, place: Place) -> dict[str, str]:
    token = evidence.trace.query_tokens(place.stack)[place.query]
    return {"token": token_at(token, place.query), "layer": str(place.layer), "head": str(place.head)}
