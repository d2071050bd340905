"""How a tokenizer spells what is around a token's text, read off what the tokenizer itself does.

A tokenizer with a Rust backend says it in its decoder. One that is written in Python is tried: a few made-up pieces go
through its own ``convert_tokens_to_string``, and what comes out tells which marks it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

Spelling: TypeAlias = Literal["text", "byte-level", "latin-1", "hexadecimal"]

SPACES = ("▁", "Ġ")
CONTINUATIONS = ("##",)
JOINTS = ("@@", "￭")
WORD_ENDS = ("</w>",)
"""Marks that are tried; those the tokenizer does not treat as one stay part of the text."""

SEARCHED = 5000
"""So many tokens are looked through for two that bear a mark."""

_HEXADECIMAL = re.compile("[0-9a-f]{2}")


@dataclass(frozen=True)
class Marks:
    """How a tokenizer writes what is around a token's text.

    Attributes:
        spelling: ``"text"``; ``"byte-level"``, a stand-in character for each byte (Radford et al. 2019);
            ``"latin-1"``, the character whose number is the byte; ``"hexadecimal"``, two digits a byte.
        space: Stands for a space.
        continuation: Begins a piece that goes on with the word before.
        joint: Ends a piece whose word goes on in the next one.
        word_end: Ends the last piece of a word.
        apart: True if each piece is a word of its own, with nothing that would join two of them.
    """

    spelling: Spelling = "text"
    space: str | None = None
    continuation: str | None = None
    joint: str | None = None
    word_end: str | None = None
    apart: bool = False


def marks_of(tokenizer: Any) -> Marks:
    """How a tokenizer of the library writes spaces, continued words and bytes."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _tried(tokenizer)
    ends = getattr(backend.model, "end_of_word_suffix", None)
    return _read_decoder(backend.decoder.__getstate__() if backend.decoder else b"null", ends)


@cache
def _read_decoder(state: bytes, word_end: str | None) -> Marks:
    decoder = json.loads(state)
    if decoder is None:
        return Marks(word_end=word_end) if word_end else Marks(apart=True)
    parts = {part["type"]: part for part in decoder.get("decoders", [decoder])}
    if "ByteLevel" in parts:
        return Marks(spelling="byte-level")
    if "WordPiece" in parts:
        return Marks(continuation=parts["WordPiece"].get("prefix", "##"))
    if "BPEDecoder" in parts:
        return Marks(word_end=parts["BPEDecoder"].get("suffix", "</w>"))
    if word_end:
        return Marks(word_end=word_end)
    if "Metaspace" in parts:
        return Marks(space=parts["Metaspace"].get("replacement", "▁"))
    replaced = parts.get("Replace", {})
    return Marks(space=replaced.get("pattern", {}).get("String") if replaced.get("content") == " " else None)


def _tried(tokenizer: Any) -> Marks:
    """The marks of a tokenizer without a Rust backend, by what it makes of pieces that bear them."""
    byte = _byte_spelling(tokenizer)
    if byte is not None:
        return Marks(spelling=byte)
    apart = written(tokenizer, "a", "b") == "a b"
    if apart:
        for mark in CONTINUATIONS:
            if written(tokenizer, "a", f"{mark}b") == "ab":
                return Marks(continuation=mark)
        for mark in JOINTS:
            if written(tokenizer, f"a{mark}", "b") == "ab":
                return Marks(joint=mark)
        return Marks(apart=True)
    for mark in WORD_ENDS:
        if written(tokenizer, f"a{mark}", f"b{mark}") == "a b":
            return Marks(word_end=mark)
    for mark in SPACES:
        first, second = _bearing(tokenizer, mark)
        if written(tokenizer, first, second) == f"{first[len(mark) :]} {second[len(mark) :]}".casefold():
            return Marks(space=mark, spelling="byte-level" if mark == "Ġ" else "text")
    return Marks()


def _bearing(tokenizer: Any, mark: str) -> tuple[str, str]:
    """Two pieces with a mark, of the vocabulary where it has some: SentencePiece joins none that it does not know."""
    numbers = range(min(len(tokenizer), SEARCHED))
    pieces = _attempt(lambda: tokenizer.convert_ids_to_tokens(list(numbers))) or []
    found = [piece for piece in pieces if piece.startswith(mark) and piece[len(mark) :].isalnum()][:2]
    return (found[0], found[1]) if len(found) == 2 else (f"{mark}a", f"{mark}b")


def _byte_spelling(tokenizer: Any) -> Spelling | None:
    pieces = _attempt(lambda: tokenizer.tokenize("aé"))
    if pieces == ["a", "Ã", "©"]:
        return "latin-1"
    vocabulary = _attempt(lambda: [tokenizer.convert_ids_to_tokens(number) for number in range(256)])
    several = [piece for piece in vocabulary or [] if isinstance(piece, str) and _HEXADECIMAL.fullmatch(piece)]
    return "hexadecimal" if len(set(several)) > 240 else None


def written(tokenizer: Any, *pieces: str) -> str | None:
    """What a tokenizer makes of pieces that follow one upon another, in lower case; None if it cannot tell."""
    text = _attempt(lambda: tokenizer.convert_tokens_to_string(list(pieces)))
    return text.casefold().strip() if isinstance(text, str) else None


def _attempt(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    # A tokenizer that is asked what it never expected may raise anything, and then it has said nothing.
    except Exception:
        return None
