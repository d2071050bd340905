"""Answers copied from passages: the likeliest words of them, held against passes of the library without any memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from llm_core import SelectionError, UnsupportedModelError
from llm_core.applications import copying
from llm_core.applications.answering import copied_attention
from llm_core.applications.copied_answers import LEAST_LEAD, CopiedAnswer, Span
from llm_core.applications.copying import copy_answer, copying_prompt
from llm_core.applications.documents import Document, Passage, split_passages
from llm_core.tracing.inputs import end_tokens

QUESTION = "Who sat?"


@pytest.fixture(autouse=True)
def short_prompt(monkeypatch):
    """A prompt without examples: the tiny models read 128 tokens, most of a letter or two."""
    monkeypatch.setattr(copying, "EXAMPLES", "")


def passages() -> tuple[Passage, ...]:
    return split_passages([Document("a", "The cat sat. It was."), Document("b", "A dog ran.")])


@pytest.fixture(params=["llama", "gpt2"])
def model(request, tiny):
    return tiny(request.param)


def test_every_word_of_an_answer_stands_in_its_passage(model):
    copied = copy_answer(model, QUESTION, passages())
    chances = [span.log_probability for span in copied.spans]
    assert chances == sorted(chances, reverse=True)
    for span in copied.spans:
        text = copied.passages[span.passage].text
        before, after = text[: span.start], text[span.end :]
        assert not before or not before[-1].isalnum()
        assert not after or not after[0].isalnum()
        assert "." not in text[span.start : span.end]
    assert copied.text in copied.passage.text
    assert {span.passage for span in copied.spans} == {0, 1}


def test_its_probability_is_that_of_a_pass_over_the_whole_text(model):
    copied = copy_answer(model, QUESTION, passages())

    def numbers(text: str) -> list[int]:
        return model.tokenizer(text, add_special_tokens=False)["input_ids"]

    stops = sorted(set(copying._stops(model)))
    assert set(end_tokens(model)) <= set(stops)
    begins = model.tokenizer("a")["input_ids"][: model.tokenizer("a")["input_ids"].index(numbers("a")[0])]
    for span in (copied.spans[0], copied.spans[-1]):
        passage = copied.passages[span.passage]
        prompt = begins + numbers(copying_prompt(QUESTION, passage))
        whole = begins + numbers(f"{copying_prompt(QUESTION, passage)} {passage.text[span.start : span.end]}")
        with torch.inference_mode():
            shares = model.model(torch.tensor([whole])).logits[0].double().log_softmax(-1)
        same = next((at for at, (a, b) in enumerate(zip(prompt, whole, strict=False)) if a != b), len(prompt))
        expected = sum(float(shares[at - 1, whole[at]]) for at in range(same, len(whole)))
        expected += float(shares[-1, stops].logsumexp(0))
        assert span.log_probability == pytest.approx(expected, abs=1e-3)


def test_what_was_looked_at_is_the_mean_attention_without_the_first_token(model):
    copied = copy_answer(model, QUESTION, passages())
    looked = copied_attention(model, copied)
    assert "".join(token.text for token in looked.answer).replace("·", "")
    (tokens,) = looked.tokens
    spelled = copying_prompt(QUESTION, copied.passage)[tokens[0].start : tokens[-1].end]
    assert spelled.strip() == copied.passage.text
    assert looked.weights[0].shape == (len(looked.answer), len(tokens))
    assert ((looked.shares.sum(axis=1) + looked.written) <= 1 + 1e-5).all()
    assert (looked.first > 0).all()


def test_the_decoder_says_nothing_where_silence_is_likelier():
    passage = Passage("d", 0, "The pool is warm.", 0, 17)
    spans = (Span(0, 12, 16, -2.0), Span(0, 0, 8, -5.0))
    sure = CopiedAnswer("How is the pool?", (passage,), spans, np.array([-2.0 - LEAST_LEAD - 0.1]))
    unsure = CopiedAnswer("How is the pool?", (passage,), spans, np.array([-2.0 - LEAST_LEAD + 0.1]))
    assert (sure.text, sure.said, unsure.said) == ("warm", True, False)
    assert sure.lead == pytest.approx(LEAST_LEAD + 0.1)


def test_words_that_only_repeat_the_question_are_no_answer_where_there_are_others(model):
    (passage,) = split_passages([Document("a", "The cat sat by a dog.")])
    said = {
        passage.text[span.start : span.end] for span in copy_answer(model, "Where did the cat sit?", [passage]).spans
    }
    assert not said & {"The cat", "cat", "The"}
    assert said
    (same,) = split_passages([Document("a", "The cat.")])
    assert {same.text[span.start : span.end] for span in copy_answer(model, "The cat?", [same]).spans} >= {"cat"}


def test_hostile_passages_are_read_as_text(tiny):
    text = "The [SEP] cat </s> sat."
    copied = copy_answer(tiny("llama"), "Who?", split_passages([Document("d", text)]))
    assert copied.text in text


def test_what_cannot_be_answered_from_is_refused(tiny):
    with pytest.raises(SelectionError, match="at least one passage"):
        copy_answer(tiny("llama"), QUESTION, ())
    with pytest.raises(SelectionError, match="at least one word"):
        copy_answer(tiny("llama"), QUESTION, [Passage("d", 0, "... !", 0, 5)])
    with pytest.raises(UnsupportedModelError, match="is an encoder"):
        copy_answer(tiny("bert"), QUESTION, passages())
    with pytest.raises(UnsupportedModelError, match="encoder-decoder"):
        copy_answer(tiny("t5"), QUESTION, passages())


def test_copying_stops_where_the_callback_says(tiny):
    def stop(progress):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        copy_answer(tiny("llama"), QUESTION, passages(), progress=stop)


def test_a_capital_of_two_letters_moves_nothing(tiny):
    (passage,) = split_passages([Document("d", "ﬁsh market opens ßo")])
    copied = copy_answer(tiny("llama"), "When?", [passage])
    for span in copied.spans:
        assert passage.text[span.start : span.end].strip() == passage.text[span.start : span.end]
        assert span.end <= len(passage.text)


@pytest.mark.parametrize("name", ["jamba", "lfm2", "qwen3-next"])
def test_what_keeps_more_than_keys_and_values_is_refused_as_such(tiny, name):
    with pytest.raises(UnsupportedModelError, match="keeps no keys and values"):
        copy_answer(tiny(name), QUESTION, passages())
