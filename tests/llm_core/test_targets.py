"""What a decoder of an encoder-decoder reads for a given target: the library's own shift, and no token twice."""

from __future__ import annotations

import shutil

import pytest
import transformers

import llm_core

TEXT, TARGET = "The cat sat.", "le chat"


@pytest.fixture(scope="module")
def mbart(tiny_folder, tmp_path_factory):
    """mBART with a tokenizer of its own kind, which writes the language behind the text."""
    folder = tmp_path_factory.mktemp("targets") / "mbart"
    shutil.copytree(tiny_folder("mbart"), folder)
    words = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁le", "▁chat", "▁The", "▁cat", "▁sat", ".", "<mask>"]
    tokenizer = transformers.MBartTokenizer(
        vocab=[(word, -float(place)) for place, word in enumerate(words)], src_lang="en_XX", tgt_lang="fr_XX"
    )
    for file in folder.glob("token*"):
        file.unlink()
    tokenizer.save_pretrained(folder)
    return llm_core.load_model(folder)


def test_the_language_code_of_mbart_stands_once_and_first(mbart):
    tokens = llm_core.trace(mbart, TEXT, TARGET).target_tokens
    code = mbart.tokenizer.convert_tokens_to_ids("fr_XX")
    numbers = [token.id for token in tokens]
    labels = mbart.tokenizer(text_target=TARGET)["input_ids"]
    assert numbers.count(code) == 1
    assert numbers[0] == code
    assert numbers[1:] == [number for number in labels if number not in {code, mbart.tokenizer.eos_token_id}]


@pytest.mark.parametrize("name", ["t5", "bart", "marian", "pegasus", "m2m-100", "bert2bert"])
def test_a_target_begins_with_the_start_token_and_loses_none(tiny, name):
    model = tiny(name)
    labels = model.tokenizer(text_target=TARGET)["input_ids"]
    numbers = [token.id for token in llm_core.trace(model, TEXT, TARGET).target_tokens]
    start = model.model.generation_config.decoder_start_token_id
    assert numbers == [start, *[number for number in labels if number != model.tokenizer.eos_token_id]]
