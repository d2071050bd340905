"""Work of an application that takes a while: with progress, and a Stop that ends it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from llm_core.engine.task import Task
from pages.shared.asking import ask, known
from pages.shared.status_line import StatusLine

ENCODER = "minilm-l6"
DECODER = "smollm2-135m"


def done(use: str, wanted: Task, line: StatusLine) -> Any | None:
    """The answer of a task, waited for if it is not known; None if it was stopped.

    Args:
        use: What it is for; unique on the page.
        wanted: What is to be done; while it is waited for, every message to the page is a place where Stop takes
            effect.
        line: Where progress is shown.
    """
    answer = known(wanted)
    if answer is not None:
        return answer
    if st.session_state.get(f"{use}-stopped") == wanted.identity:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Stopped.")
            st.button("Go on", key=f"{use}-go-on", on_click=_stopped, args=(use, None))
        return None
    place = st.empty()
    with place.container():
        st.button("Stop", key=f"{use}-stop", on_click=_stopped, args=(use, wanted.identity), icon=":material/stop:")
    try:
        answer = ask(wanted, line.progress)
    except Exception:
        place.empty()
        raise
    place.empty()
    return answer


def _stopped(use: str, identity: str | None) -> None:
    st.session_state[f"{use}-stopped"] = identity
