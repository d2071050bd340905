"""What all parts of the Embeddings page share: where things stand, the model, what is kept, and how pictures leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from llm_core.engine.facts import ModelFacts
from llm_core.engine.task import ModelRef, Task
from llm_core.figures.palette import Theme
from llm_core.shapes import Stack
from pages.shared.asking import ask, facts_of, model, task
from pages.shared.export import save_picture
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from llm_core.embeddings.token_table import TableKind

DeltaGenerator = st.delta_generator.DeltaGenerator

PLOT = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"scale": 2},
    "scrollZoom": False,
}
LINE_HEIGHT = 36


@dataclass(frozen=True)
class Room:
    """Where a part draws, from the top of the page down.

    Attributes:
        shown: The trace and the model in use.
        theme: Colours.
        headline: For the one sentence that says what the numbers say.
        status: How far work is.
        picture: The wide column.
        controls: The narrow one.
        below: For explanation, table and downloads.
    """

    shown: Shown
    theme: Theme
    headline: DeltaGenerator
    status: StatusLine
    picture: DeltaGenerator
    controls: DeltaGenerator
    below: DeltaGenerator

    @property
    def model_name(self) -> str:
        """The model in use."""
        return self.shown.request.model

    @property
    def stack(self) -> Stack:
        """The stack whose residual stream stands for the model: the encoder, or a decoder's own."""
        return "decoder" if self.shown.trace.family == "decoder" else "encoder"

    def say(self, sentence: str) -> None:
        """Write the headline, in Markdown; what is not ours must have gone through :func:`literal`."""
        self.headline.markdown(f"#### {sentence}")

    @property
    def model(self) -> ModelRef:
        """The model in use, as an argument of tasks.

        Raises:
            UnknownModelError: There is no such model.
        """
        return model(self.model_name)

    def ask(self, wanted: Task) -> Any:
        """The answer of a task, with its progress above the picture.

        Raises:
            LlmCoreError: It cannot be done.
        """
        return ask(wanted, self.status.progress)

    def facts(self) -> ModelFacts:
        """What is known of the model in use, loaded now if need be.

        Raises:
            LlmCoreError: It cannot be loaded.
        """
        return facts_of(self.model_name, self.status.progress)

    def table(self, kind: TableKind = "input") -> Task:
        """The task whose answer is the model's token table, for tasks that work on it; it is too large to be asked for.

        Raises:
            UnknownModelError: There is no such model.
        """
        return task("embeddings.token_table:token_table", self.model, kind)

    def plot(self, figure: go.Figure, key: str, alt: str) -> None:
        """Draw a figure where the caller stands."""
        st.plotly_chart(figure, theme=None, config=PLOT, key=key, alt=alt)

    def close(
        self, name: str, figure: go.Figure, explanation: str, columns: Mapping[str, Sequence[Any]], *, note: str = ""
    ) -> None:
        """How to read the picture, its numbers as a table, and ways to save both."""
        with self.below:
            with st.expander("How to read this"):
                st.markdown(explanation)
                if note:
                    st.caption(note)
            with st.expander("The numbers as a table"):
                st.dataframe(dict(columns), hide_index=True)
            with st.expander("Save this picture"):
                save_picture(f"{name}-{self.model_name.rpartition('/')[2]}", figure, columns)


def lines_of(text: str | None) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def switch_model(name: str) -> None:
    """Use another model, as if the visitor had chosen it."""
    st.session_state["model"] = name


def offer_models(names: Sequence[str], key: str) -> None:
    """Buttons that change to other models."""
    with st.container(horizontal=True):
        for name in names:
            st.button(f"Use {name}", on_click=switch_model, args=(name,), key=f"{key}-{name}")
