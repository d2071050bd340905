"""Questions about all heads of a model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from llm_core.errors import NotAskableError
from llm_core.heads.roles import ROLES
from llm_core.heads.scores import HeadScores, head_scores
from llm_core.lessons.answer import MOST_OPTIONS, Answer, number_answer, ranked_answer
from llm_core.lessons.answers.saying import two_decimals, whole
from llm_core.lessons.evidence import Evidence, stack_of
from llm_core.lessons.kinds import Argument, Asked, answers
from llm_core.lessons.pictures import STACK
from llm_core.numbers import counted, percent
from llm_core.shapes import Stack

ROLE = Argument("previous token", words=tuple(name for name, role in ROLES.items() if "encoder" in role.stacks))
MOST_QUERIES = 128
"""Long texts are measured on so many of their tokens, spread evenly."""


@answers(facts=("layers_of_all", "each"))
def head_count(evidence: Evidence, asked: Asked) -> Answer:
    """How many heads the model has in all its layers."""
    trace = evidence.trace
    counts = [trace.heads(stack, layer) for stack in trace.stacks for layer in trace.layers(stack)]
    layers, each, total = len(counts), max(counts), sum(counts)
    of_each = f"{each} heads each" if min(counts) == each else f"{min(counts)} to {each} heads"
    return number_answer(
        total,
        [
            (each, f"{each} are the heads of one layer."),
            (layers, f"{layers} are the layers."),
            (layers + each, f"{layers} layers and {each} heads are multiplied, not added."),
            (2 * total, f"{2 * total} is twice as many."),
        ],
        whole,
        because=f"{layers} layers of attention with {of_each} are {total} heads.",
        facts={"layers_of_all": str(layers), "each": str(each)},
    )


@answers(arguments={"stack": STACK, "role": ROLE}, facts=("role", "right", "value", "queries", "random", "how_clearly"))
def head_with_role(evidence: Evidence, asked: Asked) -> Answer:
    """Which head fits a role best on this text."""
    stack = stack_of(evidence.trace, asked.arguments["stack"])
    scores, role = _scores(evidence, stack), asked.arguments["role"]
    if role in scores.withheld:
        few = counted(scores.withheld[role], "token tells", "tokens tell")
        raise NotAskableError(f"Only {few} of the role “{role}” here: choose a text with {scores.fewest} or more.")
    if role not in scores.roles or np.isnan(scores.roles[role]).all():
        raise NotAskableError(f"This text gives no head anything to do in the role “{role}”.")
    if np.isnan(scores.random[role]).all():
        raise NotAskableError("What heads of a random network do is not known for this model, so no role is told.")
    labels, values = _by_head(scores, scores.roles[role])
    meaning = ROLES[role].meaning
    queries, random = int(scores.queries[role].max()), percent(float(np.nanmean(scores.random[role])))
    answer = ranked_answer(
        labels,
        values,
        percent,
        sentence=lambda label, value: (
            f"In {label} each token {meaning} with {value} of its attention, on average over "
            f"{counted(queries, 'token', 'tokens')}; heads of a random network do with {random}."
        ),
        what="heads",
        rivals=_spread(values),
    )
    best = int(np.argmax(values))
    facts = {
        "role": role,
        "right": labels[best],
        "value": percent(values[best]),
        "queries": f"{queries:,}",
        "random": random,
        "how_clearly": how_clearly(values[best]),
    }
    return Answer(answer.options, facts, _guided(evidence, stack, labels, values, percent))


def how_clearly(share: float) -> str:
    """What a head's share of attention in a role says, in a sentence."""
    if share >= 0.5:
        return "That is most of its attention, so its square in the grid shows the role as a clear line."
    if share >= 0.2:
        return "That is less than half of its attention, so its square shows the role beside other things."
    return "That is little: no head of this model has this role on this text, and the right answer is only the nearest."


