"""Questions about vectors: the first ones, and what the layers make of them."""

from __future__ import annotations

import numpy as np

from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, number_answer, outcome_answer, ranked_answer
from llm_core.lessons.answers.saying import one_decimal, token_at, two_decimals, whole
from llm_core.lessons.evidence import Evidence, query_of
from llm_core.lessons.kinds import Asked, answers
from llm_core.lessons.pictures import QUERY
from llm_core.shapes import Stack

ALIKE = 0.9995
"""Cosines from here on are those of equal vectors, stored with fewer digits."""


def reading_stack(evidence: Evidence) -> Stack:
    """The stack whose vectors lessons speak of: the one that reads the text."""
    return evidence.trace.stacks[0]


def states_of(evidence: Evidence) -> np.ndarray:
    """The residual stream of the stack that reads, shape (layer+1 token d_model).

    Raises:
        NotAskableError: It was not recorded.
    """
    stack = reading_stack(evidence)
    if not evidence.trace.states.get(stack):
        raise NotAskableError("The vectors between the layers were not recorded for this model.")
    return evidence.trace.hidden_states(stack)


def cosines_to(vectors: np.ndarray, position: int) -> np.ndarray:
    """Cosine of each vector (token d_model) with that at a position, shape (token,)."""
    wide = vectors.astype(np.float64)
    unit = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit[position])


def steps_of(states: np.ndarray, position: int) -> np.ndarray:
    """How far each layer turns a token's vector, 1 minus the cosine before and after, shape (layer,)."""
    line = states[:, position].astype(np.float64)
    lengths = np.maximum(np.linalg.norm(line, axis=1), 1e-12)
    return np.asarray(1 - (line[1:] * line[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1]))


@answers()
def vector_width(evidence: Evidence, asked: Asked) -> Answer:
    """How many numbers the vector of one token has."""
    width = states_of(evidence).shape[2]
    count = len(evidence.trace.tokens)
    others = [
        (count, f"{whole(count)} is the number of tokens: each has a vector of its own."),
        (2 * width, f"{whole(2 * width)} is twice too many."),
        (32, "32 is too few here."),
        (3, "3 would do for a place in a room, and meanings need more room."),
    ]
    if evidence.geometry is not None:
        known = evidence.geometry.vocabulary
        others.insert(1, (known, f"{whole(known)} is the number of tokens that the model knows."))
    return number_answer(width, others, whole, because=f"Every row of the picture is {whole(width)} numbers long.")


@answers(arguments={"query": QUERY}, facts=("token", "right", "value"))
def nearest_vector(evidence: Evidence, asked: Asked) -> Answer:
    """Which other token's vector, before the first layer, points most in the direction of a token's."""
    vectors = states_of(evidence)[0]
    position = query_of(evidence, reading_stack(evidence), asked.arguments["query"])
    tokens = evidence.trace.query_tokens(reading_stack(evidence))
    similar = cosines_to(vectors, position)
    others = [place for place in range(len(tokens)) if place != position]
    answer = ranked_answer(
        [token_at(tokens[place], place) for place in others],
        [float(similar[place]) for place in others],
        two_decimals,
        sentence=lambda label, value: f"The cosine with {label} is {value}.",
        what="tokens",
    )
    best = max(others, key=lambda place: similar[place])
    return Answer(
        answer.options,
        {
            "token": token_at(tokens[position], position),
            "right": token_at(tokens[best], best),
            "value": two_decimals(float(similar[best])),
        },
    )


