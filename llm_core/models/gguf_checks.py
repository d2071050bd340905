"""A GGUF file is converted whole, or not at all.

transformers passes over tensors and settings of a GGUF file that it has no place for, without a word. What it passes
over would be missing from the model that runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader, dequantize
from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor, get_gguf_hf_weights_map

from llm_core.errors import LeftOutError, NotAModelError
from llm_core.models.weight_files import some_of

FREQUENCIES = "rope_freqs.weight"
"""Factors of the rotary frequencies (LLaMA 3.1); all ones where they change nothing."""

_EXPERTS = re.compile(r"_exps\.(weight|bias)$")
"""Experts of a layer in one tensor, which the library takes apart under other names."""


def check_whole(gguf: Path, model: Any, missing: Collection[str]) -> None:
    """Refuse a file of which the library takes only a part, or which lacks a part of the model.

    Args:
        gguf: The file.
        model: What the library made of it.
        missing: Names of the model's tensors that the file does not have.

    Raises:
        NotAModelError: The file lacks tensors.
        LeftOutError: Some tensor, or a scaling of its positions, is used by nothing.
    """
    absent = {name for name in missing if "pooler" not in name}
    if absent:
        raise NotAModelError(
            f"The weights of {gguf.name} are incomplete: {len(absent)} tensors are missing, for example "
            f"{min(absent)}. Download the file again."
        )
    reader = GGUFReader(gguf)
    architecture = str(reader.fields["general.architecture"].contents())
    processor = TENSOR_PROCESSORS.get(architecture, TensorProcessor)(config=model.config.to_dict())
    known = get_gguf_hf_weights_map(model, processor)
    left = {
        tensor.name
        for tensor in reader.tensors
        if tensor.name not in known and not _EXPERTS.search(tensor.name) and not _changes_nothing(tensor)
    }
    if left:
        raise LeftOutError(
            f"transformers leaves {len(left)} of the tensors of {gguf.name} unused, so that what would run is not the "
            f"model that was trained: {some_of(left)}. Choose a file of the same model as safetensors."
        )
    scaling = reader.fields.get(f"{architecture}.rope.scaling.type")
    kind = "none" if scaling is None else str(scaling.contents())
    if kind != "none" and _scaling_of(model) in {None, "default"}:
        raise LeftOutError(
            f"{gguf.name} scales its rotary positions (“{kind}”), and transformers leaves that out when it reads a "
            "GGUF file, so that what would run is not the model that was trained. Choose a file of the same model as "
            "safetensors."
        )


def _changes_nothing(tensor: Any) -> bool:
    return tensor.name == FREQUENCIES and bool((np.asarray(dequantize(tensor.data, tensor.tensor_type)) == 1).all())


def _scaling_of(model: Any) -> str | None:
    parameters = getattr(model.config.get_text_config(), "rope_parameters", None) or {}
    return parameters.get("rope_type")
