"""Words as runs of characters."""

from __future__ import annotations

import pytest

from llm_core.comparison.words import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat sat.", ["The", "cat", "sat"]),
        ("it's Zoë’s dog", ["it's", "Zoë’s", "dog"]),
        ("cafe\u0301 noir", ["cafe\u0301", "noir"]),
        ("猫 坐着 ok", ["猫", "坐", "着", "ok"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("'quoted' -- 12.5", ["quoted", "12", "5"]),
        ("🙂 <b>", ["b"]),
        ("", []),
        ("?!", []),
    ],
)
def test_words_are_letters_digits_and_their_marks(text, words):
    assert [text[start:end] for start, end in words_of(text)] == words
