"""What a model's own files say about writing: kept where it changes scores, set aside where it changes the answer.

``generation_config.json`` may ask for several texts, for other kinds of answers, for caches and assistants. All of
these belong to whoever asks, here the visitor; a trace and a step would break on them, or show another text than the
one that was asked for. What changes the scores of tokens belongs to the model, and is applied as the library does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_core.errors import NotAModelError, first_line, shortened
from llm_core.models.saved_setting import SavedSetting

if TYPE_CHECKING:
    from transformers import GenerationConfig

TOKENS = ("pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id")
"""Numbers of tokens; they say nothing about how to write."""

SCORES = (
    "encoder_repetition_penalty",
    "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size",
    "bad_words_ids",
    "min_length",
    "min_new_tokens",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "remove_invalid_values",
    "exponential_decay_length_penalty",
    "suppress_tokens",
    "begin_suppress_tokens",
    "sequence_bias",
    "guidance_scale",
    "renormalize_logits",
)
"""What changes the scores of tokens, in the library's names; each becomes one of its logits processors.

Sampling is none of these (temperature, top-k, top-p, top-h, min-p, typical, epsilon, eta), nor is a watermark: which of
the likely tokens are drawn is for whoever asks to say.
"""

_UNSAID = {"transformers_version", "_from_model_config", "_commit_hash", "max_length"}


def answer_with_records(config: Any) -> None:
    """Have a model answer with the library's records, whatever kind of answer its config.json asks for."""
    for part in {id(one): one for one in (config, *_parts(config))}.values():
        for name, value in (("return_dict", True), ("output_attentions", False), ("output_hidden_states", False)):
            if getattr(part, name, value) != value:
                setattr(part, name, value)


def _parts(config: Any) -> list[Any]:
    parts = [getattr(config, name, None) for name in getattr(config, "sub_configs", {})]
    return [part for part in [*parts, config.get_text_config()] if part is not None]


def read_settings(folder: Path, name: str) -> tuple[GenerationConfig, tuple[SavedSetting, ...]]:
    """What a model's files say about writing: what is kept of it, and all that was there.

    Args:
        folder: The model's folder.
        name: The model's name, for errors.

    Raises:
        NotAModelError: The files say what the library cannot use.
    """
    from transformers import GenerationConfig

    file = folder / "generation_config.json"
    try:
        said: Any = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else _of_config(folder)
        kept = {key: said[key] for key in (*TOKENS, *SCORES) if said.get(key) is not None}
        config = GenerationConfig(**kept)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NotAModelError(
            f"What the files of {shortened(name)} say about writing cannot be used: {first_line(error)} "
            "Expected settings of transformers in generation_config.json; without that file none are needed."
        ) from error
    plain = GenerationConfig()
    present = {
        key: value
        for key, value in sorted(said.items())
        if key not in _UNSAID and key not in TOKENS and key[0] != "_" and value is not None and hasattr(plain, key)
    }
    # What is off, and a cache, is what happens anyway.
    return config, tuple(
        SavedSetting(key, str(value), key in SCORES)
        for key, value in present.items()
        if value is not False and (key, value) != ("use_cache", True)
    )


def _of_config(folder: Path) -> dict[str, Any]:
    """What an older config.json says about writing, found as the library finds it."""
    from transformers import GenerationConfig

    try:
        found = GenerationConfig.from_pretrained(
            folder, config_file_name="config.json", _from_model_config=True, local_files_only=True
        )
    except OSError:
        return {}
    return dict(found.to_dict())
