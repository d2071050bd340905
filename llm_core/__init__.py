"""Run encoder, decoder and encoder-decoder Transformers and look at their attention.

>>> import llm_core
>>> model = llm_core.load_model("minilm-l6")
>>> trace = llm_core.trace(model, "The cat sat on the mat because it was tired.")
>>> trace.attention("encoder", layer=3, heads=[0]).shape
(1, 13, 13)
"""

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
from llm_core.trace import Edits, Trace, trace

if TYPE_CHECKING:
    from llm_core.loading import LoadedModel, load_model

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
    if name in {"LoadedModel", "load_model"}:
        from llm_core import loading

        return getattr(loading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
