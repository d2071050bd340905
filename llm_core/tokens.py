"""Tokens as people can read them, whatever tokenizer they come from.

Tokenizers write spaces, continued words and bytes with marks of their own ("Ġcat", "▁cat", "##ing",
"<0xE2>"). :func:`describe_tokens` reads those marks off the tokenizer's own decoder and says the same
in plain fields.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

BLANKS = frozenset(
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u1680\u115f\u1160\u3164\uffa0\u2800"
)
"""Characters other than common spaces that leave no ink."""

_HALVES = re.compile("[\udc80-\udcff]+")
"""Bytes that are no whole character, as ``surrogateescape`` decodes them."""

VISIBLE_SPACES = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u3000": "␣"}


@dataclass(frozen=True)
class Token:
    """One token of a text.

    Attributes:
        id: Its number in the vocabulary.
        text: What it stands for, safe to display: no tokenizer marks, white space made visible when nothing
            else is there, control and direction characters named, bytes that are no character as ⟨E2 82⟩.
        raw: The tokenizer's own spelling.
        is_special: True for tokens that are not text, such as [CLS] and </s>.
        is_padding: True if it only fills the sequence up; nobody looks at it.
        leading_space: True if a space stands before it in the text.
        continues: True if it goes on with the word of the token before it.
        start: Where it begins in the text, in characters; None if it covers no text.
        end: One past its last character; None if it covers no text.
    """

    id: int
    text: str
    raw: str
    is_special: bool = False
    is_padding: bool = False
    leading_space: bool = False
    continues: bool = False
    start: int | None = None
    end: int | None = None

    @property
    def is_word(self) -> bool:
        """True if it is text with a letter or digit in it, not a special token or punctuation."""
        return not self.is_special and any(character.isalnum() for character in self.text)

    @property
    def label(self) -> str:
        """Its text with a leading space as a middle dot, for axes and lists of tokens."""
        return ("·" if self.leading_space else "") + self.text


def positions_within(tokens: Sequence[Token], start: int, end: int) -> tuple[int, ...]:
    """Positions of the tokens that cover some of a text's characters from ``start`` up to, but without, ``end``.

    None where the tokenizer does not tell which characters a token covers.
    """
    return tuple(
        place
        for place, token in enumerate(tokens)
        if token.start is not None and token.end is not None and token.start < end and token.end > start
    )


def describe_tokens(
    tokenizer: Any,
    ids: Sequence[int],
    *,
    offsets: Sequence[tuple[int, int]] | None = None,
    padding: Sequence[bool] | None = None,
) -> tuple[Token, ...]:
    """Describe a sequence of token ids.

    Args:
        tokenizer: The library's tokenizer.
        ids: Numbers in its vocabulary.
        offsets: First and one past last character of each token, as fast tokenizers give them.
        padding: True for each token that only fills up.
    """
    return TokenReader(tokenizer).sequence(ids, offsets=offsets, padding=padding)


class TokenReader:
    """Describes tokens of one tokenizer; what it has to know about the tokenizer is worked out once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._marks = _marks_of(tokenizer)
        added = getattr(tokenizer, "added_tokens_decoder", {})
        self._special = set(tokenizer.all_special_ids)
        self._special |= {number for number, token in added.items() if token.special}
        self._added = set(added)
        self._followers: dict[int, Token] = {}

    def sequence(
        self,
        ids: Sequence[int],
        *,
        offsets: Sequence[tuple[int, int]] | None = None,
        padding: Sequence[bool] | None = None,
    ) -> tuple[Token, ...]:
        """Describe a sequence of token ids; see :func:`describe_tokens`."""
        tokens: list[Token] = []
        for place, number in enumerate(ids):
            fills = bool(padding[place]) if padding is not None else False
            start, end = offsets[place] if offsets is not None else (None, None)
            if start == end:
                start = end = None
            token = self._token(int(number), fills, tokens[-1] if tokens else None)
            tokens.append(replace(token, start=start, end=end))
        return tuple(tokens)

    def following(self, before: Token, number: int) -> Token:
        """Describe one token that comes after another."""
        if before.is_special or self._marks.word_end is not None:
            return self._token(number, False, before)
        if number not in self._followers:
            self._followers[number] = self._token(number, False, before)
        return self._followers[number]

    def _token(self, number: int, fills: bool, before: Token | None) -> Token:
        raw = self._tokenizer.convert_ids_to_tokens(number)
        if raw is None:
            # Output layers are often padded to a round size: a number that no token has.
            raw = f"⟨{number}⟩"
        is_special = number in self._special or fills
        if is_special or number in self._added:
            text, leading_space, continues = raw, False, False
        else:
            text, leading_space, continues = _read(raw, self._marks)
        if before is not None and self._marks.word_end is not None:
            continues = not before.raw.endswith(self._marks.word_end)
        if before is None or before.is_special or is_special:
            continues = False
        return Token(
            id=number,
            text=display_safe(text),
            raw=raw,
            is_special=is_special,
            is_padding=fills,
            leading_space=leading_space,
            continues=continues,
        )


