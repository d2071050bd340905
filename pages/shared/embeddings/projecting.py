"""Projections of points: PCA at once, t-SNE and UMAP while it is looked at, with a way to stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from llm_core.embeddings.point_projections import FEWEST_POINTS, Method, Projection
from llm_core.progress import Progress
from pages.shared.asking import known, leave, look, task
from pages.shared.embeddings.frame import Room
from pages.shared.embeddings.map_words import NAMES
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.engine.task import Task


def projected(
    room: Room,
    cloud: Task,
    method: Method,
    dimensions: int,
    *,
    different: int,
    unit_length: bool,
    centre_layers: bool,
) -> Projection:
    """The projection asked for or, where points are too few for it, while it is made or after it was stopped, PCA.

    Args:
        room: Where it is drawn.
        cloud: The points.
        method: How they are projected.
        dimensions: 2 or 3.
        different: How many of them differ, as far as methods need to know.
        unit_length: Scale each to length 1 first.
        centre_layers: Take each layer's mean away.

    Raises:
        LlmCoreError: The points cannot be projected.
    """
    scaled = {"unit_length": unit_length, "centre_layers": centre_layers}
    wanted = task("embeddings.cloud_projection:project_in_steps", cloud, method, dimensions, **scaled)
    _leave_others(wanted)
    if method != "pca" and different >= FEWEST_POINTS[method]:
        made: Projection | None = known(wanted) or _begun(wanted, method)
        if made is not None:
            return made
    plain: Projection = room.ask(task("embeddings.cloud_projection:project_at_once", cloud, dimensions, **scaled))
    return plain


STOPPED, WANTED, FAILED = "projection_stopped", "projection_wanted", "projection_failed"
"""Names in the session: which projection was stopped, which is looked at, and which could not be made, and why."""


def _begun(wanted: Task, method: Method) -> Projection | None:
    """A projection that takes no longer than a moment; otherwise how far it is, with a way to stop it."""
    failed: tuple[Task, Exception] | None = st.session_state.get(FAILED)
    if failed is not None and failed[0] == wanted:
        del st.session_state[FAILED]
        raise failed[1]
    if st.session_state.get(STOPPED) == wanted:
        st.info(
            f"{NAMES[method]} was stopped; what you see is PCA.",
            icon=":material/info:",
        )
        st.button("Start it again", on_click=lambda: st.session_state.pop(STOPPED, None))
        return None
    st.session_state[WANTED] = wanted
    found = look(wanted)
    if not isinstance(found, Progress):
        made: Projection = found
        return made
    _wait(wanted, method)
    return None


def _leave_others(wanted: Task) -> None:
    before: Task | None = st.session_state.get(WANTED)
    if before is not None and before != wanted:
        leave(before)
        st.session_state.pop(WANTED, None)


@st.fragment(run_every=0.5)
def _wait(wanted: Task, method: Method) -> None:
    """Progress and a way to stop, asked for twice a second until there is a result."""
    if st.session_state.get(STOPPED) == wanted:
        st.rerun()
    try:
        found = look(wanted)
    except Exception as error:
        # The page says it, as it says what fails in its other parts.
        st.session_state[FAILED] = (wanted, error)
        st.rerun()
    if not isinstance(found, Progress):
        st.rerun()
    st.progress(found.fraction, text=f"{literal(found.message)} … PCA is drawn meanwhile.")
    st.button(f"Stop {NAMES[method]}", key="stop-projection", on_click=_stop, args=(wanted,))


def _stop(wanted: Task) -> None:
    leave(wanted)
    st.session_state[STOPPED] = wanted
