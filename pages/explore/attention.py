"""Explore / Attention: which token looks at which, for any layer and any set of heads, and whether it matters."""

import streamlit as st

from llm_core.figures.palette import theme
from pages.shared.attention import parts
from pages.shared.attention.drawn import Drawn, choose_drawn, draw_mark
from pages.shared.attention.head_map import draw_grid
from pages.shared.attention.one_link import draw_link
from pages.shared.attention.switched_off import off_by_stack, take_over
from pages.shared.attention.without_heads import draw_without
from pages.shared.components import received
from pages.shared.components.follow import SOON_MS, follow
from pages.shared.export import downloads
from pages.shared.looking import NAMES, choice_of, looking_at, still_looking_at
from pages.shared.notices import Shown, about, current


@st.fragment
def view(shown: Shown, drawn: Drawn) -> None:
    """What a click in the picture runs: nothing that takes long."""
    place = still_looking_at(shown.trace)
    draw_mark(drawn, place)
    parts.headline(drawn.shown.trace, place)
    parts.picture(shown, place, drawn.shown.trace)


@st.fragment
def grid(shown: Shown, drawn: Drawn) -> None:
    """All heads of a stack."""
    place = still_looking_at(shown.trace)
    which = f"heads of the {NAMES[place.stack]}" if place.stack != "cross" else "cross-attention heads"
    st.markdown(f"##### All {which}{', drawn without those you switched off' if drawn.changed else ''}")
    wait = draw_grid(shown, drawn, place)
    follow("grid-follows", choice_of(place), fields=("stack",), wait=wait)


@st.fragment
def matters(shown: Shown, drawn: Drawn) -> None:
    """What the model does without some heads, and what a link carries."""
    if drawn.is_outdated():
        st.rerun()  # all of the page shows what has just been switched
    place, colours = still_looking_at(shown.trace), theme(st.context.theme.type)
    pending = [draw_without(shown, place, colours), draw_link(drawn.shown, place, colours)]
    follow(
        "matters-follows",
        choice_of(place),
        fields=("stack", "layer", "heads", "query", "key"),
        wait=SOON_MS if any(pending) or drawn.waiting else 0,
        off=off_by_stack(shown.trace),
        on_again=lambda: take_over(shown.trace, received("matters-follows", "again")),
    )


@st.fragment
def words(shown: Shown, drawn: Drawn) -> None:
    """The same in words, as a table, in BertViz, and to keep."""
    place, colours = still_looking_at(shown.trace), theme(st.context.theme.type)
    shown = drawn.shown
    with st.expander("How to read this"):
        st.markdown(parts.explanation(shown.trace, place, colours), unsafe_allow_html=True)
        st.caption(about(shown))
    with st.expander("The numbers as a table"):
        st.dataframe(parts.table(shown.trace, place), hide_index=True)
    with st.expander("The same in BertViz"):
        parts.classic(shown.trace, place, colours)
    with st.expander("Save this picture"):
        downloads(shown.trace, place.stack, place.layer, place.heads, lambda: parts.standalone(shown, place))
    follow("words-follow", choice_of(place))


shown = current(st.session_state["request"])
looking_at(shown.trace)
drawn = choose_drawn(shown)
view(shown, drawn)
st.page_link(
    "pages/explore/inside_a_head.py",
    label=f"How this weight comes about{' with all heads' if drawn.changed else ''}, number by number",
    icon=":material/arrow_forward:",
)
grid(shown, drawn)
matters(shown, drawn)
words(shown, drawn)