def display_safe(text: str) -> str:
    """Text in which every character can be seen and none moves its neighbours about."""
    if text.isascii() and text.isalnum():
        return text
    if text and all(character in VISIBLE_SPACES for character in text):
        return "".join(VISIBLE_SPACES[character] for character in text)
    shown = "".join(_visible(character) for character in text) or "∅"
    # An accent that stands alone would sit on whatever is drawn before it.
    return "◌" + shown if unicodedata.category(shown[0]).startswith("M") else shown


def _visible(character: str) -> str:
    if character in "\n\t\r":
        return VISIBLE_SPACES[character]
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or character in BLANKS:
        return f"⟨U+{ord(character):04X}⟩"
    return character


@dataclass(frozen=True)
class _Marks:
    """How a tokenizer writes what is around a token's text."""

    spelling: Literal["bytes", "text"] = "text"
    space: str | None = None
    continuation: str | None = None
    word_end: str | None = None


def _marks_of(tokenizer: Any) -> _Marks:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _Marks(space="▁", continuation="##", word_end="</w>")
    return _read_decoder(backend.decoder.__getstate__() if backend.decoder else b"null")


@cache
def _read_decoder(state: bytes) -> _Marks:
    decoder = json.loads(state)
    if decoder is None:
        return _Marks()
    parts = {part["type"]: part for part in decoder.get("decoders", [decoder])}
    if "ByteLevel" in parts:
        return _Marks(spelling="bytes")
    if "WordPiece" in parts:
        return _Marks(continuation=parts["WordPiece"].get("prefix", "##"))
    if "BPEDecoder" in parts:
        return _Marks(word_end=parts["BPEDecoder"].get("suffix", "</w>"))
    return _Marks(space=parts.get("Metaspace", {}).get("replacement", "▁"))


def _read(raw: str, marks: _Marks) -> tuple[str, bool, bool]:
    """Text, leading space and continuation of a token's own spelling."""
    if marks.spelling == "bytes":
        text = _from_bytes(bytes(_byte_of()[c] for c in raw)) if set(raw) <= set(_byte_of()) else raw
    elif len(raw) == 6 and raw.startswith("<0x") and raw.endswith(">"):
        text = _from_bytes(bytes([int(raw[3:5], 16)]))
    elif marks.continuation is not None and raw.startswith(marks.continuation) and raw != marks.continuation:
        return raw[len(marks.continuation) :], False, True
    elif marks.continuation is not None:
        return raw, False, False
    elif marks.word_end is not None:
        return raw.removesuffix(marks.word_end), False, False
    else:
        text = raw.replace(marks.space, " ") if marks.space else raw
    if text.startswith(" ") and text.strip(" "):
        return text[1:], True, False
    return text, False, bool(text) and not text[0].isspace()


def _from_bytes(data: bytes) -> str:
    """Characters, and ⟨E2 82⟩ for bytes that are no whole one."""
    text = data.decode("utf-8", errors="surrogateescape")
    return _HALVES.sub(lambda match: "⟨" + match[0].encode("utf-8", "surrogateescape").hex(" ").upper() + "⟩", text)


@cache
def _byte_of() -> dict[str, int]:
    """The byte behind each character of byte-level BPE (Radford et al. 2019, the GPT-2 encoder)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}
