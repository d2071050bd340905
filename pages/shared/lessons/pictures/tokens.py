"""The text as chips with ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import streamlit as st

from llm_core.comparison.words import words_of
from llm_core.numbers import counted
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token
from pages.shared.components.lesson_tokens import LessonTokensHeader, lesson_tokens
from pages.shared.components.packing import pack, token_fields
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal

MOST = 400
Side: TypeAlias = Literal["source", "target"]


def draw(scene: Scene) -> None:
    """One sequence, or two for an encoder-decoder."""
    trace = scene.evidence.trace
    words = counted(len(words_of(trace.text)), "word")
    scene.say(f"{literal(trace.model_name)} reads {words} as these tokens")
    packet = tokens_packet(trace)
    lesson_tokens(data=packet, key="lesson-tokens")
    rows = [(title, place, token) for _, title, tokens in sequences_of(trace) for place, token in enumerate(tokens)]
    scene.numbers(
        {
            "sequence": [title for title, _, _ in rows],
            "position": [place for _, place, _ in rows],
            "token": [token.label for _, _, token in rows],
            "id": [token.id for _, _, token in rows],
            "as the model spells it": [token.raw for _, _, token in rows],
            "special": ["yes" if token.is_special else "" for _, _, token in rows],
        }
    )
    with scene.below.expander("Save this picture"):
        st.download_button(
            "Picture (HTML)",
            lambda: lesson_tokens.page(packet, f"Tokens of {trace.model_name}", st.context.theme.type or "light"),
            file_name="lesson-tokens.html",
            mime="text/html",
            on_click="ignore",
        )


def sequences_of(trace: Trace) -> list[tuple[Side, str, Sequence[Token]]]:
    """What is read: name, title and tokens of one sequence, or of two for an encoder-decoder."""
    sequences: list[tuple[Side, str, Sequence[Token]]] = [("source", "What the model reads", trace.tokens)]
    if trace.target_tokens:
        title = "What its decoder reads, beginning with its start token"
        sequences.append(("target", title, trace.target_tokens))
    return sequences


def tokens_packet(trace: Trace) -> bytes:
    """What the chips are drawn from."""
    header: LessonTokensHeader = {
        "sequences": [
            {"name": name, "title": title, "tokens": token_fields(tokens[:MOST]), "more": max(0, len(tokens) - MOST)}
            for name, title, tokens in sequences_of(trace)
        ]
    }
    return pack(header, {})
