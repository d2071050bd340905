"""Positions: how the model tells the first token from the fifth."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.embeddings.position_records import DistanceBias, PositionCode, PositionTable, RotaryAngles, sinusoids
from llm_core.figures.position_view import (
    agreement_figure,
    bias_figure,
    clocks_figure,
    similarity_figure,
    table_figure,
)
from llm_core.numbers import percent
from llm_core.progress import ProgressCallback
from pages.shared.embeddings.frame import Room, kept, model_of
from pages.shared.literal import literal

MOST_HEADS = 12
ROWS_IN_TABLE = 64
SINUSOIDS = "sinusoids, for comparison"


def draw(room: Room) -> None:
    """The picture of what the model knows of positions."""
    codes = _codes(room)
    names = [_name(code, codes) for code in codes] + [SINUSOIDS]
    with room.controls:
        chosen = st.selectbox("Positions of", names, key=f"positions_{len(names)}_{names[0]}")
    place = names.index(chosen) if chosen in names else 0
    if not codes:
        with room.picture:
            st.info(
                "No position table, rotary angles or distance bias was found in this model; it may know order from the "
                "way it reads. Sinusoids are drawn for comparison.",
                icon=":material/info:",
            )
    code = codes[place] if place < len(codes) else PositionTable(room.stack, sinusoids(128, 256), learned=False)
    if isinstance(code, RotaryAngles):
        _rotary(room, code)
    elif isinstance(code, DistanceBias):
        _bias(room, code)
    else:
        _table_of(room, code, comparison=place >= len(codes))


def _codes(room: Room) -> tuple[PositionCode, ...]:
    def make(progress: ProgressCallback) -> tuple[PositionCode, ...]:
        from llm_core.embeddings.positions import position_codes

        return position_codes(model_of(room.model_name, progress))

    return kept(("positions", llm_core.find_model(room.model_name)), make, room.status.progress)


def _name(code: PositionCode, codes: tuple[PositionCode, ...]) -> str:
    several = len({one.stack for one in codes}) > 1
    where = f", {code.stack}" if several else ""
    if isinstance(code, RotaryAngles):
        return f"rotary angles{where}" + (f", {code.layers} layers" if code.layers else "")
    if isinstance(code, DistanceBias):
        layer = "" if code.layer is None else f", layer {code.layer}"
        return ("bias by distance" if code.learned else "penalty by distance (ALiBi)") + where + layer
    return ("learned table" if code.learned else "sinusoids") + where


def _table_of(room: Room, code: PositionTable, *, comparison: bool) -> None:
    count, width = code.vectors.shape
    what = "learned vectors" if code.learned else "sinusoids"
    similar = code.similarities(128)
    numbers = table_figure(code.vectors, "The vectors themselves", theme=room.theme)
    alike = similarity_figure(code, "Cosine of each position with each", theme=room.theme)
    with room.picture:
        left, right = st.columns(2, gap="small")
        with left:
            room.plot(numbers, "position-table", f"The numbers of the first positions' {what}.")
        with right:
            room.plot(alike, "position-similarity", "How alike the positions' vectors are.")
        st.caption(f"The first {min(count, 128)} of {count:,} positions; {width:,} numbers each.")
    middle = len(similar) // 2
    beside = float(similar[middle, middle + 1]) if middle + 1 < len(similar) else 1.0
    far = float(similar[middle, 0])
    who = (
        "The sinusoids of 2017, for comparison" if comparison else f"{literal(room.model_name)} adds {what} of its own"
    )
    if not code.learned and not comparison:
        who = f"{literal(room.model_name)} adds fixed sinusoids"
    room.say(
        f"{who}: position {middle} is like {middle + 1} ({beside:.2f}) and less like the first ({far:.2f})"
        if beside > far
        else f"{who}: one vector for each of {count:,} positions"
    )
    room.close(
        "position-table",
        alike,
        "A Transformer's attention by itself does not know order: the same tokens in another order would get the same "
        "vectors. So a vector for the position is **added** to the token's vector before the first layer. "
        + (
            "Here these vectors were learned, one for each position, and a text cannot be longer than the table. "
            if code.learned
            else "Here they are fixed: sines and cosines of frequencies from fast to slow (Vaswani et al. 2017), so "
            "that every position has a pattern of its own, and a shift is the same turn everywhere. "
        )
        + "On the left, each row is one position's vector, blue above zero and orange below. On the right, the band "
        "along the diagonal says that near positions have like vectors.",
        _numbers_of_table(code),
    )


def _numbers_of_table(code: PositionTable) -> dict[str, list[Any]]:
    similar = code.similarities(ROWS_IN_TABLE)
    rows = range(len(similar))
    return {
        "position": list(rows),
        "length": [round(float(np.linalg.norm(code.vectors[row])), 4) for row in rows],
        "cosine with position 0": [round(float(similar[row, 0]), 4) for row in rows],
        "cosine with the next": [
            round(float(similar[row, row + 1]), 4) if row + 1 < len(similar) else None for row in rows
        ],
    }


def _rotary(room: Room, code: RotaryAngles) -> None:
    with room.controls:
        query = st.slider("Query at position", 0, 256, 12, key="query_at", bind="query-params")
        key = st.slider("Key at position", 0, 256, 9, key="key_at", bind="query-params")
    distance = query - key
    hands = clocks_figure(code, query, key, theme=room.theme)
    curve = agreement_figure(code, distance, theme=room.theme)
    with room.picture:
        room.plot(
            hands, "position-clocks", "Pairs of numbers as clocks, with a hand for the query and one for the key."
        )
        room.plot(curve, "position-agreement", "What equal vectors keep of their dot product at each distance.")
    agreement = float(code.agreement([abs(distance)])[0])
    slowest = float(code.turns_after[-1])
    room.say(
        f"{abs(distance)} tokens apart, equal vectors keep {percent(agreement, 0)} of their product: pair 0 turns once "
        f"in {float(code.turns_after[0]):.1f} tokens, the slowest in {slowest:,.0f}"
    )
    room.close(
        "rotary-angles",
        hands,
        "Nothing is added to the token's vector. Instead the numbers of each query and key are taken in pairs, "
        "and each "
        "pair is **turned like the hand of a clock**, by an angle that grows with the position (Su et al. 2021). "
        f"<b style='color:{room.theme.query}'>Query</b> and <b style='color:{room.theme.key}'>key</b> turn at the same "
        "speed, so the angle between their hands depends on the distance alone: move both sliders by the same "
        "amount and "
        "see it stay. Fast pairs tell neighbours apart, slow pairs hardly move over a whole text.\n\n"
        "The curve below is the mean cosine over all pairs: how much of the dot product of two equal vectors "
        "is left at a "
        "distance.",
        {
            "pair": list(range(len(code.frequencies))),
            "radians a position": [float(value) for value in code.frequencies],
            "tokens for a full turn": [round(float(value), 2) for value in code.turns_after],
        },
    )


def _bias(room: Room, code: DistanceBias) -> None:
    count = len(code.bias)
    with room.controls:
        heads = st.pills(
            "Heads",
            list(range(count)),
            selection_mode="multi",
            default=list(range(min(count, MOST_HEADS))),
            key=f"bias_heads_{count}",
            wrap=True,
        )
    chosen = sorted(heads or [0])[:MOST_HEADS]
    if len(heads or []) > MOST_HEADS:
        with room.controls:
            st.caption(f"The first {MOST_HEADS} of {len(heads)} chosen heads are drawn, one colour each.")
    figure = bias_figure(code, chosen, theme=room.theme)
    with room.picture:
        room.plot(figure, "position-bias", "The bias by distance, one curve for each head.")
    room.say(_bias_sentence(code, chosen))
    text = (
        "T5 adds nothing to the tokens' vectors. Each head has a learned number for each distance from query "
        "to key, and "
        "**adds it to the score** before the softmax (Raffel et al. 2020). Far distances share a number, so "
        "the curves are "
        "stairs that get wider. A curve with a peak at 0 looks at the token itself and its neighbours; one "
        "that falls to "
        "one side looks ahead or back; a flat one looks by content alone."
        if code.learned
        else "ALiBi adds nothing to the tokens' vectors: it takes away from the score a penalty that grows with the "
        "distance, with a fixed slope for each head (Press et al. 2022). Steep heads look near, flat heads far."
    )
    columns: dict[str, list[Any]] = {"distance": code.distances.tolist()}
    for head in range(count):
        columns[f"head {head}"] = [round(float(value), 4) for value in code.bias[head]]
    room.close("position-bias", figure, text, columns)


def _bias_sentence(code: DistanceBias, heads: list[int]) -> str:
    peaks = {head: int(code.distances[int(code.bias[head].argmax())]) for head in heads}
    spread = {head: float(np.ptp(code.bias[head])) for head in heads}
    sharpest = max(heads, key=lambda head: spread[head])
    where = peaks[sharpest]
    words = (
        "at the token itself"
        if not where
        else f"{abs(where)} token{'s' if abs(where) > 1 else ''} {'ahead' if where > 0 else 'back'}"
    )
    return (
        f"Head {sharpest} of the {code.stack} cares most about distance: its bias is highest {words}, "
        f"{spread[sharpest]:.1f} above its lowest"
    )
