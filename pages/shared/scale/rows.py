"""The models that the Scale page sets side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.progress import ProgressCallback
from llm_core.scale.published import PublishedModel
from llm_core.scale.published_file import published_models
from llm_core.scale.sizes import Dimensions
from pages.shared.asking import ask, model, task
from pages.shared.notices import Shown


@dataclass(frozen=True)
class Row:
    """A model on the page.

    Attributes:
        name: What it is called.
        size: What is known of its dimensions.
        published: What its makers told; None for a model that was measured here.
        in_use: True for the model chosen in the sidebar.
    """

    name: str
    size: Dimensions
    published: PublishedModel | None
    in_use: bool = False

    @property
    def in_introduction(self) -> bool:
        """True if the introduction names it, or the catalog lists it."""
        listed = {spec.name for spec in llm_core.catalog()}
        return self.name in listed or (self.published is not None and bool(self.published.named))

    @property
    def active(self) -> int | None:
        """Parameters that one token uses, if they are fewer than all."""
        active = self.size.active_parameters
        return active if active is not None and active != self.size.parameters else None


def rows_for(shown: Shown, report: ProgressCallback) -> list[Row]:
    """The model in use, then every model of the data file.

    Raises:
        LlmCoreError: The model in use cannot be loaded, or the data file is broken.
    """
    name = shown.request.model
    told = [Row(model.name, model.dimensions, model, model.name == name) for model in published_models()]
    own = [row for row in told if row.in_use]
    return [*(own or [_measured(shown, report)]), *(row for row in told if not row.in_use)]


WHICH = ("all", "of the introduction", "since 2022")


def chosen_rows(rows: Sequence[Row]) -> list[Row]:
    """Draw the choice of models and give those that it leaves; the model in use is always among them."""
    which = st.segmented_control(
        "Models", WHICH, default="all", required=True, wrap=True, key="models", bind="query-params"
    )
    if which not in WHICH or which == "all":
        return list(rows)
    wanted = which == "of the introduction"
    return [row for row in rows if row.in_use or row.in_introduction == wanted]


def _measured(shown: Shown, report: ProgressCallback) -> Row:
    name = shown.request.model
    size: Dimensions = ask(task("scale.model_dimensions:dimensions_of", model(name), shown.trace), report)
    return Row(name, size, None, in_use=True)
