"""Home / The whole model: one picture from the text to what comes out, whose blocks open."""

import streamlit as st

from llm_core.figures.palette import theme
from pages.shared.notices import BAR_HEIGHT, Shown, about, current
from pages.shared.status_line import StatusLine
from pages.shared.whole_model import numbers, parts


@st.fragment
def explore(shown: Shown) -> None:
    """Everything below the status line; a click in the picture runs no more than this."""
    there = parts.whole(shown)
    parts.headline(there)
    parts.picture(there)
    with st.expander("How to read this"):
        st.markdown(numbers.explanation(shown.trace, theme(st.context.theme.type)), unsafe_allow_html=True)
        st.caption(about(shown))
    with st.expander("The numbers as a table"):
        st.dataframe(numbers.block_table(shown.trace, there.record), hide_index=True)
        st.dataframe(numbers.outcome_table(shown.trace, there.record), hide_index=True)
    with st.expander("Save this picture"):
        parts.downloads(there)
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    if there.failed is not None:
        parts.try_again(there)
    elif not there.complete:
        parts.complete(there, line)


explore(current(st.session_state["request"]))
