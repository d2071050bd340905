"""Tokenizers that read no plain text, or need a package that is not here: refused in a sentence that says so."""

from __future__ import annotations

import json
import sys

import pytest
import transformers
from tokenizers import Tokenizer, models

import llm_core
from llm_core.errors import missing_package
from tests.llm_core.test_small_vocabularies import write_model
from tests.python_tokenizers import BERT, build, pieces_model, wordpieces

pytestmark = pytest.mark.filterwarnings("ignore")


def write_tiny_gpt2(folder, vocabulary):
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 32}
    transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=vocabulary, **sizes)).save_pretrained(folder)


def test_a_package_that_the_tokenizer_needs_is_named_with_how_to_install_it(tmp_path, monkeypatch):
    write_tiny_gpt2(tmp_path, len(pieces_model(tmp_path, "spiece.model")) + 8)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CpmTokenizer"}), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(llm_core.UnsupportedModelError, match=r"needs the Python package rjieba.*pip install rjieba"):
        llm_core.load_model(tmp_path)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModuleNotFoundError("No module named 'fugashi'", name="fugashi"), "needs the Python package fugashi"),
        (ImportError("XTokenizer requires the rjieba library but it was not found."), "pip install rjieba"),
        (ImportError("You can install it with pip:\n`pip install\nphonemizer`"), "the Python package phonemizer"),
        (ImportError("no symbol"), "not installed here: no symbol"),
        (ValueError("You need to install rjieba"), None),
    ],
)
def test_what_errors_say_of_packages(error, expected):
    said = missing_package(error)
    assert said is None if expected is None else expected in str(said)


def test_a_tokenizer_of_tables_is_refused_before_its_weights_are_read(tmp_path):
    (tmp_path / "pieces").mkdir()
    tokenizer = wordpieces(tmp_path / "pieces", "TapasTokenizer", [*BERT, "[EMPTY]"])
    tokenizer.save_pretrained(tmp_path)
    write_tiny_gpt2(tmp_path, len(tokenizer))
    with pytest.raises(llm_core.UnsupportedModelError, match=r"cannot read a plain text\. .*table.*reads plain text\."):
        llm_core.load_model(tmp_path)


def test_a_vocabulary_without_spaces_or_an_unknown_token_is_no_reason_to_refuse(tmp_path):
    folder = write_model(tmp_path, "abc", 8)
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 1, "c": 2}))
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    model = llm_core.load_model(folder)
    assert [token.text for token in llm_core.trace(model, "b").tokens] == ["b"]
    with pytest.raises(llm_core.UnsupportedModelError, match=r"cannot read this text: .* Type another one"):
        llm_core.trace(model, "b a")


def test_half_a_character_is_called_that_whatever_the_tokenizer(tmp_path):
    (tmp_path / "built").mkdir()
    build("ByT5", tmp_path / "built").save_pretrained(tmp_path)
    write_tiny_gpt2(tmp_path, 400)
    model = llm_core.load_model(tmp_path)
    with pytest.raises(llm_core.InvalidTextError, match="half a character"):
        llm_core.trace(model, "a\ud83d")
