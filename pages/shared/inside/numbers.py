"""Which numbers of a worked head a page shows: the keys that fit a list, the steps there are, and their tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from llm_core.inside.worked_head import Path, WorkedHead
from llm_core.numbers import four_digits
from pages.shared.components.inside_head import Step
from pages.shared.strict_json import strict_json

MOST_KEYS = 24
"""Texts of more tokens show only the strongest keys and the chosen one."""

STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, eq=False)
class ShownKeys:
    """The keys a list has room for.

    Attributes:
        positions: Of those shown, in the order of the text.
        chosen: Position of the one that is looked into.
        left_out: How many more the query may look at.
        weight_left_out: Their share of the attention, from 0 to 1.
        closed: How many the query may not look at and that are not shown.
    """

    positions: np.ndarray
    chosen: int
    left_out: int
    weight_left_out: float
    closed: int


def shown_keys(work: WorkedHead, chosen: int | None = None) -> ShownKeys:
    """The keys to list: all of a short text, the strongest and the chosen one of a long text."""
    weights, visible = work.weights, work.scores.visible
    strongest = int(np.argmax(np.where(visible, weights, -1.0)))
    key = strongest if chosen is None or not 0 <= chosen < len(weights) else chosen
    if len(weights) <= MOST_KEYS:
        positions = np.arange(len(weights))
    else:
        order = np.argsort(np.where(visible, -weights, 1.0), kind="stable")[:MOST_KEYS]
        positions = np.union1d(order[visible[order]], [key])
    rest = np.setdiff1d(np.arange(len(weights)), positions)
    return ShownKeys(
        positions=positions,
        chosen=key,
        left_out=int(visible[rest].sum()),
        weight_left_out=float(weights[rest].sum()),
        closed=int((~visible[rest]).sum()),
    )


def steps_of(work: WorkedHead) -> tuple[Step, ...]:
    """The steps this head goes through, of :data:`STEPS`."""
    normed = work.query.normed is not None or work.keys.normed is not None
    return tuple(step for step in STEPS if step != "norm" or normed)


def key_table(work: WorkedHead) -> dict[str, list[Any]]:
    """One row for each key, from dot product to weight, as columns."""
    scores, tokens = work.scores, work.layer.key_tokens
    columns: dict[str, list[Any]] = {
        "position": list(range(len(tokens))),
        "key": [token.label for token in tokens],
        "query · key": _four(scores.dots),
        "scaled": _four(scores.scaled),
    }
    if scores.capped is not None:
        columns["capped"] = _four(scores.capped)
    if scores.bias is not None:
        columns["bias"] = _four(scores.bias)
    closed = ~scores.visible
    columns["score"] = [
        "cannot look" if shut else said for shut, said in zip(closed, _four(scores.masked), strict=True)
    ]
    columns["exp(score − largest)"] = _four(scores.exponentials)
    columns["weight"] = _four(scores.weights)
    return columns


def vector_table(work: WorkedHead, key: int) -> dict[str, list[Any]]:
    """One row for each number of the head's vectors, as columns."""
    vectors = {
        "query projected": work.query.projected,
        "query": work.query.result,
        "key projected": None if work.keys.projected is None else work.keys.projected[key],
        "key": work.keys.result[key],
        "product": work.products(key),
        "value": work.values.result[key],
        "weight × value": work.weights[key] * work.values.result[key],
        "output": work.output,
    }
    length = max(len(vector) for vector in vectors.values() if vector is not None)
    filled = {name: vector for name, vector in vectors.items() if vector is not None}
    return {"number": list(range(length))} | {
        name: _four(vector) + [""] * (length - len(vector)) for name, vector in filled.items()
    }


def as_csv(work: WorkedHead) -> str:
    """Every number on a line of its own: what it is, of which key, which place in the vector."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["what", "key", "key_token", "index", "number"])
    tokens = work.layer.key_tokens
    for name, array, by_key in _numbers(work):
        for place, number in np.ndenumerate(array):
            key = place[0] if by_key else ""
            index = place[-1] if array.ndim > by_key else ""
            token = tokens[place[0]].label if by_key else ""
            writer.writerow([name, key, token, index, f"{number:.9g}"])
    return out.getvalue()


def as_json(work: WorkedHead) -> str:
    """Every number by name, and what it belongs to."""
    layer = work.layer
    return strict_json(
        {
            "model": layer.model_name,
            "stack": layer.stack,
            "layer": layer.layer,
            "head": work.head,
            "key_value_head": work.key_value_head,
            "query": work.query_position,
            "query_token": layer.query_tokens[work.query_position].label,
            "keys": [token.label for token in layer.key_tokens],
            "visible": work.scores.visible.tolist(),
            "scaling": work.scaling,
            "softcap": work.softcap,
            "sink": work.scores.sink,
            "largest_differences": dict(work.differences.items()),
            "numbers": {name: _rounded(array) for name, array, _ in _numbers(work)},
        },
    )


def _numbers(work: WorkedHead) -> Iterator[tuple[str, np.ndarray, bool]]:
    """Every array by name, and whether its first axis is the key."""
    scores, query = work.scores, work.query_position
    for table in work.layer.tables:
        yield f"embedding: {table.name}", table.vector, False
    if work.residual is not None:
        yield "residual stream", work.residual, False
    if work.input is not None:
        yield "input", work.input, False
    for name, path, by_key in (("query", work.query, False), ("key", work.keys, True), ("value", work.values, True)):
        yield from ((f"{name} {stage}", array, by_key) for stage, array in _stages(path))
    if work.rotation is not None:
        yield "angle of the query", work.rotation.angles[query], False
        yield "angle of the key", work.rotation.angles, True
    yield "query · key", scores.dots, True
    yield "scaled", scores.scaled, True
    for name, optional in (("capped", scores.capped), ("bias", scores.bias)):
        if optional is not None:
            yield name, optional, True
    yield "score", np.where(scores.visible, scores.masked, -np.inf), True
    yield "exponential", scores.exponentials, True
    yield "weight", scores.weights, True
    yield "head output", work.output, False
    if work.contribution is not None:
        yield "contribution", work.contribution, False
    if work.contribution_norms is not None:
        yield "length of each head's contribution", work.contribution_norms, False
    if work.attention_output is not None:
        yield "attention output", work.attention_output, False


def _stages(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    for name, array in (("projected", path.projected), ("normed", path.normed), ("result", path.result)):
        if array is not None:
            yield name, array


def _rounded(array: np.ndarray) -> Any:
    """Nested lists of nine digits; what JSON has no number for is None."""
    if array.ndim > 1:
        return [_rounded(row) for row in array]
    return [float(f"{number:.9g}") if np.isfinite(number) else None for number in array]


def _four(numbers: np.ndarray) -> list[str]:
    return [four_digits(float(number)) for number in numbers]
