"""The configuration and the tokenizer of a model's folder, or the sentence that says why they are of no use."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import transformers

from llm_core.errors import NotAModelError, UnsupportedModelError, first_line, missing_package
from llm_core.models.admission import needs_own_code
from llm_core.models.saved_settings import answer_with_records

SAFE: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
"""Nothing that came with a model is run, and nothing is fetched."""

TRIED_TOKENS = 16
"""So many tokens a tokenizer is tried with."""


def config_and_tokenizer(folder: Path, name: str) -> tuple[Any, Any]:
    """The library's configuration and tokenizer of a model's folder.

    Raises:
        CustomCodeError: They need Python code of their own.
        NotAModelError: One of them cannot be read.
        UnsupportedModelError: The tokenizer reads no plain text, or needs a package that is not installed.
    """
    reading = "configuration (config.json)"
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **SAFE)
        reading = "tokenizer (tokenizer.json and the like)"
        # What is too long is cut at its end everywhere in this project, whatever side the files name.
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, truncation_side="right", **SAFE)
    except Exception as error:
        if "trust_remote_code" in str(error):
            raise needs_own_code(name) from error
        missing = missing_package(error)
        if missing:
            raise UnsupportedModelError(f"The tokenizer of “{name}” cannot be used. {missing}") from error
        raise NotAModelError(
            f"The {reading} of “{name}” cannot be read: {first_line(error)} "
            "Expected config.json, the tokenizer's files and the weights as transformers saves them. "
            "Copy or download the folder again."
        ) from error
    if not isinstance(tokenizer, transformers.PreTrainedTokenizerBase):
        raise NotAModelError(f"“{name}” has no text tokenizer, and only text models are traced here.")
    _check_reads_text(tokenizer, name)
    answer_with_records(config)
    return config, tokenizer


def _check_reads_text(tokenizer: Any, name: str) -> None:
    """Refuse a tokenizer that can read none of what it writes itself: one of tables, or of layouts on a page."""
    special = set(tokenizer.all_special_ids)
    ids = list(islice((number for number in range(len(tokenizer)) if number not in special), TRIED_TOKENS))
    failure: Exception | None = None
    for tried in (ids, *([number] for number in ids)):
        try:
            tokenizer(text=tokenizer.decode(tried), verbose=False)
            return
        # Tokenizers written in Python raise whatever they come upon.
        except Exception as error:
            failure = error
    if failure is not None:
        why = missing_package(failure) or f"It answered: {first_line(failure)} Choose a model that reads plain text."
        raise UnsupportedModelError(f"The tokenizer of “{name}” cannot read a plain text. {why}") from failure
