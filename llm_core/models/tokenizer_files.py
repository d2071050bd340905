"""Which files of a model's folder hold its tokenizer, and what is said where there is none.

Without them transformers may make up a tokenizer of five tokens in which every word is unknown, and say nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llm_core.errors import NotAModelError, shortened

WHOLE = "tokenizer.json"
"""Holds everything."""

VOCABULARIES = (
    *("vocab.txt", "vocab.json", "vocab-src.json", "dict.txt", "prophetnet.tokenizer", "byte_maps.json", "tekken.json"),
    *("tokenizer.model*", "spiece.model", "sentencepiece*.model", "spm*.model", "*.spm", "*.tiktoken"),
)
"""Files in which the library's tokenizers keep their tokens otherwise."""

WITHOUT_FILES = {"ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer"}
"""Tokenizers that read bytes or characters and need no vocabulary."""

TYPES_WITHOUT_FILES = {"canine", "perceiver"}
"""Model types that have such a tokenizer if nothing else is said."""

SETTINGS = "tokenizer_config.json"


def check_tokenizer_files(folder: Path, name: str, model_type: object) -> None:
    """Refuse a folder that holds no tokenizer.

    Raises:
        NotAModelError: There is no file with a vocabulary, and the tokenizer needs one.
    """
    if (folder / WHOLE).is_file() or any(any(folder.glob(pattern)) for pattern in VOCABULARIES):
        return
    settings = _settings(folder / SETTINGS)
    made_by = str((settings or {}).get("tokenizer_class", "")).removesuffix("Fast")
    if (
        made_by in WITHOUT_FILES
        or (not made_by and model_type in TYPES_WITHOUT_FILES)
        or "auto_map" in (settings or {})
    ):
        return
    there = f" Its {SETTINGS} holds settings only." if settings is not None else ""
    looked = f"{WHOLE}, vocab.txt, vocab.json, tokenizer.model, spiece.model, sentencepiece.bpe.model and the like"
    raise NotAModelError(
        f"The tokenizer of {shortened(name)} is missing, and without it no text can be read: the folder has none of "
        f"{looked}.{there} Copy the tokenizer's files into the folder from where the model came from, or save them "
        "there with tokenizer.save_pretrained."
    )


def _settings(file: Path) -> dict[str, Any] | None:
    """What the settings say; nothing of a file that cannot be read, which is told when the tokenizer is."""
    if not file.is_file():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
