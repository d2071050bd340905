"""Which documents are asked: those that ship, or the visitor's own text and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

import llm_core
from llm_core.applications.documents import MOST_CHARACTERS, Document, decoded, shipped_documents
from llm_core.applications.rankings import NEEDED
from pages.shared.applications.inputs import choice, text_field
from pages.shared.literal import literal

SHIPPED, OWN = "Hollin Bridge", "Your own"
FILES = "answer-files"
MOST_FILES = 20


@dataclass(frozen=True)
class Source:
    """What is asked.

    Attributes:
        documents: The documents.
        needed: The relevance that the best passage needs.
        which: :data:`SHIPPED` or :data:`OWN`.
    """

    documents: tuple[Document, ...]
    needed: float
    which: str


def choose_source() -> Source:
    """Draw the choice of documents and of the relevance needed."""
    with st.expander("Documents"):
        which = choice("Documents", (SHIPPED, OWN), "answer-source")
        documents = _own() if which == OWN else _shipped()
        needed = st.slider(
            "Relevance needed", 0.0, 1.0, NEEDED, 0.01, key="answer-needed", persist_state="session", help=_NEEDED
        )
    return Source(documents, float(needed), which)


_NEEDED = (
    f"A question whose best passage is less relevant counts as not answered. {NEEDED} was chosen on 60 questions about "
    "the shipped documents; other documents may need another."
)


def _shipped() -> tuple[Document, ...]:
    documents = shipped_documents()
    st.caption(
        f"{len(documents)} short texts about an invented town. No model can have read them, so an answer comes from "
        "the documents or is made up."
    )
    st.dataframe(
        {"document": [one.name for one in documents], "text": [" ".join(one.text.split()) for one in documents]},
        hide_index=True,
        height=210,
    )
    return documents


def _own() -> tuple[Document, ...]:
    pasted = text_field("Paste a text", "answer-pasted", "", height=160)
    chosen = st.file_uploader(
        f"Or choose text files (.txt, .md; {MOST_CHARACTERS:,} characters in all)",
        type=["txt", "md"],
        accept_multiple_files=True,
        key="answer-upload",
    )
    files: dict[str, str] = st.session_state.setdefault(FILES, {})
    for file in list(chosen or [])[:MOST_FILES]:
        _take(file, files)
    if files:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(literal(f"Files: {', '.join(files)}"))
            st.button("Remove the files", on_click=_forget, key="answer-forget")
    documents = [Document(name, text) for name, text in files.items()]
    if pasted.strip():
        documents.insert(0, Document("Pasted text", pasted))
    return tuple(documents)


def _take(file: Any, files: dict[str, str]) -> None:
    """Keep a file's text: the field itself forgets its files when another page is opened."""
    seen: set[str] = st.session_state.setdefault("answer-seen", set())
    if file.file_id in seen:
        return
    try:
        files[file.name] = decoded(file.name, file.getvalue())
        seen.add(file.file_id)
    except llm_core.LlmCoreError as error:
        st.error(literal(str(error)), icon=":material/error:")


def _forget() -> None:
    st.session_state[FILES] = {}
