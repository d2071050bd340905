"""What to do in a lesson's picture, and the link to the page that goes deeper, at the same model, text and place."""

from __future__ import annotations

import streamlit as st

from llm_core.errors import NotAskableError
from llm_core.lessons.records import Lesson
from pages.shared.lessons.evidence import Gathered, place_in
from pages.shared.notices import Shown

PAGES = {
    "whole_model": "pages/home/whole_model.py",
    "lessons": "pages/learn/lessons.py",
    "attention": "pages/explore/attention.py",
    "inside_a_head": "pages/explore/inside_a_head.py",
    "embeddings": "pages/explore/embeddings.py",
    "generation": "pages/explore/generation.py",
    "architectures": "pages/compare/architectures.py",
    "applications": "pages/apply/applications.py",
    "scale": "pages/apply/scale.py",
}
AT_A_HEAD = ("attention", "inside_a_head")
"""Pages that look at a head: the link leads to the one in the picture."""


def draw_action(shown: Shown, gathered: Gathered, lesson: Lesson, do: str) -> None:
    """A box with what to do and a link."""
    action = lesson.action
    with st.container(border=True, width=640, key=f"action-{lesson.name}"):
        st.markdown(f"**Try it.** {do}", unsafe_allow_html=True)
        with st.container(horizontal=True):
            _link(action.page, action.label, address(shown, gathered, lesson))
            if action.also is not None:
                page, label = action.also
                _link(page, label, _reading(shown))


def _link(page: str, label: str, parameters: dict[str, str | list[str]]) -> None:
    st.page_link(PAGES[page], label=label, icon=":material/arrow_forward:", query_params=parameters)


def address(shown: Shown, gathered: Gathered, lesson: Lesson) -> dict[str, str | list[str]]:
    """The parameters of the linked page's address."""
    parameters = _reading(shown)
    if lesson.action.page in AT_A_HEAD:
        parameters |= _head(gathered, lesson)
    return parameters | dict(lesson.action.show)


def _reading(shown: Shown) -> dict[str, str | list[str]]:
    """The model and the text in use, as an address says them."""
    target = {"target": shown.request.target} if shown.request.target else {}
    return {"model": shown.request.model, "text": shown.request.text, **target}


def _head(gathered: Gathered, lesson: Lesson) -> dict[str, str | list[str]]:
    """Where the picture looks: where the visitor went in it, or where it was opened."""
    looking = st.session_state.get("looking")
    if lesson.picture.kind in ("attention", "heads") and looking is not None:
        stack, layer, heads, query = looking.stack, looking.layer, looking.heads, looking.query
    else:
        try:
            place = place_in(gathered, lesson.picture.arguments)
        except NotAskableError:
            return {}
        stack, layer, heads, query = place.stack, place.layer, (place.head,), place.query
    token = {} if query is None else {"token": str(query)}
    return {"stack": stack, "layer": str(layer), "head": [str(head) for head in heads], **token}
