"""What pages are given, for tests that call their functions: facts of a model and texts, from the pages' own engine."""

from __future__ import annotations

from llm_core.engine.facts import ModelFacts
from llm_core.engine.task import ModelRef, task
from llm_core.generation.settings import GenerationSettings
from llm_core.generation.step import GenerationStep
from llm_core.models.loading import LoadedModel
from pages.shared.asking import facts_of, model, stream


def facts(loaded: LoadedModel) -> ModelFacts:
    """What pages know of a model that a test has."""
    return facts_of(loaded.spec.name)


def written(loaded: LoadedModel, prompt: str, settings: GenerationSettings) -> list[GenerationStep]:
    """A text that a worker wrote with the same model."""
    ref: ModelRef = model(loaded.spec.name)
    return list(stream(task("generation.writing:generate", ref, prompt, settings)))
