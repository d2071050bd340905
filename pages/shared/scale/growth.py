"""Time and memory of attention against the length of the text, measured on request."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

import llm_core
from llm_core.figures.growth_view import growth_figure
from llm_core.numbers import times
from llm_core.scale.growth import LONGEST, GrowthPoint, lengths_up_to
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal
from pages.shared.scale.measuring import Measurement
from pages.shared.scale.rows import Row

logger = logging.getLogger(__name__)

LIMITS = tuple(256 << power for power in range(5))
LIMIT = 1024
KEY = "measurement"
BUSY = 1.5
"""Programs a core from which on times say more of them than of attention."""

MESSAGE_HEIGHT = 112


def draw(room: Room, rows: Sequence[Row]) -> None:
    """A button, then the curve as it comes."""
    own = next(row for row in rows if row.in_use)
    with room.controls:
        longest = st.select_slider(
            "Longest text, in tokens",
            LIMITS,
            LIMIT,
            format_func=lambda n: f"{n:,}",
            key="longest",
            bind="query-params",
            help="Four times the work for twice the text.",
        )
        lengths = _lengths(own, longest)
        measurement = _measurement(own.name)
        running = measurement is not None and not measurement.ended
        st.button(
            "Measure on this machine",
            type="primary",
            disabled=running,
            key="measure",
            width="stretch",
            on_click=_start,
            args=(own.name, lengths),
        )
        st.caption(_note(own, longest, lengths))
    # One slot for both, so that the last picture of a measurement under way never stays beside the finished one.
    with room.picture, st.empty().container():
        if running:
            _live(room, own.name)
        else:
            _still(room, own.name, measurement, lengths)
    points = [] if measurement is None else list(measurement.points)
    room.say(sentence(own.name, points, _is_disturbed(measurement)))
    shown = growth_figure(points, (measurement.lengths if measurement else lengths)[-1], theme=room.theme)
    room.close("attention-growth", shown, _EXPLANATION, _columns(points))


_EXPLANATION = (
    "The model embeds random tokens and makes real queries, keys and values in its first layer; then only that layer's "
    "attention runs, the fastest of up to fifteen runs. **Eager** writes out every weight, a number for each pair of "
    "tokens and head. **Recorded** is how this app runs models: the same sum in pieces, with queries and keys kept, "
    "so that weights can be computed when somebody looks. Both do work that grows with the square of the text; only "
    "eager's memory does too, unless the model adds a bias for each pair, as T5 does. Memory is that of tensors; "
    "what a kernel needs inside itself is not seen. The dotted curve is no measurement: it is the square of the "
    "length, drawn through eager's last dot. Other work on the machine moves the times."
)


def _lengths(own: Row, longest: int) -> tuple[int, ...]:
    heads = max((shape.heads for shape in own.size.attention.values()), default=16)
    return lengths_up_to(min(longest, LONGEST), heads, own.size.context)


def _note(own: Row, longest: int, lengths: Sequence[int]) -> str:
    said = f"One processor core, float32, one layer. Lengths: {', '.join(f'{n:,}' for n in lengths)}."
    if lengths[-1] < longest:
        limit = own.size.context
        why = "more than the model takes" if limit is not None and limit < longest else "more than memory bears here"
        said += f" {longest:,} would be {why}."
    return said


def _start(name: str, lengths: Sequence[int]) -> None:
    st.session_state[KEY] = Measurement(name, tuple(lengths))


def _measurement(name: str) -> Measurement | None:
    """The visitor's last measurement, if it is of this model; one of another model is stopped."""
    known: Measurement | None = st.session_state.get(KEY)
    if known is not None and known.name != name:
        known.stop()
        return None
    return known


@st.fragment(run_every=0.5)
def _live(room: Room, name: str) -> None:
    """The points so far, with progress and a way to stop, until it has ended."""
    measurement = _measurement(name)
    if measurement is not None:
        measurement.go_on()
    if measurement is None or measurement.ended:
        st.rerun()
    progress = measurement.progress
    # Room for progress or a message is kept, so that the picture stays in its place.
    with st.container(height=MESSAGE_HEIGHT, border=False):
        st.progress(min(max(progress.fraction, 0.0), 1.0), text=f"{literal(progress.message)} …")
        if st.button("Stop", key="stop-measuring"):
            measurement.stop()
            st.rerun()
    _plot(room, list(measurement.points), measurement.lengths[-1])


def _still(room: Room, name: str, measurement: Measurement | None, lengths: Sequence[int]) -> None:
    with st.container(height=MESSAGE_HEIGHT, border=False):
        _message(name, measurement)
    points = [] if measurement is None else list(measurement.points)
    _plot(room, points, (measurement.lengths if measurement else lengths)[-1])


def _message(name: str, measurement: Measurement | None) -> None:
    if measurement is None:
        st.info(
            f"Nothing is measured of {literal(name)} yet. Press the button, and each length appears as it is done.",
            icon=":material/info:",
        )
    elif measurement.stopped:
        st.info("The measurement was stopped; what was measured until then stays.", icon=":material/info:")
    elif isinstance(measurement.error, llm_core.LlmCoreError):
        st.error(literal(str(measurement.error)), icon=":material/error:")
    elif measurement.error is not None:
        logger.error("Measuring %s failed", name, exc_info=measurement.error)
        st.error("The measurement failed inside a library. Choose another model.", icon=":material/error:")
    elif _is_disturbed(measurement):
        st.info(
            f"{measurement.busy or 0:.0f} programs competed for each processor core meanwhile, so times jump. "
            "Memory is exact. Measure again when the machine is quiet.",
            icon=":material/info:",
        )


def _plot(room: Room, points: Sequence[GrowthPoint], longest: int) -> None:
    figure = growth_figure(points, longest, theme=room.theme)
    room.plot(figure, "growth-figure", "Time and memory of attention against tokens, recorded and eager.")


def _is_disturbed(measurement: Measurement | None) -> bool:
    return measurement is not None and (measurement.busy or 0) > BUSY


def sentence(name: str, points: Sequence[GrowthPoint], disturbed: bool) -> str:
    """What grew how much from the shortest text to the longest."""
    if len(points) < 2:
        return f"How does the attention of {literal(name)} grow with the text? Measure it here"
    first, last = points[0], points[-1]
    if disturbed:
        return (
            f"{times(last.tokens / first.tokens)} the text: eager attention takes "
            f"{times(last.eager_bytes / first.eager_bytes)} the memory, recorded attention "
            f"{times(last.recorded_bytes / first.recorded_bytes)}"
        )
    return (
        f"{times(last.tokens / first.tokens)} the text: eager attention takes "
        f"{times(last.eager_seconds / first.eager_seconds)} as long and "
        f"{times(last.eager_bytes / first.eager_bytes)} the memory, recorded attention "
        f"{times(last.recorded_seconds / first.recorded_seconds)} as long and "
        f"{times(last.recorded_bytes / first.recorded_bytes)} the memory"
    )


def _columns(points: Sequence[GrowthPoint]) -> dict[str, list[object]]:
    return {
        "tokens": [point.tokens for point in points],
        "recorded, seconds": [point.recorded_seconds for point in points],
        "eager, seconds": [point.eager_seconds for point in points],
        "recorded, bytes": [point.recorded_bytes for point in points],
        "eager, bytes": [point.eager_bytes for point in points],
    }
