"""Texts sorted into classes, and lines put into groups."""

from __future__ import annotations

import streamlit as st

import llm_core
from pages.shared.applications import grouping, sorting
from pages.shared.applications.inputs import choice
from pages.shared.applications.work import DECODER, ENCODER
from pages.shared.asking import facts_of
from pages.shared.generation.ready import Ready, said_plainly
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT
from pages.shared.status_line import StatusLine

SORT, GROUP = "Into classes", "Into groups"


def draw() -> None:
    """The panel: sorting with labels, or grouping without."""
    way = choice("Sort texts", (SORT, GROUP), "classes-way")
    headline = st.empty()
    headline.markdown("#### Texts are sorted by two models that were never trained for it.")
    wanted = sorting.ask() if way == SORT else grouping.ask()
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    try:
        encoder = facts_of(ENCODER, line.progress)
        with said_plainly(Ready(encoder, "", line)):
            if isinstance(wanted, sorting.Wanted):
                sorting.show(wanted, encoder, facts_of(DECODER, line.progress), headline, line)
            else:
                grouping.show(wanted, encoder, headline, line)
    except llm_core.LlmCoreError as error:
        headline.markdown("#### A model is missing.")
        st.error(literal(str(error)), icon=":material/error:")
