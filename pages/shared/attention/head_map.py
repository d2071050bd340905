"""The grid of all heads on the Attention page: what it is sent, and what a click in it does."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st

import llm_core
from llm_core.heads.roles import roles_of
from llm_core.heads.scores import HeadScores
from llm_core.progress import Progress
from llm_core.shapes import Stack
from llm_core.trace_record import Trace
from pages.shared.attention.survey import KnownInduction, Survey, cells, known_induction, survey
from pages.shared.attention.switched_off import switched_off
from pages.shared.components.follow import LATER_MS, SOON_MS
from pages.shared.components.head_grid import HeadGridArrays, HeadGridHeader, HeadMeasure, head_grid
from pages.shared.components.packing import in_half_percents, pack
from pages.shared.looking import Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine

BAR_HEIGHT = 36


def draw_grid(shown: Shown, place: Looking) -> int:
    """Every head of the stack that is looked at, with its roles; clicks open heads or switch them off.

    Gives the milliseconds after which there will be more to draw, or 0.
    """
    trace, stack = shown.trace, place.stack
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    measured = survey(trace, stack)
    if isinstance(measured, Progress):
        line.waiting(measured)
        st.caption("What the heads do on this text is being measured; you can open them already.")
        head_grid(data=grid_packet(trace, stack, None, None), key="grid")
        return SOON_MS
    picture = measured.pictures[0]
    line.say(f"Measured on {picture.rows_read:,} of {picture.rows:,} looking tokens.")
    known = _induction(shown)
    st.caption(_in_words(measured.scores, known if isinstance(known, KnownInduction) else None, stack))
    head_grid(
        data=grid_packet(trace, stack, measured, known if isinstance(known, KnownInduction) else None), key="grid"
    )
    return LATER_MS if isinstance(known, Progress) else 0


def _induction(shown: Shown) -> KnownInduction | Progress | None:
    """Which heads copy, whatever the text, once the model is there."""
    if shown.trace.method != "recorded":
        return None
    try:
        return known_induction(shown.request)
    except llm_core.LlmCoreError:
        return None


def _in_words(scores: HeadScores, known: KnownInduction | None, stack: Stack) -> str:
    """Which roles this text wakes, and which it does not."""
    clear: dict[str, int] = {}
    for layer in scores.layers:
        for head in range(scores.entropy.shape[1]):
            role = scores.best_role(layer, head)
            if role is not None and not np.isnan(scores.entropy[scores.layers.index(layer), head]):
                clear[role] = clear.get(role, 0) + 1
    found = ", ".join(f"{role} {count}" for role, count in sorted(clear.items(), key=lambda item: -item[1]))
    asleep = [role for role, woken in scores.triggered.items() if not woken]
    said = f"Heads with a clear role on this text: {found or 'none'}."
    if asleep:
        said += f" Not triggered by this text: {', '.join(asleep)}."
        inductive = known.scores.get(stack) if known is not None else None
        if "induction" in asleep and inductive is not None:
            awake = int((inductive.roles["induction"] >= 0.4).sum())
            said += f" On a repeated random sequence {awake} heads are induction heads."
    return said


def grid_packet(trace: Trace, stack: Stack, measured: Survey | None, known: KnownInduction | None) -> bytes:
    """What the grid is sent; before the heads are measured, only where they are."""
    layers = trace.layers(stack)
    heads = [trace.heads(stack, layer) for layer in layers]
    header: HeadGridHeader = {
        "stack": stack,
        "colourName": stack,
        "layers": list(layers),
        "heads": heads,
        "measures": [],
        "roles": [],
        "rowsRead": 0,
        "rows": 0,
        "off": [
            (layer, head) for (where, layer), some in switched_off(trace).items() if where == stack for head in some
        ],
        "canSwitchOff": trace.method == "recorded",
        "guided": [
            {"layer": one.layer, "head": one.head, "taught": one.taught}
            for one in trace.guided_heads
            if one.stack == stack
        ],
    }
    if measured is None:
        blank: HeadGridArrays = {"maps": np.zeros((sum(heads), 1, 1), np.uint8)}
        return pack(header, blank)
    scores, picture = measured.scores, measured.pictures[0]
    header["measures"] = _measures(scores, known, stack)
    header["roles"] = [_role_names(scores, layer, count) for layer, count in zip(layers, heads, strict=True)]
    header["rowsRead"], header["rows"] = picture.rows_read, picture.rows
    arrays: HeadGridArrays = {"maps": in_half_percents(*cells(measured))}
    return pack(header, arrays)


def _role_names(scores: HeadScores, layer: int, count: int) -> list[str]:
    return [scores.best_role(layer, head) or "" for head in range(count)]


def _measures(scores: HeadScores, known: KnownInduction | None, stack: Stack) -> list[HeadMeasure]:
    meanings = {role.name: role for role in roles_of(stack)}
    measures = [
        _measure(name.capitalize(), values, "%", 1.0, f"{_sentence(meanings[name].meaning)} ({meanings[name].source})")
        for name, values in scores.roles.items()
    ]
    inductive = known.scores.get(stack) if known is not None else None
    if inductive is not None:
        help_text = "The same on a random sequence that stands there twice: a head for copying, whatever your text."
        measures.append(_measure("Induction, random text", inductive.roles["induction"], "%", 1.0, help_text))
    widest = float(np.nanmax(scores.entropy)) or 1.0
    spread = "How spread the attention is: 0 bits for one token, 3 bits as for 8 tokens alike."
    measures.append(_measure("Entropy", scores.entropy, "bits", widest, spread))
    if not np.isnan(scores.distance).all():
        farthest = float(np.nanmax(scores.distance)) or 1.0
        measures.append(_measure("Distance", scores.distance, "tokens", farthest, "How far it looks on average."))
    return [measure for measure in measures if any(value is not None for row in measure["values"] for value in row)]


def _sentence(meaning: str) -> str:
    return f"each token {meaning}"


def _measure(
    label: str, values: np.ndarray, unit: Literal["%", "bits", "tokens"], most: float, help_text: str
) -> HeadMeasure:
    rows = [[None if np.isnan(value) else round(float(value), 4) for value in row] for row in values]
    identity = label.lower().replace(" ", "-").replace(",", "")
    return {"id": identity, "label": label, "values": rows, "unit": unit, "most": most, "help": help_text}
