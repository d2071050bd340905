"""Tokens as people can read them, whatever tokenizer they come from.

Tokenizers write spaces, continued words and bytes with marks of their own ("Ġcat", "▁cat", "##ing",
"<0xE2>"). :mod:`llm_core.text.token_marks` finds out which marks a tokenizer has; :class:`TokenReader` says the same in
plain fields.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from llm_core.text.token_marks import Marks, joined, marks_of
from llm_core.text.token_spans import Span

BLANKS = frozenset(
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u1680\u115f\u1160\u3164\uffa0\u2800"
)
"""Characters other than common spaces that leave no ink."""

_HALVES = re.compile("[\udc80-\udcff]+")
"""Bytes that are no whole character, as ``surrogateescape`` decodes them."""

_NAME = re.compile("<[^<>]+>")

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>|<\|byte([0-9]{1,3})\|>")
"""One byte, as SentencePiece and as GPT-NeoX-Japanese spell it."""

UNKNOWN_CHARACTER = "\ufffd"

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


@dataclass(frozen=True)
class _Reading:
    """What a number of the vocabulary stands for, wherever it is met.

    Attributes:
        raw: The tokenizer's own spelling.
        text: What it stands for, as it is; None for one that is no text.
        data: Its bytes where the tokenizer spells bytes.
        leading_space: True if a space comes first.
        opens: False if it goes on with the word before, as far as that can be told without it.
        goes_on: True if the next token may go on with its word.
    """

    raw: str
    text: str | None
    data: bytes | None = None
    leading_space: bool = False
    opens: bool = True
    goes_on: bool = False


class TokenReader:
    """Describes tokens of one tokenizer; what it has to know about the tokenizer is worked out once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._marks = marks_of(tokenizer)
        added = getattr(tokenizer, "added_tokens_decoder", {})
        self._special = set(tokenizer.all_special_ids)
        self._special |= {number for number, token in added.items() if token.special}
        self._added = set(added)
        self._readings: dict[int, _Reading] = {}
        self._followers: dict[int, Token] = {}

    def sequence(
        self,
        ids: Sequence[int],
        *,
        offsets: Sequence[Span] | None = None,
        padding: Sequence[bool] | None = None,
        pieces: Mapping[int, str] | None = None,
    ) -> tuple[Token, ...]:
        """Describe a sequence of token ids.

        Args:
            ids: Numbers in the vocabulary.
            offsets: First and one past last character of each token, or None for one that covers none.
            padding: True for each token that only fills up.
            pieces: By number, how the tokenizer spelled it when it cut the text, where that is known. A tokenizer with
                a vocabulary for each language reads the same number otherwise when it writes.
        """
        tokens: list[Token] = []
        before: _Reading | None = None
        for place, number in enumerate(ids):
            fills = bool(padding[place]) if padding is not None else False
            reading = self._of(int(number), pieces)
            start, end = (offsets[place] if offsets is not None else None) or (None, None)
            if start == end:
                start = end = None
            token = self._token(int(number), reading, before, fills)
            if self._marks.apart and tokens and start is not None and not token.is_special:
                continues = tokens[-1].end == start and not tokens[-1].is_special
                token = replace(token, continues=continues)
            tokens.append(replace(token, start=start, end=end))
            before = None if token.is_special else reading
        return tuple(tokens)

    def following(self, before: Token, number: int) -> Token:
        """Describe one token that comes after another."""
        earlier = None if before.is_special else self._of(before.id)
        if earlier is None or not earlier.goes_on:
            return self._token(number, self._of(number), None, False)
        if number not in self._followers:
            self._followers[number] = self._token(number, self._of(number), earlier, False)
        return self._followers[number]

    def texts(self, ids: Sequence[int], pieces: Mapping[int, str] | None = None) -> list[str | bytes | None]:
        """What each token stands for, as :func:`llm_core.text.token_spans.spans_of` takes it."""
        unknown = self._tokenizer.unk_token_id
        readings = [self._of(int(number), pieces) for number in ids]
        cut: set[int] = set()
        if self._marks.escaped:
            raw = [reading.raw.removesuffix(str(self._marks.word_end)) for reading in readings]
            cut = _cut_escapes(["" if number == unknown else piece for number, piece in zip(ids, raw, strict=True)])
        found: list[str | bytes | None] = []
        for place, (number, reading) in enumerate(zip(ids, readings, strict=True)):
            if int(number) == unknown or place in cut:
                found.append("")
            else:
                found.append(None if int(number) in self._special else reading.data or reading.text)
        return found

    def _token(self, number: int, reading: _Reading, before: _Reading | None, fills: bool) -> Token:
        special = number in self._special or fills
        text = reading.raw if special or reading.text is None else reading.text
        return Token(
            id=number,
            text=display_safe(text),
            raw=reading.raw,
            is_special=special,
            is_padding=fills,
            leading_space=reading.leading_space and not special,
            continues=before is not None and not special and before.goes_on and not reading.opens,
        )

    def _of(self, number: int, pieces: Mapping[int, str] | None = None) -> _Reading:
        piece = None if pieces is None else pieces.get(number)
        known = self._readings.get(number)
        if known is not None and piece in (None, known.raw):
            return known
        raw = self._raw(number) if piece is None else piece
        if piece is not None and _NAME.fullmatch(piece) and not _BYTE.fullmatch(piece):
            # "<SP>" and its like: names for what cannot be written in a vocabulary, which the number tells.
            raw = self._raw(number) or piece
        if raw is None:
            # Output layers are often padded to a round size: a number that no token has.
            reading = _Reading(f"⟨{number}⟩", None)
        elif number in self._special:
            reading = _Reading(raw, None)
        elif number in self._added:
            reading = replace(self._read(raw) if self._marks.spelling == "text" else _Reading(raw, raw), opens=True)
        else:
            reading = self._read(raw)
        if piece is None:
            self._readings[number] = reading
        return reading

    def _raw(self, number: int) -> str | None:
        """The tokenizer's own spelling of a number, or None if no token has it."""
        try:
            raw = self._tokenizer.convert_ids_to_tokens(number)
            if self._tokenizer.is_fast or number in self._added or raw is None:
                return raw if isinstance(raw, str) else None
            if self._marks.spelling in {"latin-1", "hexadecimal"}:
                return raw if _bytes_of(raw, self._marks) is not None else None
            if UNKNOWN_CHARACTER in raw:
                # A single byte of a character, which such a tokenizer decodes at once.
                return self._vocabulary.get(number, raw)
            # Tokenizers written in Python name some other token for a number that they do not have.
            return raw if raw != self._tokenizer.unk_token or number == self._tokenizer.unk_token_id else None
        # They raise what their lists and dictionaries raise, or what sentencepiece does.
        except Exception:
            return None

    @cached_property
    def _vocabulary(self) -> dict[int, str]:
        return {number: token for token, number in self._tokenizer.get_vocab().items()}

    def _read(self, raw: str) -> _Reading:
        """Text, leading space and continuation of a token's own spelling."""
        marks = self._marks
        data = _bytes_of(raw, marks)
        if data is not None and marks.spelling == "hexadecimal":
            # Some of its bytes stand for several of the text's, which only the tokenizer knows.
            shown = self._string([raw])
            return _spaced(raw, shown, shown.encode()) if shown else _spaced(raw, _from_bytes(data), data)
        if data is not None:
            return _spaced(raw, _from_bytes(data), data)
        if marks.continuation is not None:
            continues = raw.startswith(marks.continuation) and raw != marks.continuation
            text = raw[len(marks.continuation) :] if continues else self._plain(raw)
            return _Reading(raw, text, opens=not continues, goes_on=True)
        for mark, ends in ((marks.word_end, True), (marks.joint, False)):
            if mark is not None:
                marked = raw.endswith(mark) and raw != mark
                text = raw.removesuffix(mark) if marked else self._plain(raw)
                text = html.unescape(text) if marks.escaped else text
                return _Reading(raw, text, opens=False, goes_on=marked is not ends)
        if marks.apart:
            return _Reading(raw, self._plain(raw))
        if marks.space is not None and marks.space in raw:
            return _spaced(raw, raw.replace(marks.space, " "))
        return _spaced(raw, self._plain(raw))

    def _plain(self, raw: str) -> str:
        """What a tokenizer written in Python makes of a piece without marks; some spell white space in letters."""
        if self._tokenizer.is_fast or raw.isalnum():
            return raw
        text = self._string([raw, "b"])
        if not text.endswith(("b", "B")):
            return raw
        text = text[:-1]
        if len(text) > 1 and text != raw and text.endswith(" "):
            text = text[:-1]
        return text or raw

    def _string(self, pieces: list[str]) -> str:
        """What a tokenizer written in Python makes of pieces; nothing if it makes nothing of them."""
        return joined(self._tokenizer, pieces) or ""


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


