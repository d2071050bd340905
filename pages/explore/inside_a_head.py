"""Explore / Inside a head: one token against all others, every number from embedding to output."""

import streamlit as st

import llm_core
from llm_core.figures.palette import theme
from pages.shared.guided import say_guidance
from pages.shared.inside import parts
from pages.shared.inside.numbers import key_table, shown_keys, vector_table
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT, Shown, current
from pages.shared.status_line import StatusLine


@st.fragment
def explore(shown: Shown) -> None:
    """Everything below the status line; a click in the picture runs no more than this."""
    try:
        there = parts.inside(shown)
    except llm_core.UnsupportedModelError as error:
        st.info(literal(str(error)), icon=":material/info:")
        st.page_link("pages/explore/attention.py", label="See its attention weights")
        return
    parts.headline(there)
    say_guidance(parts.guidance_inside(shown, there))
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    if there.complete:
        line.say("Every number is computed now, step by step")
    parts.picture(shown, there)
    if there.complete:
        st.markdown(parts.largest_difference(there))
    with st.expander("How to read this"):
        st.markdown(parts.explanation(theme(st.context.theme.type)), unsafe_allow_html=True)
    with st.expander("The numbers as a table"):
        st.dataframe(key_table(there.work), hide_index=True)
        st.dataframe(vector_table(there.work, shown_keys(there.work, there.place.key).chosen), hide_index=True)
    with st.expander("Save these numbers"):
        parts.downloads(shown, there)
    if not there.complete:
        parts.complete(shown, there, line)


explore(current(st.session_state["request"]))
