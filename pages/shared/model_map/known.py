"""The map of the model in use, if it can be had without waiting."""

from __future__ import annotations

import logging

import llm_core
from llm_core.measures.model_map import ModelMap
from llm_core.progress import Progress
from llm_core.samples import sample_map
from pages.shared.asking import is_loaded, look, model, task
from pages.shared.traces import TraceRequest

logger = logging.getLogger(__name__)


def known_map(request: TraceRequest) -> ModelMap | None:
    """The map of a request's model; None while it is not loaded or measured, or if it cannot be drawn."""
    try:
        spec = llm_core.find_model(request.model)
        shipped = sample_map(spec.name) if spec in llm_core.catalog() else None
        if shipped is not None or not is_loaded(request.model):
            return shipped
        found: ModelMap | Progress = look(task("measures.model_map:map_of_model", model(request.model)))
    except llm_core.LlmCoreError:
        return None
    except Exception:
        logger.exception("The map of %s failed", request.model)
        return None
    return None if isinstance(found, Progress) else found