@answers(facts=("token", "one", "other", "value"), outcomes=("same", "different"))
def same_word_twice(evidence: Evidence, asked: Asked) -> Answer:
    """Whether a token that stands twice in the text enters the first layer as the same vector both times."""
    tokens = evidence.trace.query_tokens(reading_stack(evidence))
    pair = next(
        (
            (one, other)
            for one in range(len(tokens))
            for other in range(one + 1, len(tokens))
            if tokens[one].id == tokens[other].id and tokens[one].is_word
        ),
        None,
    )
    if pair is None:
        raise NotAskableError("No word stands twice in this text: choose one in which a word comes back.")
    one, other = pair
    value = float(cosines_to(states_of(evidence)[0], one)[other])
    return outcome_answer(
        "same" if value >= ALIKE else "different",
        asked.labels,
        because=f"The cosine of {token_at(tokens[one], one)} and {token_at(tokens[other], other)} is {value:.3f}.",
        facts={"token": tokens[one].text, "one": str(one), "other": str(other), "value": f"{value:.3f}"},
    )


@answers(facts=("stacks",))
def layer_count(evidence: Evidence, asked: Asked) -> Answer:
    """How many layers are stacked, a decoder's on top of the encoder's."""
    trace = evidence.trace
    counts = [len(trace.layers(stack)) for stack in trace.stacks if stack != "cross"]
    total, heads = sum(counts), trace.heads(trace.stacks[0], trace.layers(trace.stacks[0])[0])
    return number_answer(
        total,
        [
            (1, "1 would leave nothing to stack."),
            (heads, f"{heads} is the number of heads in a layer."),
            (2 * total, f"{2 * total} counts attention and feed-forward network apart."),
            (total + 1, f"{total + 1} counts the embedding, which is below the first layer."),
        ],
        whole,
        because=f"{' and '.join(str(count) for count in counts)} layers are drawn."
        if len(counts) > 1
        else f"The picture has {total} steps from layer to layer.",
        facts={"stacks": " + ".join(str(count) for count in counts)},
    )


@answers(arguments={"query": QUERY}, facts=("token", "right", "value"))
def largest_step(evidence: Evidence, asked: Asked) -> Answer:
    """Which layer turns a token's vector most."""
    states = states_of(evidence)
    position = query_of(evidence, reading_stack(evidence), asked.arguments["query"])
    steps = steps_of(states, position)
    labels = [f"layer {layer}" for layer in range(len(steps))]
    order = np.argsort(-steps, kind="stable").tolist()
    if len(order) < 2:
        raise NotAskableError("This needs a model of two layers or more.")
    # The first layers and the last turn vectors most: offered are others that can be told from the largest.
    rivals = [order[place] for place in np.unique(np.linspace(1, len(order) - 1, 3).astype(int))]
    token = evidence.trace.query_tokens(reading_stack(evidence))[position]
    answer = ranked_answer(
        labels,
        [float(step) for step in steps],
        two_decimals,
        sentence=lambda label, value: f"In {label} the cosine of before and after falls by {value} from 1.",
        what="layers",
        rivals=rivals,
    )
    facts = {
        "token": token_at(token, position),
        "right": labels[order[0]],
        "value": two_decimals(float(steps[order[0]])),
    }
    return Answer(answer.options, facts)


@answers(arguments={"query": QUERY}, facts=("token", "before", "after"), outcomes=("longer", "alike", "shorter"))
def stream_length(evidence: Evidence, asked: Asked) -> Answer:
    """Whether a token's vector is longer before the last layer than before the first: 1.5 times, or not."""
    states = states_of(evidence)
    if len(states) < 3:
        raise NotAskableError("This needs a model of two layers or more.")
    position = query_of(evidence, reading_stack(evidence), asked.arguments["query"])
    first, last = (float(np.linalg.norm(states[row, position])) for row in (0, len(states) - 2))
    ratio = last / max(first, 1e-12)
    outcome = "longer" if ratio >= 1.5 else "shorter" if ratio <= 1 / 1.5 else "alike"
    token = evidence.trace.query_tokens(reading_stack(evidence))[position]
    facts = {"token": token_at(token, position), "before": one_decimal(first), "after": one_decimal(last)}
    return outcome_answer(
        outcome,
        asked.labels,
        because=f"Its length is {facts['before']} before the first layer and {facts['after']} before the last.",
        facts=facts,
    )
