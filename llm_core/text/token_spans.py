"""Which characters of a text each token covers, for tokenizers that do not tell.

Tokens are laid along the text in order. Text and tokens are compared without what tokenizers like to change: case,
accents, compatibility forms, white space (Unicode Standard Annex 15).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[int, int] | None

REACH = 400
"""So far ahead, in characters, a token's text is looked for where the one before was not found."""


def spans_of(text: str, pieces: Sequence[str | bytes | None]) -> list[Span]:
    """First and one past last character of each token, or None for one that covers none.

    Args:
        text: What was tokenized.
        pieces: Each token's text without marks, or its bytes; None for one that is no text, such as a special token,
            and ``""`` for one that stands for something unknown.
    """
    if not any(isinstance(piece, bytes) for piece in pieces):
        return _Walk(text).spans([None if piece is None else str(piece) for piece in pieces])
    spans = _spans_of_bytes(text, pieces)
    lost = any(piece and span is None for piece, span in zip(pieces, spans, strict=True))
    return _spans_of_both(text, pieces) if lost else spans


def _spans_of_both(text: str, pieces: Sequence[str | bytes | None]) -> list[Span]:
    """Spans where some pieces are text and some bytes, or where the tokenizer changed the text before it cut it.

    Bytes that follow one upon another are put together; each covers the characters that it is a part of.
    """
    parts: list[str | None] = []
    parts_of: list[range] = []
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if not isinstance(piece, bytes):
            parts_of.append(range(len(parts), len(parts) + 1))
            parts.append(piece)
            at += 1
            continue
        run: list[bytes] = []
        while at < len(pieces) and isinstance(data := pieces[at], bytes):
            run.append(data)
            at += 1
        letters = b"".join(run).decode("utf-8", "surrogateescape")
        owners = [place for place, letter in enumerate(letters, len(parts)) for _ in _bytes_of(letter)]
        parts.extend(letters)
        start = 0
        for data in run:
            covered = owners[start : start + len(data)]
            parts_of.append(range(covered[0], covered[-1] + 1) if covered else range(0))
            start += len(data)
    found = _Walk(text).spans(parts)
    spans: list[Span] = []
    for places in parts_of:
        own = [span for span in found[places.start : places.stop] if span is not None]
        spans.append((own[0][0], own[-1][1]) if own else None)
    return spans


def _bytes_of(letter: str) -> bytes:
    return letter.encode("utf-8", "surrogateescape")


def _spans_of_bytes(text: str, pieces: Sequence[str | bytes | None]) -> list[Span]:
    places = [place for place, character in enumerate(text) for _ in character.encode("utf-8", "surrogatepass")]
    data = text.encode("utf-8", "surrogatepass")
    spans: list[Span] = []
    at = 0
    for piece in pieces:
        found = data.find(piece, at, at + REACH) if isinstance(piece, bytes) and piece else -1
        if not isinstance(piece, bytes) or found < 0:
            spans.append(None)
            continue
        at = found + len(piece)
        spans.append((places[found], places[at - 1] + 1))
    return spans


class _Walk:
    """Lays tokens along one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        kept = [(letter, place) for place, character in enumerate(text) for letter in _plain(character)]
        self._letters = "".join(letter for letter, _ in kept)
        self._places = [place for _, place in kept]

    def spans(self, pieces: Sequence[str | None]) -> list[Span]:
        spans: list[Span] = [None] * len(pieces)
        at = 0
        unknown: list[int] = []
        for number, piece in enumerate(pieces):
            if piece is None:
                continue
            letters = "".join(map(_plain, piece))
            found = self._letters.find(letters, at, at + len(letters) + REACH) if letters else -1
            if found > at and not unknown and not self._only_dropped(at, found):
                # Nothing unknown stands between: a match far away would be another word of the same letters.
                found = -1 if found > at + len(letters) else found
            if found < 0:
                if not piece:
                    unknown.append(number)
                elif not letters and piece.strip():
                    spans[number] = self._mark(piece, at)
                continue
            self._fill(spans, unknown, at, found)
            unknown = []
            at = found + len(letters)
            spans[number] = (self._places[found], self._end(at))
        self._fill(spans, unknown, at, len(self._letters))
        return spans

    def _only_dropped(self, start: int, end: int) -> bool:
        """True if what lies between is no letter or digit, which some tokenizers leave out."""
        return not any(letter.isalnum() for letter in self._letters[start:end])

    def _end(self, at: int) -> int:
        """One past the character of the letter before ``at``, with the accents that stand on it."""
        end = self._places[at - 1] + 1
        while end < len(self._text) and unicodedata.combining(self._text[end]):
            end += 1
        return end

    def _mark(self, piece: str, at: int) -> Span:
        """The span of a token that is nothing but accents or the like, before the next letter."""
        mark = piece.strip()
        start = self._text.find(mark, self._places[at - 1] if at else 0)
        next_letter = self._places[at] if at < len(self._places) else len(self._text)
        return (start, start + len(mark)) if 0 <= start < next_letter else None

    def _fill(self, spans: list[Span], unknown: Sequence[int], start: int, end: int) -> None:
        """Give what lies between two known tokens to the unknown ones there: a word each if that comes out even."""
        if not unknown or start >= end:
            return
        places = self._places[start:end]
        words = [[places[0]]]
        for place in places[1:]:
            if place - words[-1][-1] > 1:
                words.append([])
            words[-1].append(place)
        if len(words) != len(unknown):
            words = [places] * len(unknown)
        for number, word in zip(unknown, words, strict=True):
            spans[number] = (word[0], word[-1] + 1)


def _plain(character: str) -> str:
    """A character without what tokenizers change: no case, no accents, no white space, no compatibility form."""
    if character.isascii():
        return "" if character.isspace() else character.lower()
    letters = unicodedata.normalize("NFKD", character.casefold())
    return "".join(
        letter
        for letter in letters.casefold()
        if not unicodedata.combining(letter) and not letter.isspace() and unicodedata.category(letter)[0] != "C"
    )
