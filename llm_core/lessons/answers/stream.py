"""Questions about vectors: the first ones, and what the layers make of them."""

from __future__ import annotations

import numpy as np

from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, beside, number_answer, outcome_answer, ranked_answer
from llm_core.lessons.answers.saying import token_at, two_decimals, whole
from llm_core.lessons.evidence import Evidence, query_of
from llm_core.lessons.kinds import Asked, answers
from llm_core.lessons.pictures import QUERY
from llm_core.numbers import decimal
from llm_core.shapes import Stack

SAME, DIFFERENT = 1e-4, 1e-2
"""Two vectors are the same up to the first distance, and differ from the second on, as shares of their length."""

GROWN = 1.5
"""From so many times its length on a vector is called longer, and from the inverse down shorter."""


def reading_stack(evidence: Evidence) -> Stack:
    """The stack whose vectors lessons speak of: the one that reads the text."""
    return evidence.trace.stacks[0]


def first_vectors(evidence: Evidence) -> np.ndarray:
    """The vectors that enter the first layer of the stack that reads, shape (token d_model).

    Raises:
        NotAskableError: They were not recorded.
    """
    return np.asarray(_states(evidence)[0])


def stream_of(evidence: Evidence) -> np.ndarray:
    """The residual stream of the stack that reads, before a final norm, shape (state token d_model).

    Its last row comes out of the last layer or, where that could not be told (:func:`until`), goes into it.

    Raises:
        NotAskableError: It was not recorded, or there is one state only.
    """
    _states(evidence)
    stream = evidence.trace.residual_stream(reading_stack(evidence))
    if len(stream) < 2:
        raise NotAskableError("This needs a model of two layers or more.")
    return stream


def until(evidence: Evidence) -> str:
    """Where :func:`stream_of` ends, as the rest of a sentence."""
    return (
        "after the last layer" if evidence.trace.stream_is_whole(reading_stack(evidence)) else "before the last layer"
    )


def normalises_the_sum(evidence: Evidence) -> bool | None:
    """True if layers end in a norm, so that no final one is needed; None if it cannot be told."""
    stack = reading_stack(evidence)
    if not evidence.trace.stream_is_whole(stack):
        return None
    out, last = evidence.trace.last_outputs[stack], evidence.trace.states[stack][-1]
    return bool(np.abs(out - last).max() <= 1e-2 * np.abs(last).max())


def _states(evidence: Evidence) -> tuple[np.ndarray, ...]:
    states = evidence.trace.states.get(reading_stack(evidence), ())
    if not states:
        raise NotAskableError("The vectors between the layers were not recorded for this model.")
    return states


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
    width = first_vectors(evidence).shape[1]
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
    vectors = first_vectors(evidence)
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


@answers(facts=("token", "one", "other", "value", "why"), outcomes=("same", "different"))
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
    vectors = first_vectors(evidence)
    distance = float(np.linalg.norm(vectors[one] - vectors[other]) / max(float(np.linalg.norm(vectors[one])), 1e-12))
    if SAME < distance < DIFFERENT:
        raise NotAskableError("The two vectors are so nearly the same that it cannot be told whether they differ.")
    same = distance <= SAME
    value = float(cosines_to(vectors, one)[other])
    return outcome_answer(
        "same" if same else "different",
        asked.labels,
        because=f"The cosine of {token_at(tokens[one], one)} and {token_at(tokens[other], other)} is "
        f"{decimal(value, 3)}{', and all their numbers agree' if same else ''}.",
        facts={
            "token": tokens[one].text,
            "one": str(one),
            "other": str(other),
            "value": decimal(value, 3),
            "why": "Nothing is added to the table's row for its position: this model tells places apart later, inside "
            "its attention."
            if same
            else "The table's row is the same. What is added to it for the position is not; the next lesson shows how.",
        },
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


@answers(arguments={"query": QUERY}, facts=("token", "right", "value", "where"))
def largest_step(evidence: Evidence, asked: Asked) -> Answer:
    """Which layer turns a token's vector most."""
    states = stream_of(evidence)
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
    whole_stream = evidence.trace.stream_is_whole(reading_stack(evidence))
    left_out = "" if whole_stream else f" Layer {len(steps)}, the last, is left out: its own output is not known here."
    facts = {
        "token": token_at(token, position),
        "right": labels[order[0]],
        "value": two_decimals(float(steps[order[0]])),
        "where": f"{where_it_turns(order[0], len(steps), whole_stream=whole_stream)}{left_out}",
    }
    return Answer(answer.options, facts)


def where_it_turns(layer: int, layers: int, *, whole_stream: bool) -> str:
    """What is usual about a largest step in a layer: at the ends the usual, in between that it is not."""
    if layer == 0:
        return "The first layer leaves the bare word behind: the largest step is often here."
    if whole_stream and layer == layers - 1:
        return "The last layer prepares the answer: the largest step is often here."
    return (
        "Often the ends turn most, where the bare word is left behind and the answer prepared; here another layer does."
    )


@answers(
    arguments={"query": QUERY},
    facts=("token", "before", "after", "until", "why"),
    outcomes=("longer", "alike", "shorter"),
)
def stream_length(evidence: Evidence, asked: Asked) -> Answer:
    """Whether a token's vector is longer after the last layer than before the first: 1.5 times, or not."""
    states = stream_of(evidence)
    position = query_of(evidence, reading_stack(evidence), asked.arguments["query"])
    first, last = (float(np.linalg.norm(states[row, position])) for row in (0, -1))
    ratio = last / max(first, 1e-12)
    if beside(ratio, GROWN) or beside(ratio, 1 / GROWN):
        raise NotAskableError(
            f"This token's vector is {two_decimals(ratio)} times as long {until(evidence)}, on the border of two "
            "answers: choose another token or text."
        )
    outcome = "longer" if ratio > GROWN else "shorter" if ratio < 1 / GROWN else "alike"
    token = evidence.trace.query_tokens(reading_stack(evidence))[position]
    facts = {
        "token": token_at(token, position),
        "before": two_decimals(first),
        "after": two_decimals(last),
        "until": until(evidence),
        "why": why_so_long(outcome, normed=normalises_the_sum(evidence)),
    }
    return outcome_answer(
        outcome,
        asked.labels,
        because=f"Its length is {facts['before']} before the first layer and {facts['after']} {facts['until']}.",
        facts=facts,
    )


def why_so_long(outcome: str, *, normed: bool | None) -> str:
    """What a vector's length says about the layers, in a sentence.

    Args:
        outcome: ``"longer"``, ``"alike"`` or ``"shorter"``.
        normed: True if every layer ends in a norm; None if that cannot be told.
    """
    if normed is None:
        return "Whether a norm ends every layer cannot be told for this model."
    if normed:
        return (
            "Every layer here ends in a norm, which brings the sum back to one scale: lengths stay alike."
            if outcome == "alike"
            else "Every layer here ends in a norm, whose learned factors set the length, and those differ by layer."
        )
    return {
        "longer": "No norm touches the sum here: what every layer adds stays in it and adds up.",
        "alike": "No norm touches the sum here, so it could grow; for this token what the layers add hardly does that.",
        "shorter": "No norm touches the sum here; for this token the layers take away part of what it came with.",
    }[outcome]
