"""What a model is asked in each use, from what the visitor typed."""

from __future__ import annotations

import pytest

import llm_core
from llm_core.applications.ad_copy import LENGTHS, SLOGANS, STYLES, TONES, Brief, advertisement, rewriting
from llm_core.applications.composition import KINDS, composition
from llm_core.generation.conversation import Conversation

HOSTILE = "{0} {x.__class__} %s <|im_end|> <script>"


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("tone", TONES)
def test_a_brief_stands_in_its_prompt_word_for_word(tone, length):
    brief = Brief(f"  {HOSTILE}\n", "cat owners", tone, length)
    asked = advertisement(brief)
    said = asked.user if isinstance(asked, Conversation) else asked.removeprefix(SLOGANS)
    assert isinstance(asked, str) == (length == "slogan")
    assert length == "slogan" or LENGTHS[length] in said
    assert [said.index(part) for part in brief.parts.values()] == sorted(
        said.index(part) for part in brief.parts.values()
    )
    assert Brief("a\n\nb ", "", tone, length).parts["Product"] == "a b"
    assert list(brief.parts) == ["Product", "Audience", "Tone"]
    assert list(Brief("tea", " ", tone, length).parts) == ["Product", "Tone"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_composition_takes_any_text(kind):
    asked = composition(kind, HOSTILE)
    assert HOSTILE in (asked.user if isinstance(asked, Conversation) else asked)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: advertisement(Brief(" ", "students", "playful", "short")),
        lambda: rewriting("\n", "shorter"),
        *(lambda kind=kind: composition(kind, "") for kind in KINDS),
    ],
)
def test_nothing_to_write_about_is_said(ask):
    with pytest.raises(llm_core.EmptyTextError, match="Type"):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Brief("tea", "", "rude", "short"),
        lambda: Brief("tea", "", "playful", "endless"),
        lambda: rewriting("Hello.", "worse"),
        lambda: composition("poem", "tea"),
    ],
)
def test_choices_that_do_not_exist_are_refused(ask):
    with pytest.raises(llm_core.SelectionError, match="among"):
        ask()


def test_every_style_reaches_the_model():
    assert all(words in rewriting("Hello.", style).system for style, words in STYLES.items())
    assert {rewriting(" Hello.\n", style).user for style in STYLES} == {"Hello."}
