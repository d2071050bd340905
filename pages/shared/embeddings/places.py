"""Positions: how the model tells the first token from the fifth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from llm_core.embeddings.likeness import TIED
from llm_core.embeddings.position_records import DistanceBias, PositionCode, PositionTable, RotaryAngles, sinusoids
from llm_core.figures.position_view import (
    MOST_POSITIONS,
    agreement_figure,
    bias_figure,
    clocks_figure,
    similarity_figure,
    table_figure,
)
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal, percent
from pages.shared.asking import task
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal, unbroken

MOST_HEADS = 12
ROWS_IN_TABLE = 64
SINUSOIDS = "sinusoids, for comparison"
BANDED = 0.1
"""Positions side by side are more alike than others if their mean cosine is higher by this."""


def draw(room: Room) -> None:
    """The picture of what the model knows of positions."""
    codes: tuple[PositionCode, ...] = room.ask(task("embeddings.positions:position_codes", room.model))
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
    numbers = table_figure(code.vectors, "The vectors themselves", theme=room.theme)
    alike = similarity_figure(code, "Cosine of each position with each", theme=room.theme)
    with room.picture:
        left, right = st.columns(2, gap="small")
        with left:
            room.plot(numbers, "position-table", f"The numbers of the first positions' {what}.")
        with right:
            room.plot(alike, "position-similarity", "How alike the positions' vectors are.")
        st.caption(f"The first {min(count, MOST_POSITIONS)} of {counted(count, 'position')}; {width:,} numbers each.")
    room.say(table_sentence(code, literal(room.model_name), comparison=comparison))
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
        + "On the left, each row is one position's vector, blue above zero and orange below. On the right stands how "
        "alike "
        "any two positions' vectors are"
        + (
            ": the band along the diagonal says that near positions have like vectors."
            if _is_banded(code)
            else ". Where positions side by side were more alike than others, there would be a band along the diagonal."
        ),
        _numbers_of_table(code),
    )


def _is_banded(code: PositionTable) -> bool:
    near = code.nearness(MOST_POSITIONS)
    return near is not None and near[0] - near[1] >= BANDED


def table_sentence(code: PositionTable, name: str, *, comparison: bool = False) -> str:
    """The headline: what is added, and whether positions side by side are more alike than others.

    Args:
        code: The table.
        name: The model's name, safe in Markdown.
        comparison: True for sinusoids that no model adds.
    """
    kind = "learned vectors of its own" if code.learned else "fixed sinusoids"
    who = "The sinusoids of 2017, for comparison" if comparison else f"{name} adds {kind}"
    shown = min(len(code.vectors), MOST_POSITIONS)
    near = code.nearness(MOST_POSITIONS)
    if near is None:
        return f"{who}: one vector for each of {counted(len(code.vectors), 'position')}"
    which = f"of the first {shown} positions" if shown < len(code.vectors) else f"of its {shown} positions"
    more = "are more alike than others" if _is_banded(code) else "are hardly more alike than others"
    return (
        f"{who}: {which}, those side by side {more} (mean cosine {decimal(near[0], 2)} against {decimal(near[1], 2)})"
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
    room.say(unbroken(rotary_sentence(code, abs(distance))))
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
        "The curve below is the mean cosine over all pairs: how much of the dot product of two vectors is left at a "
        "distance "
        "if they are equal and no pair is longer than another. Numbers that a model does not turn keep all of theirs.",
        {
            "pair": list(range(len(code.frequencies))),
            "radians a position": [float(value) for value in code.frequencies],
            "tokens for a full turn": [round(float(value), 2) for value in code.turns_after],
        },
    )


def rotary_sentence(code: RotaryAngles, distance: int) -> str:
    """The headline: what two equal vectors keep of their product at a distance, and how fast pairs turn."""
    keep = float(code.agreement([distance])[0])
    apart = "At one position" if not distance else f"{counted(distance, 'token')} apart"
    turns = [
        "does not turn" if not np.isfinite(turn) else f"turns once in {_tokens(float(turn))}"
        for turn in (code.turns_after[0], code.turns_after[-1])
    ]
    return (
        f"{apart}, a query and a key with the same numbers in every pair keep {percent(keep)} of the product of what "
        f"is "
        f"turned, pairs counted alike: the fastest pair {turns[0]}, the slowest {turns[1]}"
    )


def _tokens(turn: float) -> str:
    return f"{decimal(turn, 1 if turn < 100 else 0)} tokens"


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
    room.say(bias_sentence(code, chosen))
    text = (
        "Nothing is added to the tokens' vectors for this. Each head has a learned number for each distance from query "
        "to key, and "
        "**adds it to the score** before the softmax (Raffel et al. 2020). Far distances share a number, so "
        "the curves are "
        "stairs that get wider. A curve with a peak at 0 favours the token itself and its neighbours; one that falls "
        "to "
        "one side favours what lies ahead or back; a flat one leaves it to the content alone."
        if code.learned
        else "ALiBi adds nothing to the tokens' vectors: it takes away from the score a penalty that grows with the "
        "distance, with a fixed slope for each head (Press et al. 2022). Steep heads look near, flat heads far."
    )
    columns: dict[str, list[Any]] = {"distance": code.distances.tolist()}
    for head in range(count):
        columns[f"head {head}"] = [round(float(value), 4) for value in code.bias[head]]
    room.close("position-bias", figure, text, columns)


def bias_sentence(code: DistanceBias, heads: Sequence[int]) -> str:
    """The headline: whose bias differs most by distance, where it is highest, and by how much.

    Args:
        code: The biases.
        heads: Those drawn.
    """
    spreads = {head: code.spread(head) for head in heads}
    widest = max(spreads.values())
    if widest <= TIED:
        return f"The bias is the same at every distance in the {counted(len(heads), 'head')} drawn"
    tied = [head for head in heads if spreads[head] >= widest - TIED * widest]
    among = "" if len(heads) == len(code.bias) else f"Of {counted(len(heads), 'head')} drawn, "
    whose = f"head {tied[0]}" if len(tied) == 1 else f"heads {listed([str(head) for head in tied])}"
    verb = ("cares", "its") if len(tied) == 1 else ("care", "each one's")
    where, reach = _distances(code, tied[0]), int(np.abs(code.distances).max())
    said = f"{among}{whose} of the {code.stack} {verb[0]} most about distance: {verb[1]} bias is highest {where}"
    return f"{said[0].upper()}{said[1:]}, {decimal(widest, 1)} above its lowest within {reach} tokens"


def _distances(code: DistanceBias, head: int) -> str:
    """Where a head's bias is highest, in words; distances that share a number are one place."""
    peaks = code.peaks(head)
    low, high = int(peaks.min()), int(peaks.max())
    if low == high:
        return "at the token itself" if not low else f"{counted(abs(low), 'token')} {'ahead' if low > 0 else 'back'}"
    if len(peaks) != high - low + 1:
        return f"at {counted(len(peaks), 'distance')}"
    side = "ahead" if low > 0 else "back"
    if low <= 0 <= high:
        return f"from {counted(-low, 'token')} back to {counted(high, 'token')} ahead"
    near, far = sorted((abs(low), abs(high)))
    last = int(code.distances.max()) if low > 0 else -int(code.distances.min())
    return f"{near} tokens {side} or more" if far == last else f"{near} to {far} tokens {side}"
