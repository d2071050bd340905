"""How a tokenizer spells what is around a token's text, read off what the tokenizer itself does.

A tokenizer with a Rust backend says it in its decoder. One that is written in Python is tried: a few made-up pieces go
through its own ``convert_tokens_to_string``, and what comes out tells which marks it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
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
        escaped: True if ``&``, ``<``, quotes and brackets are written as XML does, the Moses tokenizer's habit.
    """

    spelling: Spelling = "text"
    space: str | None = None
    continuation: str | None = None
    joint: str | None = None
    word_end: str | None = None
    apart: bool = False
    escaped: bool = False


def marks_of(tokenizer: Any) -> Marks:
    """How a tokenizer of the library writes spaces, continued words and bytes."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _tried(tokenizer)
    ends = getattr(backend.model, "end_of_word_suffix", None)
    decoder = backend.decoder
    said = None if decoder is None else _read_decoder(decoder.__getstate__(), ends)
    if said is not None:
        return said
    return _written_itself(backend, ends) or Marks(apart=decoder is None)


def _written_itself(backend: Any, word_end: str | None) -> Marks | None:
    """The marks of a tokenizer that was never told how to put pieces together again, by what it does to a text."""
    if word_end:
        return Marks(word_end=word_end)
    continuation = getattr(backend.model, "continuing_subword_prefix", None)
    if continuation:
        return Marks(continuation=continuation)
    steps = _parts(backend.pre_tokenizer.__getstate__() if backend.pre_tokenizer else b"null")
    if "ByteLevel" in steps:
        return Marks(spelling="byte-level")
    if "Metaspace" in steps:
        return Marks(space=steps["Metaspace"].get("replacement", "▁"))
    replaced = _parts(backend.normalizer.__getstate__() if backend.normalizer else b"null").get("Replace", {})
    if replaced.get("pattern", {}).get("String") == " " and replaced.get("content"):
        return Marks(space=replaced["content"])
    return None


@cache
def _parts(state: bytes) -> dict[str, dict[str, Any]]:
    """The steps of a part of a tokenizer by their type."""
    whole = json.loads(state) or {}
    several = next((whole[key] for key in ("decoders", "pretokenizers", "normalizers") if key in whole), [whole])
    return {step["type"]: step for step in several if "type" in step}


@cache
def _read_decoder(state: bytes, word_end: str | None) -> Marks | None:
    parts = _parts(state)
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
    mark = replaced.get("pattern", {}).get("String") if replaced.get("content") == " " else None
    return Marks(space=mark) if mark else None


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
            return Marks(word_end=mark, escaped=written(tokenizer, f"a{mark}", f"&lt;{mark}") == "a <")
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
    text = joined(tokenizer, pieces)
    return None if text is None else text.casefold().strip()


def joined(tokenizer: Any, pieces: Sequence[str]) -> str | None:
    """What a tokenizer makes of pieces that follow one upon another; None if it cannot tell.

    Tokenizers of speech answer with a dictionary that says when each word was spoken, too.
    """
    text = _attempt(lambda: tokenizer.convert_tokens_to_string(list(pieces)))
    text = text.get("text") if isinstance(text, dict) else text
    return text if isinstance(text, str) else None


def _attempt(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    # A tokenizer that is asked what it never expected may raise anything, and then it has said nothing.
    except Exception:
        return None
