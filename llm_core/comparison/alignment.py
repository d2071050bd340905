"""Tokens of different tokenizers held against the characters they stand for.

WordPiece, byte-level BPE and unigram tokenizers cut one sentence at different places. What they share is
the text: two tokens belong together where they stand for some of the same characters. Characters that no
tokenizer separates are one *piece*, so a picture needs a few numbers a token and no text at all.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int32

from llm_core.comparison.words import Span, words_of
from llm_core.text.tokens import Token


@dataclass(frozen=True)
class Piece:
    """A run of characters that every tokenizer keeps together.

    Attributes:
        text: The characters.
        link: The piece's number; pieces of several texts that stand for the same words share one.
    """

    text: str
    link: int


@dataclass(frozen=True)
class Reading:
    """A text and the tokens that one tokenizer makes of it."""

    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Alignment:
    """Several readings held against each other.

    Attributes:
        pieces: For each reading its text, cut wherever any tokenizer cuts.
        links: For each reading and each of its tokens the numbers of the pieces it covers, none for tokens that
            stand for no text. Tokens of two readings belong together where they share a number.
    """

    pieces: tuple[tuple[Piece, ...], ...]
    links: tuple[tuple[tuple[int, ...], ...], ...]


def align(readings: Sequence[Reading]) -> Alignment:
    """Hold readings of one text, or of several, against each other.

    Texts that differ are linked through the words they share with the first one.
    """
    places = _shared_places([reading.text for reading in readings])
    spans = [character_spans(reading.tokens, reading.text) for reading in readings]
    cuts: set[int] = set()
    for place, covered in zip(places, spans, strict=True):
        for span in covered:
            if span is not None:
                cuts |= _edges(place, span)
    cuts |= {int(edge) for place in places for edge in _breaks(place)}
    piece_of = _piece_numbers(max((int(place.max()) + 1 for place in places if len(place)), default=0), cuts)
    return Alignment(
        pieces=tuple(_pieces(reading.text, piece_of[place]) for reading, place in zip(readings, places, strict=True)),
        links=tuple(
            tuple(() if span is None else _unique(piece_of[place[slice(*span)]]) for span in covered)
            for place, covered in zip(places, spans, strict=True)
        ),
    )


def character_spans(tokens: Sequence[Token], text: str) -> tuple[Span | None, ...]:
    """First and one past last character that each token stands for, without space around it; None for no text.

    Tokenizers that tell no offsets are followed through the text by the tokens' own characters.
    """
    if all(token.start is None for token in tokens):
        return _followed(tokens, text)
    return tuple(_trimmed(text, token.start, token.end) for token in tokens)


def _trimmed(text: str, start: int | None, end: int | None) -> Span | None:
    if start is None or end is None or start >= end:
        return None
    part = text[start:end]
    if part.strip():
        start += len(part) - len(part.lstrip())
        end -= len(part) - len(part.rstrip())
    return start, end


def _followed(tokens: Sequence[Token], text: str) -> tuple[Span | None, ...]:
    folded, origin = _folded(text)
    spans: list[Span | None] = []
    place = 0
    for token in tokens:
        wanted, _ = _folded("" if token.is_special else token.text)
        found = folded.find(wanted, place) if wanted else -1
        # A token much further on than the text is read is more likely one that stands for something else.
        if found < 0 or len(folded[place:found].strip()) > max(16, len(wanted)):
            spans.append(None)
            continue
        place = found + len(wanted)
        spans.append((origin[found], origin[place - 1] + 1))
    return tuple(spans)


def _folded(text: str) -> tuple[str, list[int]]:
    """Text without case and accents, and the character of the original that each of its characters comes from."""
    folded: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character.casefold()):
            if not unicodedata.combining(part):
                folded.append(part)
                origin.append(place)
    return "".join(folded), origin


def _shared_places(texts: Sequence[str]) -> list[Int32[np.ndarray, " _character"]]:
    """For each character of each text its place in one line that all texts share."""
    places = [np.arange(len(texts[0]), dtype=np.int32)] if texts else []
    known: dict[str, np.ndarray] = {texts[0]: places[0]} if texts else {}
    following = len(texts[0]) if texts else 0
    for text in texts[1:]:
        if text not in known:
            place = np.arange(following, following + len(text), dtype=np.int32)
            following += len(text)
            for (start, end), (other_start, _) in _same_words(text, texts[0]):
                place[start:end] = places[0][other_start : other_start + end - start]
            known[text] = place
        places.append(known[text])
    return places


def _same_words(text: str, other: str) -> list[tuple[Span, Span]]:
    """Words of a text with the same words of another: the first "the" with the first, the second with the second."""
    others: defaultdict[str, deque[Span]] = defaultdict(deque)
    for span in words_of(other):
        others[other[slice(*span)].casefold()].append(span)
    pairs = []
    for span in words_of(text):
        same = others[text[slice(*span)].casefold()]
        if same:
            pairs.append((span, same.popleft()))
    # Folding case can change a word's length ("ß"); such a word has no character for each character.
    return [(one, two) for one, two in pairs if one[1] - one[0] == two[1] - two[0]]


def _edges(place: np.ndarray, span: Span) -> set[int]:
    return {int(place[span[0]]), int(place[span[1] - 1]) + 1}


def _breaks(place: np.ndarray) -> np.ndarray:
    """Places at which a text leaves the shared line or comes back to it."""
    jumps = np.flatnonzero(np.diff(place) != 1)
    return np.concatenate([place[jumps] + 1, place[jumps + 1]])


def _piece_numbers(size: int, cuts: set[int]) -> Int32[np.ndarray, " place"]:
    marks = np.zeros(size + 1, np.int32)
    marks[[cut for cut in cuts if 0 < cut <= size]] = 1
    return np.cumsum(marks)[:size].astype(np.int32)


def _pieces(text: str, numbers: np.ndarray) -> tuple[Piece, ...]:
    if not text:
        return ()
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(text)]
    return tuple(Piece(text[start:end], int(numbers[start])) for start, end in pairwise(edges))


def _unique(numbers: np.ndarray) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers.tolist()))
