"""The map of the model in use, if it can be had without waiting."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import streamlit as st

import llm_core
from llm_core.measures.model_map import ModelMap, model_map
from llm_core.samples import sample_map
from pages.shared.cache import TraceRequest, models

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

logger = logging.getLogger(__name__)

WORD = "a"
"""Read once by a model that has just been loaded, since its heads show in what it does."""


def known_map(request: TraceRequest) -> ModelMap | None:
    """The map of a request's model; None while it is not loaded, or if it cannot be drawn."""
    try:
        spec = llm_core.find_model(request.model)
        shipped = sample_map(spec.name) if spec in llm_core.catalog() else None
        if shipped is not None:
            return shipped
        model = models().ready(spec)
        return None if model is None else _measured(spec, model)
    except llm_core.LlmCoreError:
        return None
    except Exception:
        logger.exception("The map of %s failed", request.model)
        return None


@st.cache_resource(max_entries=64, show_spinner=False)
def _measured(spec: llm_core.ModelSpec, _model: LoadedModel) -> ModelMap:  # noqa: ARG001 - the spec is the key
    target = WORD if _model.family == "encoder-decoder" else None
    return model_map(_model, llm_core.trace(_model, WORD, target))