def _spaced(raw: str, text: str, data: bytes | None = None) -> _Reading:
    """A token whose spaces are written in it."""
    goes_on = bool(text) and not text[-1].isspace()
    if text.startswith(" ") and text.strip(" "):
        return _Reading(raw, text[1:], data, leading_space=True, goes_on=goes_on)
    return _Reading(raw, text, data, opens=not text or text[0].isspace(), goes_on=goes_on)


def _bytes_of(raw: str, marks: Marks) -> bytes | None:
    """The bytes that a token is spelled as, or None if it is spelled as text."""
    if marks.spelling == "byte-level" and set(raw) <= set(_byte_of()):
        return bytes(_byte_of()[character] for character in raw)
    if marks.spelling == "latin-1" and len(raw) == 1 and ord(raw) < 256:
        return bytes([ord(raw)])
    if marks.spelling == "hexadecimal" and re.fullmatch("[0-9a-f]{2}", raw):
        return bytes.fromhex(raw)
    byte = _BYTE.fullmatch(raw) if raw.startswith("<") else None
    number = -1 if byte is None else int(byte[1], 16) if byte[1] else int(byte[2])
    return bytes([number]) if 0 <= number < 256 else None


_ESCAPE = re.compile("[&\0](?:amp|lt|gt|quot|apos|#124|#91|#93)[;\0]")


def _cut_escapes(pieces: Sequence[str]) -> set[int]:
    """Places of pieces that are parts of one escape ("&", "apos", ";") and so stand for no letters of their own.

    An unknown piece, ``""``, may be any one character of it.
    """
    places = [place for place, piece in enumerate(pieces) for _ in piece or "\0"]
    whole = "".join(piece or "\0" for piece in pieces)
    found = [set(places[match.start() : match.end()]) for match in _ESCAPE.finditer(whole)]
    return {place for escape in found if len(escape) > 1 for place in escape}


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
