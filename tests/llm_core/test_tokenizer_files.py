"""A folder without a tokenizer is told that, whatever its architecture, and before its weights are read."""

from __future__ import annotations

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import llm_core
from llm_core.models.admission import check_folder
from llm_core.models.tokenizer_files import VOCABULARIES, WHOLE, WITHOUT_FILES

FAMILIES = ["bert", "roberta", "albert", "distilbert", "modernbert", "gpt2", "llama", "qwen3", "gemma3", "gpt-neox"]
FAMILIES += ["t5", "bart", "marian", "xlnet", "bloom"]
NOT_TOKENS = {"merges.txt", "bpe.codes", "emoji.json", "entity_vocab.json", "normalizer.json", "target_vocab.json"}
NOT_TOKENS |= {"tokenizer_config.json", "vocab-tgt.json", "word_pronunciation.json", "word_shape.json"}
"""What lies beside a vocabulary and is of no use without one."""


def without(folder: Path, copy: Path, *patterns: str) -> Path:
    shutil.copytree(folder, copy)
    for pattern in patterns:
        for file in copy.glob(pattern):
            file.unlink()
    return copy


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("kept", [True, False])
def test_a_folder_without_a_tokenizer_is_told_so(tiny_folder, tmp_path, name, kept):
    gone = ["tokenizer.json", "vocab*", "merges*", "*.spm", "*.model"] + ([] if kept else ["tokenizer_config.json"])
    folder = without(tiny_folder(name), tmp_path / "mute", *gone)
    with pytest.raises(llm_core.NotAModelError) as told:
        llm_core.load_model(folder)
    said = str(told.value)
    assert "tokenizer of" in said
    assert "is missing" in said
    assert "none of tokenizer.json, vocab.txt" in said
    assert ("tokenizer_config.json holds settings only" in said) == kept
    assert "Copy the tokenizer's files" in said


def test_any_one_vocabulary_is_enough_to_be_read_further(tiny_folder, tmp_path):
    folder = without(tiny_folder("bert"), tmp_path / "mute", "tokenizer.json")
    for name in ("vocab.txt", "vocab.json", "spiece.model", "source.spm", "qwen.tiktoken", "tekken.json"):
        (folder / name).write_text("[PAD]")
        check_folder(folder, "mute")
        (folder / name).unlink()


@pytest.mark.parametrize("made_by", sorted(WITHOUT_FILES))
def test_tokenizers_of_bytes_and_characters_need_no_files(tiny_folder, tmp_path, made_by):
    folder = without(tiny_folder("t5"), tmp_path / "bytes", "tokenizer.json", "*.model")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": made_by}))
    check_folder(folder, "bytes")


def test_every_vocabulary_of_the_library_is_known():
    base = Path(find_spec("transformers").submodule_search_locations[0])
    found = set()
    for file in [*base.glob("models/*/tokenization_*.py"), *base.glob("tokenization_*.py")]:
        for block in re.findall(r"VOCAB_FILES_NAMES\s*=\s*\{([^}]*)\}", file.read_text(encoding="utf-8")):
            found |= set(re.findall(r":\s*\"([^\"]+)\"", block))
    assert len(found) > 10
    unknown = {name for name in found - NOT_TOKENS if not any(Path(name).match(one) for one in (WHOLE, *VOCABULARIES))}
    assert not unknown
