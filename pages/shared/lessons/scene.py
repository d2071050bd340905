"""What every picture of a lesson is given, and what it does in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from llm_core.figures.palette import Theme
from llm_core.lessons.answers.saying import token_at
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.records import Lesson
from llm_core.text.tokens import Token
from pages.shared.embeddings.frame import PLOT
from pages.shared.export import save_picture
from pages.shared.lessons.evidence import Gathered
from pages.shared.notices import Shown

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Scene:
    """Where a picture is drawn, and of what.

    Attributes:
        shown: The trace and the model in use.
        gathered: The same with what is known of the model.
        lesson: Whose picture it is.
        theme: Colours.
        headline: Where the sentence goes that says what there is to see.
        below: Where the numbers and the ways to save the picture go.
    """

    shown: Shown
    gathered: Gathered
    lesson: Lesson
    theme: Theme
    headline: st.delta_generator.DeltaGenerator
    below: st.delta_generator.DeltaGenerator

    @property
    def evidence(self) -> Evidence:
        """What is known of the model, with the trace in use."""
        return self.gathered.evidence

    def say(self, sentence: str) -> None:
        """Write the headline, in Markdown; what is not ours must have gone through ``literal``."""
        self.headline.markdown(f"#### {sentence}")

    def plot(self, figure: go.Figure, alt: str) -> None:
        """Draw a plotly figure."""
        st.plotly_chart(figure, theme=None, config=PLOT, key=f"figure-{self.lesson.name}", alt=alt)

    def numbers(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """The picture's numbers as a table in a fold."""
        with self.below.expander("The numbers as a table"):
            st.dataframe(dict(columns), hide_index=True)

    def close(self, figure: go.Figure, columns: Mapping[str, Sequence[Any]]) -> None:
        """The numbers of a figure, and ways to save both."""
        self.numbers(columns)
        with self.below.expander("Save this picture"):
            save_picture(f"lesson-{self.lesson.name}", figure, columns)

    def choose_token(self, tokens: Sequence[Token], first: int) -> int:
        """A choice of the token that the picture speaks of.

        Args:
            tokens: Of the text.
            first: The token at first, from 0.
        """
        known = abs(hash((self.shown.trace.identity, len(tokens), first))) % 100_000_000
        chosen = st.selectbox(
            "The token that the picture speaks of",
            range(len(tokens)),
            index=first,
            format_func=lambda place: token_at(tokens[place], place),
            key=f"lesson-token-{self.lesson.name}-{known}",
            width=320,
        )
        return first if chosen is None else chosen
