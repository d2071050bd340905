"""The Scale page's frame: the choice of part, places to draw in, and errors as sentences."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import streamlit as st

import llm_core
from llm_core.figures.palette import theme
from pages.shared.address import chosen_or
from pages.shared.embeddings.frame import LINE_HEIGHT, Room
from pages.shared.literal import literal
from pages.shared.notices import Shown
from pages.shared.scale import growth, memory, parameters, table
from pages.shared.scale.rows import Row, rows_for
from pages.shared.status_line import StatusLine

logger = logging.getLogger(__name__)

PARTS: dict[str, tuple[str, Callable[[Room, Sequence[Row]], None]]] = {
    "parameters": ("Parameters", parameters.draw),
    "memory": ("Memory", memory.draw),
    "measured": ("Measured here", growth.draw),
    "table": ("Table and sources", table.draw),
}
KEPT = ("context", "bits", "matrices", "axis", "longest", "models")
"""Choices that stay while another part or page is looked at."""


@st.fragment
def weigh(shown: Shown) -> None:
    """Everything below the status line; a choice here runs no more than this."""
    for key in KEPT:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    part = st.segmented_control(
        "Part",
        list(PARTS),
        key="scale",
        default="parameters",
        required=True,
        format_func=lambda name: PARTS[name][0],
        bind="query-params",
        wrap=True,
        label_visibility="collapsed",
    )
    headline = st.container()
    status = StatusLine(st.container(height=LINE_HEIGHT, border=False))
    picture, controls = st.columns([3, 1], gap="medium")
    below = st.container()
    room = Room(shown, theme(st.context.theme.type), headline, status, picture, controls, below)
    try:
        PARTS[chosen_or(part, "parameters")][1](room, rows_for(shown, status.progress))
        status.say("")
    except llm_core.LlmCoreError as error:
        headline.markdown("#### Something is missing here")
        picture.error(literal(str(error)), icon=":material/error:")
    except Exception:
        logger.exception("The part %s failed with %s", part, room.model_name)
        headline.markdown("#### This could not be drawn")
        picture.error(
            "This could not be drawn because of an error inside a library. Change a choice, or choose another model.",
            icon=":material/error:",
        )
