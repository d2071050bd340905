"""Run encoder, decoder and encoder-decoder Transformers and look at their attention.

>>> import llm_core
>>> model = llm_core.load_model("minilm-l6")
>>> trace = llm_core.trace(model, "The cat sat on the mat because it was tired.")
>>> trace.attention("encoder", layer=3, heads=[0]).shape
(1, 13, 13)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from llm_core.errors import (
    BrokenDataError,
    BrokenGgufError,
    CustomCodeError,
    EmptyTextError,
    EngineError,
    InvalidTextError,
    LeftOutError,
    LlmCoreError,
    ModelError,
    NoClusterError,
    NotAModelError,
    NotAskableError,
    OutOfMemoryError,
    PickledWeightsError,
    QueueFullError,
    SelectionError,
    SettingError,
    TextError,
    TextTooLongError,
    UnknownModelError,
    UnreachableModelError,
    UnsafeModelError,
    UnsupportedModelError,
    WorkerLostError,
)
from llm_core.feed_forward.neuron_record import FeedForwardNeurons, Neuron, ObservedFeedForward, PushedToken
from llm_core.generation.beam_tree import BeamTree
from llm_core.generation.filled_masks import MaskFilling
from llm_core.generation.settings import GenerationSettings
from llm_core.generation.step import GenerationStep
from llm_core.heads.attention_blocks import AttentionBlock, attention_blocks
from llm_core.heads.contributions import ContributionNorms, OutputProjection, attention_rollout, contribution_norms
from llm_core.heads.copying_records import Copying
from llm_core.heads.effects import AblationEffect, Candidate, DistributionEffect, TextEffect, VectorEffect
from llm_core.heads.roles import Role, roles_of
from llm_core.heads.scores import HeadScorer, HeadScores, head_scores
from llm_core.inside.head_arithmetic import work_head
from llm_core.models.catalog import ModelSpec, catalog
from llm_core.models.opening import load_model
from llm_core.models.sources import find_model
from llm_core.progress import Progress
from llm_core.recording.trace_record import Edits, Trace
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.feed_forward.observing import observe_feed_forward
    from llm_core.feed_forward.strongest import strongest_neurons
    from llm_core.generation.beams import beam_search
    from llm_core.generation.mask_filling import fill_masks
    from llm_core.generation.writing import generate
    from llm_core.heads.copying import CopyingTest, copying, copying_test, copying_without
    from llm_core.heads.interventions import effect_of_ablation
    from llm_core.heads.repetition import induction_on_random
    from llm_core.inside.observed_layer import observe_layer
    from llm_core.inside.projections import output_projections
    from llm_core.models.loading import LoadedModel
    from llm_core.tracing.trace import trace

__all__ = [
    "AblationEffect",
    "AttentionBlock",
    "BeamTree",
    "BrokenDataError",
    "BrokenGgufError",
    "Candidate",
    "ContributionNorms",
    "Copying",
    "CopyingTest",
    "CustomCodeError",
    "DistributionEffect",
    "Edits",
    "EmptyTextError",
    "EngineError",
    "FeedForwardNeurons",
    "GenerationSettings",
    "GenerationStep",
    "HeadScorer",
    "HeadScores",
    "InvalidTextError",
    "LeftOutError",
    "LlmCoreError",
    "LoadedModel",
    "MaskFilling",
    "ModelError",
    "ModelSpec",
    "Neuron",
    "NoClusterError",
    "NotAModelError",
    "NotAskableError",
    "ObservedFeedForward",
    "OutOfMemoryError",
    "OutputProjection",
    "PickledWeightsError",
    "Progress",
    "PushedToken",
    "QueueFullError",
    "Role",
    "SelectionError",
    "SettingError",
    "TextEffect",
    "TextError",
    "TextTooLongError",
    "Token",
    "Trace",
    "UnknownModelError",
    "UnreachableModelError",
    "UnsafeModelError",
    "UnsupportedModelError",
    "VectorEffect",
    "WorkerLostError",
    "attention_blocks",
    "attention_rollout",
    "beam_search",
    "catalog",
    "contribution_norms",
    "copying",
    "copying_test",
    "copying_without",
    "effect_of_ablation",
    "fill_masks",
    "find_model",
    "generate",
    "head_scores",
    "induction_on_random",
    "load_model",
    "observe_feed_forward",
    "observe_layer",
    "output_projections",
    "roles_of",
    "strongest_neurons",
    "trace",
    "work_head",
]


_NEEDS_TORCH = {
    "CopyingTest": "heads.copying",
    "LoadedModel": "models.loading",
    "beam_search": "generation.beams",
    "copying": "heads.copying",
    "copying_test": "heads.copying",
    "copying_without": "heads.copying",
    "effect_of_ablation": "heads.interventions",
    "fill_masks": "generation.mask_filling",
    "generate": "generation.writing",
    "induction_on_random": "heads.repetition",
    "observe_feed_forward": "feed_forward.observing",
    "observe_layer": "inside.observed_layer",
    "output_projections": "inside.projections",
    "strongest_neurons": "feed_forward.strongest",
    "trace": "tracing.trace",
}


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for: a first picture must not wait for it."""
    home = _NEEDS_TORCH.get(name)
    if home is not None:
        return getattr(import_module(f"llm_core.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
