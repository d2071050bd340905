"""Run encoder, decoder and encoder-decoder Transformers and look at their attention.

>>> import llm_core
>>> model = llm_core.load_model("minilm-l6")
>>> trace = llm_core.trace(model, "The cat sat on the mat because it was tired.")
>>> trace.attention("encoder", layer=3, heads=[0]).shape
(1, 13, 13)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from llm_core.catalog import ModelSpec, catalog
from llm_core.errors import (
    BrokenGgufError,
    CustomCodeError,
    EmptyTextError,
    InvalidTextError,
    LlmCoreError,
    ModelError,
    NotAModelError,
    PickledWeightsError,
    SelectionError,
    TextError,
    TextTooLongError,
    UnknownModelError,
    UnreachableModelError,
    UnsafeModelError,
    UnsupportedModelError,
)
from llm_core.progress import Progress
from llm_core.sources import find_model
from llm_core.tokens import Token
from llm_core.trace_record import Edits, Trace

if TYPE_CHECKING:
    from llm_core.loading import LoadedModel, load_model
    from llm_core.tracing import trace

__all__ = [
    "BrokenGgufError",
    "CustomCodeError",
    "Edits",
    "EmptyTextError",
    "InvalidTextError",
    "LlmCoreError",
    "LoadedModel",
    "ModelError",
    "ModelSpec",
    "NotAModelError",
    "PickledWeightsError",
    "Progress",
    "SelectionError",
    "TextError",
    "TextTooLongError",
    "Token",
    "Trace",
    "UnknownModelError",
    "UnreachableModelError",
    "UnsafeModelError",
    "UnsupportedModelError",
    "catalog",
    "find_model",
    "load_model",
    "trace",
]


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for: a first picture must not wait for it."""
    home = {"LoadedModel": "loading", "load_model": "loading", "trace": "tracing"}.get(name)
    if home is not None:
        return getattr(import_module(f"llm_core.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
