"""Explore / Attention: which token looks at which, for any layer and any set of heads, and whether it matters."""

import streamlit as st

from llm_core.figures.palette import theme
from pages.shared.attention import parts
from pages.shared.attention.head_map import draw_grid, learn_induction
from pages.shared.attention.one_link import draw_link
from pages.shared.attention.without_heads import draw_without
from pages.shared.export import downloads
from pages.shared.looking import looking_at
from pages.shared.notices import Shown, about, current


@st.fragment
def explore(shown: Shown) -> None:
    """Everything below the status line; a click in a picture runs no more than this."""
    place = looking_at(shown.trace)
    parts.headline(shown.trace, place)
    parts.picture(shown, place)
    st.page_link("pages/explore/inside_a_head.py", label="How this weight comes about, number by number")
    grid, matters = st.container(), st.container()
    with st.expander("How to read this"):
        st.markdown(parts.explanation(shown.trace, place, theme(st.context.theme.type)), unsafe_allow_html=True)
        st.caption(about(shown))
    with st.expander("The numbers as a table"):
        st.dataframe(parts.table(shown.trace, place), hide_index=True)
    with st.expander("The same in BertViz"):
        parts.classic(shown.trace, place, theme(st.context.theme.type))
    with st.expander("Save this picture"):
        downloads(shown.trace, place.stack, place.layer, place.heads, lambda: parts.standalone(shown, place))
    with grid:
        draw_grid(shown, place)
    with matters:
        draw_without(shown, place, theme(st.context.theme.type))
        draw_link(shown, place, theme(st.context.theme.type))
    learn_induction(shown)


explore(current(st.session_state["request"]))
