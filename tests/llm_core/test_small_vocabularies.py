"""What students bring: digits, letters, moves, a few positions. It loads, and its attention is the library's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

import llm_core

NONE = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None}
KINDS = ["characters", "words", "pieces"]


def write_tokenizer(kind, alphabet, folder):
    """A tokenizer of characters, of whole words between spaces, or of word pieces of one letter."""
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    if kind == "characters":
        tokenizer = Tokenizer(models.BPE(vocabulary, []))
        tokenizer.decoder = decoders.Fuse()
    elif kind == "words":
        tokenizer = Tokenizer(models.WordLevel({**vocabulary, "[UNK]": len(vocabulary)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    else:
        more = {f"##{letter}": len(vocabulary) + number for number, letter in enumerate(alphabet)}
        tokenizer = Tokenizer(models.WordPiece({**vocabulary, **more, "[UNK]": 2 * len(vocabulary)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.decoder = decoders.WordPiece()
    unknown = {} if kind == "characters" else {"unk_token": "[UNK]"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **unknown).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def write_model(folder, alphabet, positions, *, kind="characters", cls="GPT2LMHeadModel", width=16, heads=2):
    folder.mkdir(parents=True, exist_ok=True)
    size = write_tokenizer(kind, alphabet, folder)
    sizes = {"vocab_size": size, "n_embd": width, "n_layer": 2, "n_head": heads, "n_positions": positions}
    if cls != "GPT2LMHeadModel":
        sizes = {
            "vocab_size": size,
            "hidden_size": width,
            "intermediate_size": 2 * width,
            "num_hidden_layers": 2,
            "num_attention_heads": heads,
            "max_position_embeddings": positions,
        }
    torch.manual_seed(0)
    model_class = getattr(transformers, cls)
    model = model_class(model_class.config_class(**sizes, **NONE))
    numbers = np.random.default_rng(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.copy_(torch.from_numpy(numbers.normal(0, 0.3, tuple(parameter.shape))))
    model.save_pretrained(folder)
    return folder


def assert_shows_the_librarys(folder, trace):
    name = "attentions"
    library = transformers.AutoModelForCausalLM if trace.family == "decoder" else transformers.AutoModelForMaskedLM
    model = library.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.tensor([[token.id for token in trace.tokens]])
    with torch.inference_mode():
        output = model(input_ids=ids, attention_mask=torch.ones_like(ids), output_attentions=True)
    for layer, weights in enumerate(getattr(output, name)):
        np.testing.assert_allclose(trace.attention(trace.stacks[0], layer), weights[0].numpy(), atol=2e-5)


STUDENTS = {
    "sums in digits": ("0123456789+=", "12+34=46", 32, "characters"),
    "a sorter of three letters": ("ABC", "CBABBC", 11, "characters"),
    "DNA": ("ACGT", "GATTACA", 16, "characters"),
    "molecules": ("CNOc1()=#[]@H+-", "CC(=O)Nc1ccc1", 16, "characters"),
    "bits": ("01", "0110", 4, "characters"),
    "chess moves": (["e2e4", "e7e5", "g1f3", "b8c6", "f1b5", "a7a6", "O-O"], "e2e4 e7e5 g1f3", 8, "words"),
    "notes": (["c4", "d4", "e4", "f4", "g4"], "c4 e4 g4 e4", 5, "words"),
    "letters that go on": ("abcd", "abca dcb", 16, "pieces"),
    "one letter": ("x", "xxx", 6, "characters"),
}


@pytest.mark.parametrize("what", STUDENTS)
@pytest.mark.parametrize("cls", ["GPT2LMHeadModel", "LlamaForCausalLM", "BertForMaskedLM"])
def test_students_models_load_and_are_proved(tmp_path, what, cls):
    alphabet, text, positions, kind = STUDENTS[what]
    folder = write_model(tmp_path / "model", alphabet, positions, kind=kind, cls=cls)
    model = llm_core.load_model(folder)
    assert model.check.tokens == min(positions, 16)
    trace = llm_core.trace(model, text, truncate=True)
    assert_shows_the_librarys(folder, trace)
    if kind == "characters":
        assert [token.text for token in trace.tokens] == list(text[:positions])
    elif kind == "words":
        assert [(token.text, token.continues) for token in trace.tokens] == [(word, False) for word in text.split()]
    else:
        assert [(t.text, t.continues) for t in trace.tokens][3:6] == [("a", True), ("d", False), ("c", True)]


@pytest.mark.parametrize("what", ["sums in digits", "bits", "chess moves"])
def test_students_models_write(tmp_path, what):
    alphabet, text, positions, kind = STUDENTS[what]
    model = llm_core.load_model(write_model(tmp_path / "model", alphabet, positions, kind=kind))
    steps = list(llm_core.generate(model, text, llm_core.GenerationSettings(max_new_tokens=3, temperature=0.0)))
    assert steps
    assert all(step.token.text for step in steps)


@given(
    alphabet=st.lists(
        st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x2FF), min_size=1, max_size=20, unique=True
    ),
    positions=st.integers(2, 20),
    data=st.data(),
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_small_vocabulary_and_any_few_positions(tmp_path_factory, alphabet, positions, data):
    folder = write_model(tmp_path_factory.mktemp("any") / "model", alphabet, positions)
    model = llm_core.load_model(folder)
    text = data.draw(st.text(st.sampled_from(alphabet), min_size=1, max_size=positions))
    trace = llm_core.trace(model, text)
    assert len(trace.tokens) == len(text)
    assert_shows_the_librarys(folder, trace)
    with pytest.raises(llm_core.TextTooLongError):
        llm_core.trace(model, text[:1] * (positions + 1))
    cut = llm_core.trace(model, text[:1] * (positions + 7), truncate=True)
    assert (len(cut.tokens), cut.tokens_cut) == (positions, 7)


def test_a_single_position_has_no_attention_to_show(tmp_path):
    with pytest.raises(llm_core.UnsupportedModelError, match="1 token"):
        llm_core.load_model(write_model(tmp_path / "model", "ab", 1))


@pytest.mark.parametrize("length", [600, 40_000, 200_000])
def test_the_number_of_tokens_cut_is_exact(minilm, length):
    trace = llm_core.trace(minilm, "word " * length, truncate=True)
    kept = sum(not token.is_special for token in trace.tokens)
    assert trace.tokens_cut == length - kept
    assert trace.text == "word " * (kept - 1) + "word"
