"""Work of an application that takes a while: with progress, a Stop that ends it, and its result kept for everybody."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

import llm_core
from llm_core.progress import ProgressCallback
from pages.shared.cache import BoundedCache, models
from pages.shared.status_line import StatusLine

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

ENCODER = "minilm-l6"
DECODER = "smollm2-135m"

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class _Done:
    value: Any
    nbytes: int


@st.cache_resource
def _kept() -> BoundedCache[_Done]:
    return BoundedCache(128, 200_000_000)


def loaded(name: str, line: StatusLine) -> LoadedModel:
    """A model, loaded with visible progress.

    Raises:
        LlmCoreError: It cannot be had.
    """
    return models().get(llm_core.find_model(name), line.progress)


def done(
    use: str, key: tuple[Hashable, ...], make: Callable[[ProgressCallback], Value], line: StatusLine, nbytes: int
) -> Value | None:
    """The result of some work, made now in the visitor's own run if it is not known; None if it was stopped.

    Args:
        use: What it is for; unique on the page.
        key: All that the result depends on.
        make: Does it, and tells how far it is: every message to the page is a place where Stop takes effect.
        line: Where progress is shown.
        nbytes: About how many bytes the result takes.
    """
    known = _kept().get((use, *key))
    if known is not None:
        # A use and a key name the kind of value, so what is there was made by a function like this one.
        value: Value = known.value
        return value
    if st.session_state.get(f"{use}-stopped") == key:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Stopped.")
            st.button("Go on", key=f"{use}-go-on", on_click=_stopped, args=(use, None))
        return None
    place = st.empty()
    with place.container():
        st.button("Stop", key=f"{use}-stop", on_click=_stopped, args=(use, key), icon=":material/stop:")
    try:
        value = make(line.progress)
    except Exception:
        place.empty()
        raise
    place.empty()
    _kept().put((use, *key), _Done(value, nbytes))
    return value


def _stopped(use: str, key: Hashable) -> None:
    st.session_state[f"{use}-stopped"] = key
