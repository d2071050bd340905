"""Traces that ship with the project, so that a first picture is there before any model is loaded.

``python -m llm_core.samples`` makes them again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from llm_core.archive import load_trace
from llm_core.examples import EXAMPLES
from llm_core.trace_record import Trace

TEXT = EXAMPLES[0].text
MODELS = ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr")

_FOLDER = Path(__file__).parent


def path_of(model_name: str) -> Path:
    """Where the sample of a model lies."""
    return _FOLDER / f"{model_name}.safetensors"


def sample(model_name: str, text: str) -> Trace | None:
    """The shipped trace of a catalog model on a text, or None if there is none."""
    if model_name not in MODELS or text != TEXT:
        return None
    return _load(model_name)


@cache
def _load(model_name: str) -> Trace:
    return load_trace(path_of(model_name))
