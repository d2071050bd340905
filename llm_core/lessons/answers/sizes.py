"""Questions about size: parameters and where they are, memory, other models."""

from __future__ import annotations

from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, number_answer, outcome_answer
from llm_core.lessons.answers.saying import one_decimal, whole
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.kinds import Argument, Asked, answers
from llm_core.numbers import in_bytes, in_parameters, percent, times
from llm_core.scale.fitting import cards_needed
from llm_core.scale.published_file import card, published_models
from llm_core.scale.sizes import matrix_bytes, weight_bytes

PARTS = ("embedding", "attention", "feed_forward")
PART = Argument("feed_forward", words=PARTS)
BITS = Argument(16, number=True)
TOKENS = Argument(100_000, number=True)
FACTOR = Argument(2, number=True)
MODEL = Argument("GPT-3 175B", free=True)


@answers(facts=("right", "value"), outcomes=PARTS)
def largest_part(evidence: Evidence, asked: Asked) -> Answer:
    """Which part has most of the parameters: token tables, attention (cross-attention as well), or feed-forward."""
    sizes, total = parts_of(evidence), evidence.known_parameters().total
    first, second = sorted(sizes, key=lambda name: -sizes[name])[:2]
    if percent(sizes[first] / total) == percent(sizes[second] / total):
        raise NotAskableError(
            f"Two parts share the first place with {percent(sizes[first] / total)} of the parameters."
        )
    told = ", ".join(f"{asked.labels[name].lower()} {percent(sizes[name] / total)}" for name in PARTS)
    return outcome_answer(
        first,
        asked.labels,
        because=f"Of {in_parameters(total)} parameters: {told}.",
        facts={"right": asked.labels[first], "value": percent(sizes[first] / total)},
    )


@answers(arguments={"part": PART}, facts=("part", "count"))
def part_share(evidence: Evidence, asked: Asked) -> Answer:
    """Which share of the parameters a part has."""
    sizes, total = parts_of(evidence), evidence.known_parameters().total
    part = asked.arguments["part"]
    own = sizes[part] / total
    named = {"embedding": "token tables", "attention": "attention", "feed_forward": "feed-forward networks"}
    others = [
        (sizes[name] / total, f"{percent(sizes[name] / total)} is the share of the {named[name]}.")
        for name in PARTS
        if name != part and abs(sizes[name] / total - own) > 0.03
    ]
    others += [
        (guess, f"{percent(guess)} is too {'much' if guess > own else 'little'}.")
        for guess in (0.05, 0.9)
        if abs(guess - own) > 0.1
    ]
    return number_answer(
        own,
        others,
        percent,
        because=f"{in_parameters(sizes[part])} of {in_parameters(total)} are {percent(own)}.",
        facts={"part": named[part], "count": in_parameters(sizes[part])},
    )


@answers(facts=("inner", "outer"))
def inner_width(evidence: Evidence, asked: Asked) -> Answer:
    """How many times as wide the inside of the feed-forward network is as the residual stream."""
    geometry = evidence.known_geometry()
    if geometry.d_feed_forward is None:
        raise NotAskableError("The inner width of this model's feed-forward network is not known.")
    inner, outer = geometry.d_feed_forward, geometry.d_model
    return number_answer(
        inner / outer,
        [(guess, f"{one_decimal(guess)} times {outer:,} would be {guess * outer:,.0f}.") for guess in (1, 2, 10, 4, 3)],
        lambda ratio: f"{one_decimal(ratio)} times",
        because=f"{inner:,} numbers inside over {outer:,} outside are {one_decimal(inner / outer)}.",
        facts={"inner": f"{inner:,}", "outer": f"{outer:,}"},
    )


