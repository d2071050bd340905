"""The grid of all heads on the Attention page: what it is sent, and what a click in it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
import streamlit as st

import llm_core
from llm_core.engine.task import Task
from llm_core.figures.head_survey import Survey
from llm_core.heads.captions import CLEAR, TIMES_RANDOM
from llm_core.heads.guidance import guided_among, in_words
from llm_core.heads.roles import roles_of
from llm_core.heads.scores import VERY_BROAD, HeadScores
from llm_core.numbers import counted, percent
from llm_core.progress import Progress
from llm_core.recording.guided_heads import GuidedHead
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.asking import known, look, model, task
from pages.shared.attention.drawn import Drawn, unchanged_in_words
from pages.shared.attention.switched_off import switched_off
from pages.shared.components.follow import LATER_MS, SOON_MS
from pages.shared.components.head_grid import HeadGridArrays, HeadGridHeader, HeadMeasure, head_grid
from pages.shared.components.packing import in_half_percents, pack
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine

BAR_HEIGHT = 36

Induction: TypeAlias = Mapping[Stack, HeadScores]
"""How much each head copies when a random sequence is repeated, by stack: what it is for, whatever the text."""


def draw_grid(shown: Shown, drawn: Drawn, place: Looking) -> int:
    """Every head of the stack that is looked at, with its roles; clicks open heads or switch them off.

    Gives the milliseconds after which there will be more to draw, or 0.
    """
    trace, stack = drawn.shown.trace, place.stack
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    found: Survey | Progress = look(_survey_of(trace, stack))
    measured: Survey | None = known(_survey_of(shown.trace, stack)) if isinstance(found, Progress) else found
    if isinstance(found, Progress):
        line.waiting(found)
    if measured is None:
        st.caption("What the heads do on this text is being measured; you can open them already.")
        head_grid(data=grid_packet(trace, stack, None, None), key="grid")
        return SOON_MS
    copies = _induction(shown)
    inductive = None if isinstance(copies, Progress) else copies
    if isinstance(found, Progress):
        st.caption("Until the heads are measured anew, this is what they do with all heads on.")
    else:
        picture = found.pictures[0]
        line.say(f"Measured on {picture.rows_read:,} of {counted(picture.rows, 'looking token')}.")
        unchanged = ""
        if drawn.changed and drawn.before is not None:
            unchanged = unchanged_in_words(drawn.before, trace, stack) + " "
        said = roles_in_words(found.scores, inductive, stack, trace.guided_heads)
        st.caption(unchanged + unbroken(said), help=from_when_on(found.scores))
    head_grid(data=grid_packet(trace, stack, measured, inductive), key="grid")
    return SOON_MS if isinstance(found, Progress) else LATER_MS if isinstance(copies, Progress) else 0


def _induction(shown: Shown) -> Induction | Progress | None:
    """Which heads copy, whatever the text, once the model is there."""
    if shown.trace.method != "recorded":
        return None
    try:
        found: Induction | Progress = look(task("heads.repetition:induction_if_any", model(shown.request.model)))
    except llm_core.LlmCoreError:
        return None
    return found


def _survey_of(trace: Trace, stack: Stack) -> Task:
    return task("figures.head_survey:survey", trace, stack)


def roles_in_words(
    scores: HeadScores, inductions: Induction | None, stack: Stack, guided: Sequence[GuidedHead] = ()
) -> str:
    """Which roles this text wakes, and which it does not.

    A head that training guided is no finding, and is named instead of counted.
    """
    clear: dict[str, int] = {}
    not_counted: list[str] = []
    for layer in scores.layers:
        for head in range(scores.entropy.shape[1]):
            role = scores.best_role(layer, head)
            by = next((one.by for one in guided_among(guided, stack, layer, [head])), None)
            if role is not None and by is not None:
                not_counted.append(f"{in_words(stack, layer, head)} ({role}), which {literal(by)} guided")
            elif role is not None:
                clear[role] = clear.get(role, 0) + 1
    broad = clear.pop("broad", 0)
    found = ", ".join(f"{role} {count}" for role, count in sorted(clear.items(), key=lambda item: -item[1]))
    said = f"Heads with a clear role on this text: {found or 'none'}."
    if broad:
        many = "heads spread" if broad > 1 else "head spreads"
        said += f" {broad:,}{' more' if found else ''} {many} broadly."
    if not_counted:
        said += f" Not counted: {'; '.join(not_counted)}."
    few = ", ".join(f"{role} ({counted(count, 'query', 'queries')})" for role, count in scores.withheld.items())
    if few:
        said += f" Too few queries to tell: {few}."
    asleep = [role for role, woken in scores.triggered.items() if not woken]
    if asleep:
        said += f" Not triggered by this text: {', '.join(asleep)}."
    inductive = inductions.get(stack) if inductions is not None else None
    if inductive is not None:
        awake, queries = int(inductive.clear("induction").sum()), int(inductive.queries["induction"].max())
        heads = counted(awake, "head is an induction head", "heads are induction heads")
        said += f" On repeated random sequences, with all heads on, {heads} ({counted(queries, 'query', 'queries')})."
    return said


def from_when_on(scores: HeadScores) -> str:
    """From when on a role counts as found."""
    if all(np.isnan(values).all() for values in scores.random.values()):
        return (
            "A fixed bias draws this model's attention to near tokens (ALiBi), in a random network as well: what its "
            "heads have learned cannot be told from that, so no role but a broad one is named."
        )
    return (
        f"A role is clear from {percent(CLEAR, 0)} of the attention on and from {TIMES_RANDOM} times what heads of a "
        f"random network of this shape score on this text, over {scores.fewest} queries or more. The first token and "
        "separators, where heads rest, count only if no other role is clear. A head spreads broadly from "
        f"{percent(VERY_BROAD, 0)} of the highest entropy on, as most heads of a random network do, or all."
    )


def grid_packet(trace: Trace, stack: Stack, measured: Survey | None, inductions: Induction | None) -> bytes:
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
    header["measures"] = _measures(scores, inductions, stack)
    header["roles"] = [_role_names(scores, layer, count) for layer, count in zip(layers, heads, strict=True)]
    header["rowsRead"], header["rows"] = picture.rows_read, picture.rows
    arrays: HeadGridArrays = {"maps": in_half_percents(*measured.cells())}
    return pack(header, arrays)


def _role_names(scores: HeadScores, layer: int, count: int) -> list[str]:
    return [scores.best_role(layer, head) or "" for head in range(count)]


def _measures(scores: HeadScores, inductions: Induction | None, stack: Stack) -> list[HeadMeasure]:
    meanings = {role.name: role for role in roles_of(stack)}
    measures = [
        _measure(
            name.capitalize(),
            values,
            "%",
            f"each token {meanings[name].meaning} ({meanings[name].source})",
            (scores.queries[name], scores.random[name], scores.fewest),
        )
        for name, values in scores.roles.items()
    ]
    inductive = inductions.get(stack) if inductions is not None else None
    if inductive is not None:
        measures.append(
            _measure(
                "Induction, random text",
                inductive.roles["induction"],
                "%",
                "The same on random sequences that stand there twice, with all heads on: a head for copying, whatever "
                "your text.",
                (inductive.queries["induction"], inductive.random["induction"], inductive.fewest),
            )
        )
    queries = scores.queries["broad"]
    told = (queries >= scores.fewest)[:, None]
    spreads: tuple[tuple[str, np.ndarray, Literal["bits", "tokens"], str], ...] = (
        (
            "Entropy",
            scores.entropy,
            "bits",
            "How spread the attention is: 0 bits for one token, 3 bits as for 8 alike.",
        ),
        ("Distance", scores.distance, "tokens", "How far it looks on average."),
    )
    for label, values, unit, help_text in spreads:
        random = scores.random["entropy" if label == "Entropy" else "distance"]
        measures.append(
            _measure(label, np.where(told, values, np.nan), unit, help_text, (queries, random, scores.fewest))
        )
    return [measure for measure in measures if any(value is not None for row in measure["values"] for value in row)]


def _measure(
    label: str,
    values: np.ndarray,
    unit: Literal["%", "bits", "tokens"],
    help_text: str,
    evidence: tuple[np.ndarray, np.ndarray, int],
) -> HeadMeasure:
    queries, random, fewest = evidence
    widest = 1.0 if np.isnan(values).all() else float(np.nanmax(values)) or 1.0
    return {
        "id": label.lower().replace(" ", "-").replace(",", ""),
        "label": label,
        "values": [[None if np.isnan(value) else round(float(value), 4) for value in row] for row in values],
        "unit": unit,
        "most": 1.0 if unit == "%" else widest,
        "help": help_text,
        "queries": queries.tolist(),
        "random": [None if np.isnan(value) else round(float(value), 4) for value in random],
        "fewest": fewest,
    }
