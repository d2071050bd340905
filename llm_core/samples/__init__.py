"""Traces and model profiles that ship with the project, so that a first picture is there before any model is loaded.

``python -m llm_core.samples`` makes them again.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from llm_core.comparison.model_profile import ModelProfile, from_fields
from llm_core.heads.examples import EXAMPLES
from llm_core.measures.model_map import ModelMap, map_of
from llm_core.recording.archive import load_trace
from llm_core.recording.trace_record import Trace

TEXT = EXAMPLES[0].text
MODELS = ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr")

_FOLDER = Path(__file__).parent

PROFILES = _FOLDER / "profiles.json"
"""The profiles of the models whose traces are shipped, with the parameters of each block, by name."""


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


def sample_profile(model_name: str) -> ModelProfile | None:
    """The profile that belongs to a model's shipped trace, or None if there is none."""
    fields = _profiles().get(model_name)
    return None if fields is None else from_fields(fields)


@cache
def sample_map(model_name: str) -> ModelMap | None:
    """The map of a model whose trace is shipped, or None if there is none."""
    fields = _profiles().get(model_name)
    if fields is None:
        return None
    return map_of(model_name, fields["outcome"]["family"], from_fields(fields).geometry, fields["counts"])


@cache
def _profiles() -> dict[str, dict[str, Any]]:
    profiles: dict[str, dict[str, Any]] = json.loads(PROFILES.read_text(encoding="utf-8"))
    return profiles