@answers(facts=("d_of_head", "ratio"))
def head_width(evidence: Evidence, asked: Asked) -> Answer:
    """How many numbers one head's queries and keys have."""
    geometry = evidence.known_geometry()
    if geometry.d_head is None:
        raise NotAskableError("This model does not tell how wide its heads are.")
    heads = max(geometry.heads.values())
    return number_answer(
        geometry.d_head,
        [
            (geometry.d_model, f"{geometry.d_model:,} is the width of the whole stream, which the heads divide."),
            (heads, f"{heads} is the number of heads."),
            (geometry.d_head // 4, f"{geometry.d_head // 4} is a quarter of it."),
            (geometry.d_head * 2, f"{geometry.d_head * 2} is twice too wide."),
        ],
        whole,
        because=f"Each row of the picture has {geometry.d_head} numbers.",
        facts={"d_of_head": str(geometry.d_head), "ratio": one_decimal(geometry.d_model / geometry.d_head)},
    )


@answers(arguments={"model": MODEL}, facts=("other", "its", "own"))
def times_as_many(evidence: Evidence, asked: Asked) -> Answer:
    """How many times as many parameters a published model has."""
    own, other = evidence.known_parameters().total, asked.arguments["model"]
    count = _published_parameters(other)
    ratio = count / own
    if ratio <= 1:
        raise NotAskableError(f"{evidence.trace.model_name} is as large as {other}: choose a smaller model.")
    return number_answer(
        ratio,
        [
            (guess, f"{times(guess)} {in_parameters(own)} would be {in_parameters(guess * own)}.")
            for guess in (ratio / 10, ratio / 100, ratio * 10)
            if guess > 1
        ],
        times,
        because=f"{in_parameters(count)} over {in_parameters(own)} are {times(ratio)}.",
        facts={"other": other, "its": in_parameters(count), "own": in_parameters(own)},
    )


@answers(arguments={"bits": BITS, "model": MODEL}, facts=("bits", "other", "its", "card", "since", "holds", "fits"))
def weight_memory(evidence: Evidence, asked: Asked) -> Answer:
    """How much memory the weights take at some bits a number, and whether a published model's fit on a named card."""
    count, bits = evidence.known_parameters().total, max(1, asked.arguments["bits"])
    right = weight_bytes(count, bits)
    other = asked.arguments["model"]
    its, one = weight_bytes(_published_parameters(other), bits), card()
    cards = cards_needed(its, one)
    return number_answer(
        right,
        [
            (weight_bytes(count, 8 * bits), "That takes a byte for a bit: eight bits are one byte."),
            (right // 10, "That is a tenth of it."),
            (count / 1000, f"That would be a byte for each thousand of the {in_parameters(count)} parameters."),
        ],
        in_bytes,
        because=f"{in_parameters(count)} parameters times {bits / 8:g} bytes are {in_bytes(right)}.",
        facts={
            "bits": str(bits),
            "other": other,
            "its": in_bytes(its),
            "card": one.name,
            "since": f"{one.memory.source.date:%B %Y}",
            "holds": in_bytes(one.memory.value),
            "fits": "the weights fit on one" if cards == 1 else f"the weights alone need {cards:,} of them",
        },
    )


@answers(arguments={"factor": FACTOR}, facts=("factor", "now", "then"))
def longer_text(evidence: Evidence, asked: Asked) -> Answer:
    """How many times as many weights one attention matrix has for a text some times as long."""
    factor, tokens = asked.arguments["factor"], len(evidence.trace.tokens)
    if factor < 2:
        raise NotAskableError("A text that is not longer has no more weights.")
    now, then = tokens * tokens, (factor * tokens) ** 2
    return number_answer(
        factor * factor,
        [
            (factor, f"{factor} times as many rows, and each of them is {factor} times as long as well."),
            (2 * factor, "Rows and columns are multiplied, not added."),
            (1, "Every token has a row, so the matrix grows with the text."),
            (factor**3, "It has two sides, not three."),
        ],
        lambda number: "as many as now" if number == 1 else f"{number:,.0f} times as many",
        because=f"{tokens:,} tokens have {now:,} pairs, {factor * tokens:,} tokens have {then:,}.",
        facts={"factor": str(factor), "now": f"{now:,}", "then": f"{then:,}"},
    )


@answers(arguments={"tokens": TOKENS, "bits": BITS}, facts=("length", "bits"))
def matrix_memory(evidence: Evidence, asked: Asked) -> Answer:
    """How much memory one head's attention matrix takes for a number of tokens."""
    tokens, bits = max(2, asked.arguments["tokens"]), max(1, asked.arguments["bits"])
    right = matrix_bytes(tokens, bits)
    return number_answer(
        right,
        [
            (tokens * bits / 8, f"That is one row: a weight for each of {tokens:,} tokens."),
            (right / 100, "That is a hundredth of it."),
            (right * 100, "That is a hundred times too much."),
        ],
        in_bytes,
        because=f"{tokens:,} times {tokens:,} weights of {bits / 8:g} bytes are {in_bytes(right)}.",
        facts={"length": f"{tokens:,}", "bits": str(bits)},
    )


def _published_parameters(name: str) -> int:
    """How many parameters a published model has."""
    published = next((model for model in published_models() if model.name == name), None)
    count = published.value("parameters") if published else None
    if count is None:
        raise NotAskableError(f"How many parameters {name} has is not published in the app's file of figures.")
    return count


def parts_of(evidence: Evidence) -> dict[str, int]:
    """Parameters of the token tables, of all attention, and of the feed-forward networks."""
    blocks = evidence.known_parameters()
    return {
        "embedding": blocks.embedding,
        "attention": blocks.attention + blocks.cross_attention,
        "feed_forward": blocks.feed_forward,
    }
