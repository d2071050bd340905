"""The same model as the library runs it by itself: what recording is compared with."""

from __future__ import annotations

from typing import Any

import torch
import transformers

import llm_core
from llm_core.models.gguf_cache import converted
from llm_core.models.sources import wheel_path
from llm_core.progress import ignore_progress

MODEL = "smollm2-135m"


def plain_model(attention: str) -> Any:
    """The model loaded with one of the library's own attention implementations, ``"sdpa"`` or ``"eager"``."""
    folder = converted(wheel_path(llm_core.find_model(MODEL)), ignore_progress)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation=attention,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )
    return model.eval().requires_grad_(False)


def plain_tokenizer() -> Any:
    """The tokenizer of the same model."""
    folder = converted(wheel_path(llm_core.find_model(MODEL)), ignore_progress)
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def bare_pass(model: Any, inputs: Any) -> Any:
    """A forward pass that asks for the logits of every token and nothing else."""
    with torch.inference_mode():
        return model(**inputs, use_cache=False)


def attentions_pass(model: Any, inputs: Any) -> Any:
    """A forward pass that asks the library itself for everything a trace can tell."""
    with torch.inference_mode():
        return model(**inputs, use_cache=False, output_attentions=True, output_hidden_states=True)
