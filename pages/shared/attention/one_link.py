"""One cell of the matrix: how much it is by weight, by what it carries, and over all layers so far."""

from __future__ import annotations

import streamlit as st

import llm_core
from llm_core.figures.link_view import Readings, link_figure
from llm_core.figures.palette import Theme
from llm_core.heads.captions import mean_of_heads, placed
from llm_core.heads.contributions import LONGEST_ROLLOUT
from llm_core.numbers import percent
from llm_core.progress import Progress
from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from pages.shared.asking import ask, look, model, task
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine
from pages.shared.traces import TraceRequest

PLOT = {"displayModeBar": False}


def draw_link(shown: Shown, place: Looking, theme: Theme) -> bool:
    """The section that tells a weight from what it carries, for one looking token.

    What is not worked out yet is left out; gives True if there is such a thing.
    """
    st.markdown("##### One link: the weight is not all")
    trace = shown.trace
    query, key = (place.query, place.key) if place.query is not None else _most_decided(trace, place)
    line = StatusLine(st.container(height=36, border=False))
    try:
        readings, projected, pending = _readings(shown.request, trace, place, query)
    except llm_core.LlmCoreError as error:
        st.info(literal(str(error)), icon=":material/info:")
        return False
    keys = trace.key_tokens(place.stack)
    key = int(readings.weight.argmax()) if key is None else key
    looking = literal(placed(trace.query_tokens(place.stack), query))
    line.waiting(pending) if pending else line.say("Click a cell of the matrix for another link.")
    st.markdown(f"{looking} looks at {literal(placed(keys, key))}: {unbroken(_in_words(readings, key))}.")
    st.plotly_chart(
        link_figure(readings, keys, key, place.stack, theme=theme),
        theme=None,
        config=PLOT,
        key="link",
        alt="What the looking token gets from each key, read three ways.",
    )
    st.caption(_definitions(trace, place, readings, projected))
    return pending is not None


def _most_decided(trace: Trace, place: Looking) -> tuple[int, int]:
    """The word on the screen whose largest weight on another word is the largest, and the word it is read with."""
    where = (place.stack, place.layer, place.heads, place.rows)
    query, key = ask(task("figures.links:most_decided", trace, *where))
    return query, key if place.key is None else place.key


def _readings(
    request: TraceRequest, trace: Trace, place: Looking, query: int
) -> tuple[Readings, bool, Progress | None]:
    """What is known now, whether values are projected, and how far it is with what is missing."""
    weight = mean_of_heads(trace.attention(place.stack, place.layer, place.heads, [query])[:, 0])
    value, projected, pending = None, False, None
    if _has_values(trace, place) and not _all_off(trace, place):
        projections = task("inside.projections:output_projections", model(request.model))
        where = (place.stack, place.layer, projections, place.heads, query)
        found = look(task("heads.contributions:carried", trace, *where))
        if isinstance(found, Progress):
            pending = found
        else:
            value, projected = found
    rollout = None
    if _can_be_rolled_out(trace):
        whole = task("heads.contributions:attention_rollout", trace, place.stack, place.layer)
        rolled = look(task("engine.parts:rows", whole, query))
        if isinstance(rolled, Progress):
            pending = pending or rolled
        else:
            rollout = rolled
    return Readings(weight, value, rollout), projected, pending


def _has_values(trace: Trace, place: Looking) -> bool:
    return isinstance(trace.record(place.stack, place.layer), AttentionRecord)


def _all_off(trace: Trace, place: Looking) -> bool:
    """True if no head that is looked at passes anything on in this trace."""
    return {*place.heads} <= {*trace.edits.ablate_heads.get((place.stack, place.layer), ())}


def _can_be_rolled_out(trace: Trace) -> bool:
    return max(len(trace.tokens), len(trace.target_tokens)) <= LONGEST_ROLLOUT


def _in_words(readings: Readings, key: int) -> str:
    words = {"weight": "of its attention", "weighted value": "of what is carried over", "rollout": "by rollout"}
    parts = []
    for name, values in readings.named():
        rank = int((values > values[key]).sum()) + 1
        parts.append(f"{percent(float(values[key]))} {words[name]} (rank {rank:,} of {len(values):,})")
    return ", ".join(parts)


def _definitions(trace: Trace, place: Looking, readings: Readings, projected: bool) -> str:
    said = ["Weight: what the softmax gives, the mean over the heads you look at."]
    if readings.value is not None:
        after = "after the output projection" if projected else "before the output projection, which was not found"
        said.append(
            f"Weighted value: the length of weight times value, {after}, as a share of all keys "
            "(Kobayashi et al. 2020); a large weight on a short value moves little."
        )
    elif _all_off(trace, place):
        heads = "The heads you look at are" if len(place.heads) > 1 else "The head you look at is"
        said.append(f"{heads} switched off: nothing of this is carried over.")
    elif not _has_values(trace, place):
        said.append("This model's values cannot be recorded, so only weights can be shown.")
    if readings.rollout is not None:
        said.append(
            "Rollout: how much of each token of the text stands at this position after this layer, if attention alone "
            "mixes them and half stays in place (Abnar and Zuidema 2020)"
            f"{'; heads that are off mix nothing' if trace.edits.ablate_heads else ''}."
        )
    elif not _can_be_rolled_out(trace):
        said.append(f"A rollout needs whole matrices and is left out beyond {LONGEST_ROLLOUT:,} tokens.")
    return " ".join(said)
