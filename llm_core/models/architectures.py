"""What a configuration says a model is, and which of the library's classes loads it."""

from __future__ import annotations

import threading
from typing import Any

import transformers
from transformers.models.auto import modeling_auto

from llm_core.shapes import Family

BUILDING = threading.RLock()
"""Held while the library builds a model: meanwhile it swaps functions of its own classes, for every thread there is."""


def family_of(config: Any) -> Family:
    """What the configuration says the model is."""
    architecture = (getattr(config, "architectures", None) or [""])[0]
    if architecture.endswith("EncoderModel"):
        return "encoder"
    if getattr(config, "is_encoder_decoder", False):
        return "encoder-decoder"
    if architecture == modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES.get(config.model_type):
        return "encoder"
    if architecture.endswith(("ForCausalLM", "LMHeadModel")):
        return "decoder"
    masked = config.model_type in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if masked and not getattr(config, "is_decoder", False):
        return "encoder"
    return "decoder" if config.model_type in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES else "encoder"


def loaders(config: Any, family: Family) -> list[Any]:
    """The library's classes to try: with the head the model was trained with, then without any."""
    if (config.architectures or [""])[0].endswith("EncoderModel"):
        return [transformers.AutoModelForTextEncoding, transformers.AutoModel]
    with_head = {
        "encoder": transformers.AutoModelForMaskedLM,
        "decoder": transformers.AutoModelForCausalLM,
        "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
    }[family]
    known = [loader for loader in (with_head, transformers.AutoModel) if type(config) in loader._model_mapping]
    return known or [transformers.AutoModel]