@answers(arguments={"stack": STACK}, facts=("right", "value"))
def broadest_head(evidence: Evidence, asked: Asked) -> Answer:
    """Which head looks at the most tokens at once: the one with the highest mean entropy."""
    stack = stack_of(evidence.trace, asked.arguments["stack"])
    scores = _scores(evidence, stack)
    labels, entropies = _by_head(scores, scores.entropy)
    if not entropies or max(entropies) < 0.05:
        raise NotAskableError("With so short a text every head looks at one token: choose a longer one.")
    values = [2**entropy for entropy in entropies]
    answer = ranked_answer(
        labels,
        values,
        lambda value: f"{two_decimals(value)} tokens",
        sentence=lambda label, value: f"{label.capitalize()} spreads its attention as over {value}.",
        what="heads",
        rivals=_spread(values),
    )
    best = int(np.argmax(values))
    note = _guided(evidence, stack, labels, values, lambda value: f"{two_decimals(value)} tokens")
    return Answer(answer.options, {"right": labels[best], "value": two_decimals(values[best])}, note)


@answers(arguments={"stack": STACK}, facts=("each", "shared"))
def key_value_heads(evidence: Evidence, asked: Asked) -> Answer:
    """How many heads of a layer have keys and values of their own."""
    trace = evidence.trace
    stack = stack_of(trace, asked.arguments["stack"])
    layer = trace.layers(stack)[0]
    heads, own = trace.heads(stack, layer), trace.key_value_heads(stack, layer)
    others = [(heads, f"{heads} are the heads that ask.")]
    others += [
        (number, f"With {number}, {heads // number} heads would share each.")
        for number in (1, 2, 3, 4, 6, 8)
        if heads % number == 0
    ]
    together = f", {heads // own} heads sharing each" if own < heads else ", none shares"
    return number_answer(
        own,
        others,
        whole,
        because=f"{heads} heads have {own} sets of keys and values{together}.",
        facts={"each": str(heads), "shared": str(own)},
    )


def _scores(evidence: Evidence, stack: Stack) -> HeadScores:
    count = len(evidence.trace.query_tokens(stack))
    rows = None if count <= MOST_QUERIES else np.unique(np.linspace(0, count - 1, MOST_QUERIES).astype(int))
    if count < 2:
        raise NotAskableError("With one token there is nothing to compare heads on: choose a longer text.")
    return head_scores(evidence.trace, stack, queries=rows)


def _by_head(scores: HeadScores, table: np.ndarray) -> tuple[list[str], list[float]]:
    """A label and a value for each head that has one, layer by layer."""
    found = [
        (f"layer {layer}, head {head}", float(table[row, head]))
        for row, layer in enumerate(scores.layers)
        for head in range(table.shape[1])
        if not np.isnan(table[row, head])
    ]
    return [label for label, _ in found], [value for _, value in found]


def _guided(
    evidence: Evidence, stack: Stack, labels: list[str], values: list[float], say: Callable[[float], str]
) -> str:
    """If training guided the best of all heads, that it did, and which is the best of the others."""
    guided = {f"layer {one.layer}, head {one.head}": one for one in evidence.trace.guided_heads if one.stack == stack}
    best = int(np.argmax(values))
    if labels[best] not in guided:
        return ""
    one = guided[labels[best]]
    others = [place for place, label in enumerate(labels) if label not in guided]
    said = f"{one.by[:1].upper()}{one.by[1:]} guided {labels[best]} to {one.taught}."
    if not others:
        return said
    next_best = max(others, key=lambda place: values[place])
    return f"{said} Of the heads that no one guided, {labels[next_best]} comes first with {say(values[next_best])}."


def _spread(values: list[float]) -> list[int]:
    """Wrong heads that can be told from the right one: spread evenly over the lower half of the ranking."""
    order = list(np.argsort(values, kind="stable"))
    lower = order[: max(1, len(order) // 2)]
    picked = np.linspace(0, len(lower) - 1, min(MOST_OPTIONS - 1, len(lower))).astype(int)
    return [int(lower[place]) for place in picked if lower[place] != order[-1]]
