"""Weights are those of the files, all of them, and numbers: otherwise the body that runs is not the one trained."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

from llm_core.errors import LeftOutError, NotAModelError, shortened
from llm_core.models.weight_files import FORMATS, header_of, quantized, read_files, some_of

LEGITIMATE = re.compile(
    r"(^|\.)(pooler|v_head)\."
    r"|(^|\.)(position_ids|token_type_ids|inv_freq|original_inv_freq|cos_cached|sin_cached|masked_bias|version)$"
    r"|(^|\.)embed_positions\.weights$|_float_tensor$|relative_position_index$|num_batches_tracked$"
)
"""Parts that no picture needs: what pools a text, a value head, and buffers that the library works out again."""

_MASK = re.compile(r"(^|\.)(attn|attention|crossattention|self_attn|self)\.bias$")
"""Causal masks that older versions saved under the name of a bias."""


def check_all_used(
    model: Any, source: Path | Mapping[str, torch.Tensor], unexpected: Collection[str], name: str
) -> None:
    """Refuse weights of which the model takes only a part.

    Args:
        model: As it was loaded.
        source: The folder it came from, or its tensors by name.
        unexpected: Names of tensors that the library found no place for.
        name: The model's name, for errors.

    Raises:
        LeftOutError: Some tensor is neither used nor part of what may be left out, or two of them fight for one place.
        NotAModelError: Some weight is a whole number or has eight bits, which say nothing without their scale.
    """
    tensors = _Tensors(source, name)
    # The library passes over these, whether they are masks or biases.
    open_names = {one for one in tensors.without_place(model) if _MASK.search(one) and not tensors.is_mask(one)}
    open_names |= {one for one in unexpected if not LEGITIMATE.search(one) and not _MASK.search(one)}
    if open_names:
        open_names -= _head_names(model)
    if open_names:
        raise LeftOutError(
            f"The installed transformers leaves {len(open_names)} of the tensors of {shortened(name)} unused, so that "
            f"what runs is not the model that was trained: {some_of(open_names)}. Check config.json (number of "
            "layers, biases, kind of positions), or choose a model of an architecture that is supported whole."
        )
    scaled = tensors.without_scale(model)
    if scaled:
        raise quantized(name, sorted(scaled))
    fighting = tensors.fighting(model)
    if fighting:
        raise LeftOutError(
            f"The weights of {shortened(name)} hold some tensors twice, with different numbers: "
            f"{some_of(fighting)}. Which of them belong to the model cannot be told. Take out what does not."
        )


def check_finite(model: Any, name: str) -> None:
    """Refuse weights that hold NaN or infinity.

    Raises:
        NotAModelError: Some weight is no number.
    """
    saved = model.state_dict().keys()
    weights = [*model.named_parameters(), *((key, one) for key, one in model.named_buffers() if key in saved)]
    broken = [key for key, weight in weights if weight.numel() and not _is_finite(weight)]
    if broken:
        raise NotAModelError(
            f"Expected numbers as weights, but {shortened(name)} has NaN or infinity in {len(broken)} of its tensors: "
            f"{some_of(broken)}. The file is broken, or was saved in a number format that is too small. "
            "Download it again, or save it from the original in bfloat16 or float32."
        )


def _is_finite(weight: torch.Tensor) -> bool:
    if not weight.is_floating_point():
        return True
    low, high = torch.aminmax(weight)
    return bool(torch.isfinite(low)) and bool(torch.isfinite(high))


def keep_own_weights(model: Any) -> None:
    """Copy weights that are mapped from files into memory, since whoever brought the files may overwrite them."""
    copies: dict[object, torch.Tensor] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        # Tied weights stay one; two views of the same memory are two tensors.
        place = (tensor.data_ptr(), tensor.shape, tensor.stride())
        tensor.data = copies.setdefault(place, tensor.data.clone())


class _Tensors:
    """The tensors of a model's files, by name."""

    def __init__(self, source: Path | Mapping[str, torch.Tensor], name: str) -> None:
        self._loaded = source if isinstance(source, Mapping) else {}
        self._files: dict[str, Path] = {}
        self._formats: dict[str, str] = {}
        for file in read_files(source, name) if isinstance(source, Path) else []:
            header = header_of(file, name)
            self._files |= dict.fromkeys(header, file)
            self._formats |= {key: entry["dtype"] for key, entry in header.items()}

    def is_mask(self, name: str) -> bool:
        """True if a tensor is square and holds only zeros and ones, as a causal mask does."""
        tensor = self._get(name)
        return tensor.ndim >= 2 and tensor.shape[-1] == tensor.shape[-2] and bool(((tensor == 0) | (tensor == 1)).all())

    def without_place(self, model: Any) -> set[str]:
        """Names of tensors that the model has no place for."""
        places = model.state_dict()
        return {name for name, place, _ in self._placed(model) if place not in places}

    def without_scale(self, model: Any) -> set[str]:
        """Names of tensors that are no numbers with a point, or of eight bits, where the model has such."""
        places = model.state_dict()
        return {
            name
            for name, place, _ in self._placed(model)
            if place in places and places[place].is_floating_point() and self._formats.get(name, "F32") not in FORMATS
        }

    def fighting(self, model: Any) -> set[str]:
        """Names of tensors that go to the same place of the model and differ."""
        by_place: defaultdict[str, list[str]] = defaultdict(list)
        for name, place, converted in self._placed(model):
            if not converted:
                by_place[place].append(name)
        several = [names for names in by_place.values() if len(names) > 1]
        return {one for names in several if not self._equal(names) for one in names}

    def _placed(self, model: Any) -> list[tuple[str, str, bool]]:
        """Each tensor's name, its name in the model, and whether it is only a part of what stands there."""
        transforms = get_model_conversion_mapping(model)
        renamings = [one for one in transforms if isinstance(one, WeightRenaming)]
        converters = [one for one in transforms if isinstance(one, WeightConverter)]
        places = model.state_dict()
        found = []
        for name in self._names():
            place, converted = rename_source_key(name, renamings, converters, model.base_model_prefix, places)
            if place not in places and name in places:
                place, converted = name, None
            found.append((name, place, converted is not None))
        return found

    def _names(self) -> list[str]:
        return sorted([*self._loaded, *self._files])

    def _get(self, name: str) -> torch.Tensor:
        if name in self._loaded:
            return self._loaded[name]
        with safe_open(self._files[name], "pt") as opened:
            return torch.as_tensor(opened.get_tensor(name))

    def _equal(self, names: Iterable[str]) -> bool:
        first, *others = (self._get(name) for name in names)
        return all(torch.equal(first, other) for other in others)


def _head_names(model: Any) -> set[str]:
    """Names of the tensors of every head that the library has for this kind of model."""
    module = sys.modules[type(model).__module__]
    names: set[str] = set()
    kinds: list[Any] = [kind for _, kind in inspect.getmembers(module, inspect.isclass)]
    for kind in kinds:
        if not issubclass(kind, PreTrainedModel) or kind.config_class is not type(model).config_class:
            continue
        try:
            with torch.device("meta"):
                other = kind(model.config)
        # A head may want settings that this configuration does not have; then it is none of this model's.
        except Exception:
            continue
        body = kind.base_model_prefix
        if body and hasattr(other, body):
            names |= {key for key in other.state_dict() if not key.startswith(f"{body}.")}
    return names
