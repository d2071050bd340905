"""Texts that cannot be traced are refused with a sentence that says what to do, and nothing hangs."""

from __future__ import annotations

import time

import pytest

import llm_core

TEXT = "The cat sat on the mat."


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0", "\u3000"])
@pytest.mark.parametrize("name", ["bert", "llama", "t5"])
def test_nothing_to_read_asks_for_words(tiny, name, text):
    with pytest.raises(llm_core.EmptyTextError, match="Type a few words"):
        llm_core.trace(tiny(name), text)
    if name == "t5":
        with pytest.raises(llm_core.EmptyTextError, match="Type a few words"):
            llm_core.trace(tiny(name), TEXT, target=text)


@pytest.mark.parametrize("text", ["\u200b", "\x00", "\ufeff"])
def test_a_text_of_which_the_tokenizer_leaves_nothing_asks_for_words(minilm, text):
    with pytest.raises(llm_core.EmptyTextError, match="Type a few words"):
        llm_core.trace(minilm, text)


ODD = ["😀", "\u200b", "👩‍👩‍👧 😀", "日本", "\U0010ffff"]
LEAVES_NOTHING = {"bert": {"\u200b"}, "llama": {"😀", "\u200b", "日本", "\U0010ffff"}, "t5": set()}
"""Odd texts of which a tokenizer keeps nothing: WordPiece drops what is invisible, and bytes may be unknown."""


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", LEAVES_NOTHING)
def test_odd_text_is_traced_or_asks_for_words(tiny, name, text):
    if text in LEAVES_NOTHING[name]:
        with pytest.raises(llm_core.EmptyTextError, match="leaves nothing of it"):
            llm_core.trace(tiny(name), text)
    else:
        trace = llm_core.trace(tiny(name), text, max_target_tokens=4)
        unknown = tiny(name).tokenizer.unk_token_id
        assert any(not token.is_special or token.id == unknown for token in trace.tokens)


def test_a_text_of_which_the_model_knows_nothing_is_shown_as_unknown(minilm):
    assert [token.text for token in llm_core.trace(minilm, "😀").tokens] == ["[CLS]", "[UNK]", "[SEP]"]
    assert "[UNK]" in [token.text for token in llm_core.trace(minilm, "a 😀").tokens]


@pytest.mark.parametrize("text", [None, 3, b"bytes", ["a list"], 1.5])
@pytest.mark.usefixtures("unchecked_types")
def test_what_is_no_string_is_told_so(tiny, text):
    with pytest.raises(llm_core.InvalidTextError, match="Pass a string"):
        llm_core.trace(tiny("llama"), text)


def test_half_a_character_is_told_so(tiny):
    for name, target in (("bert", None), ("llama", None), ("t5", "chat")):
        with pytest.raises(llm_core.InvalidTextError, match="surrogate"):
            llm_core.trace(tiny(name), "cat \ud83d", target)
    with pytest.raises(llm_core.InvalidTextError, match="surrogate"):
        llm_core.trace(tiny("t5"), TEXT, "chat \ud83d")


@pytest.mark.usefixtures("unchecked_types")
def test_a_target_that_is_no_string_is_told_so(tiny):
    with pytest.raises(llm_core.InvalidTextError, match="Pass a string"):
        llm_core.trace(tiny("t5"), TEXT, target=3)


@pytest.mark.parametrize("name", ["bert", "llama", "gpt2", "bart"])
def test_a_text_over_the_limit_is_refused_and_cut_only_if_asked(tiny, name):
    model = tiny(name)
    text = "cat " * 300
    with pytest.raises(llm_core.TextTooLongError, match="allow it to be cut") as caught:
        llm_core.trace(model, text, max_target_tokens=3)
    assert caught.value.limit == model.token_limit == 128
    assert caught.value.tokens > 128
    trace = llm_core.trace(model, text, truncate=True, max_target_tokens=3)
    assert len(trace.tokens) == 128
    assert trace.tokens_cut == caught.value.tokens - 128
    assert text.startswith(trace.text)
    assert len(trace.text) < len(text)
    assert llm_core.trace(model, "cat", max_target_tokens=3).tokens_cut == 0


def test_a_cut_text_keeps_its_end_token(tiny):
    trace = llm_core.trace(tiny("bert"), "cat " * 300, truncate=True)
    assert trace.tokens[-1].text == "[SEP]"


def test_a_target_over_the_limit_is_refused_and_cut_only_if_asked(tiny):
    with pytest.raises(llm_core.TextTooLongError, match=r"target.*allow it to be cut"):
        llm_core.trace(tiny("bart"), TEXT, target="chat " * 300)
    trace = llm_core.trace(tiny("bart"), TEXT, target="chat " * 300, truncate=True)
    assert len(trace.target_tokens) == 128


FIVE_MEGABYTES = {
    "words": "cat " * 1_250_000,
    "one word": "a" * 5_000_000,
    "space": " " * 5_000_000 + "cat",
    "emoji": "😀" * 1_250_000,
}


@pytest.mark.parametrize("text", FIVE_MEGABYTES)
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("bert", {"words": llm_core.TextTooLongError}),  # WordPiece makes one token of a word of any length
        (
            "llama",
            dict.fromkeys(("words", "one word", "space"), llm_core.TextTooLongError)
            | {"emoji": llm_core.EmptyTextError},
        ),
    ],
)
def test_five_megabytes_of_text_are_answered_within_seconds(tiny, name, refused, text):
    started = time.perf_counter()
    if text in refused:
        with pytest.raises(refused[text]):
            llm_core.trace(tiny(name), FIVE_MEGABYTES[text])
    else:
        trace = llm_core.trace(tiny(name), FIVE_MEGABYTES[text])
        assert trace.text == FIVE_MEGABYTES[text]
        assert trace.tokens[-2].end == len(trace.text)
    assert time.perf_counter() - started < 120


def test_errors_cross_processes():
    import pickle

    error = pickle.loads(pickle.dumps(llm_core.TextTooLongError("long", tokens=9, limit=4)))
    assert (str(error), error.tokens, error.limit) == ("long", 9, 4)
