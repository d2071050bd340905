"""Documents to be asked: those that ship, or a visitor's own; and the passages they are read in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llm_core.errors import BrokenDataError, EmptyTextError, InvalidTextError, TextTooLongError

FOLDER = Path(__file__).parent / "data" / "documents"

MOST_CHARACTERS = 100_000
"""The most text that is asked at once, over all documents."""

MOST_LENGTH = 450
"""A passage has no more characters: short enough that one vector of a small encoder still says what it is about."""

FEWEST_LENGTH = 100
"""A paragraph with fewer characters is put together with the next one of its document, if both fit."""

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n+")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Document:
    """A text with a name.

    Attributes:
        name: What it is called.
        text: Its text.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A piece of a document that is found and read as a whole.

    Attributes:
        document: Name of its document.
        number: Which passage of its document it is, from 0.
        text: Its text, white space made single spaces.
        start: Where it begins in the document's text, in characters.
        end: One past its last character.
    """

    document: str
    number: int
    text: str
    start: int
    end: int


def shipped_documents() -> tuple[Document, ...]:
    """The documents that come with the app: an invented town, so that no model can know it.

    Raises:
        BrokenDataError: A file cannot be read.
    """
    documents = []
    for path in sorted(FOLDER.glob("*.txt")):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BrokenDataError(f"Expected {path.name} as text in UTF-8: {error}. Install the app again.") from error
        documents.append(Document(path.stem.replace("-", " ").capitalize(), text.strip()))
    if not documents:
        raise BrokenDataError(f"Expected text files in {FOLDER.name}, found none. Install the app again.")
    return tuple(documents)


def decoded(name: str, data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 or UTF-32 with its mark, or else Windows-1252.

    Args:
        name: The file's name, for what is said if it cannot be read.
        data: Its bytes.

    Raises:
        EmptyTextError: There is no text in it.
        TextTooLongError: It is longer than :data:`MOST_CHARACTERS`.
        InvalidTextError: It is no text file.
    """
    if len(data) > 4 * MOST_CHARACTERS + 4:
        raise _too_long(f"{name} has", len(data), "bytes")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise _no_text(name) from error
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _no_text(name)
    if not text.strip():
        raise EmptyTextError(f"Expected text in {name}, found none. Choose another file.")
    if len(text) > MOST_CHARACTERS:
        raise _too_long(f"{name} has", len(text))
    return text


def split_passages(documents: Sequence[Document]) -> tuple[Passage, ...]:
    """Split documents at their paragraphs; a long paragraph at its sentences, short ones are put together.

    Args:
        documents: At least one with text.

    Raises:
        EmptyTextError: There is no text in any of them.
        TextTooLongError: Together they are longer than :data:`MOST_CHARACTERS`.
    """
    total = sum(len(document.text) for document in documents)
    if total > MOST_CHARACTERS:
        raise _too_long("The documents have", total)
    passages = tuple(passage for document in documents for passage in _of(document))
    if not passages:
        raise EmptyTextError("Expected documents with text in them, got none. Paste a text or choose a file.")
    return passages


def sentences_of(passage: Passage) -> tuple[str, ...]:
    """The sentences of a passage, in order; a passage without a full stop is one."""
    cuts = [(end.start(), end.end()) for end in _SENTENCE_END.finditer(passage.text)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(passage.text)]
    return tuple(passage.text[a:b] for a, b in zip(starts, ends, strict=True) if passage.text[a:b].strip())


def _of(document: Document) -> Iterator[Passage]:
    """The passages of one document: sentences gathered up to the greatest length."""
    text, number = document.text, 0
    start = end = -1
    for piece_start, piece_end, opens in _pieces(text):
        full = piece_end - start > MOST_LENGTH or (opens and end - start >= FEWEST_LENGTH)
        if start >= 0 and full:
            yield Passage(document.name, number, " ".join(text[start:end].split()), start, end)
            number, start = number + 1, -1
        if start < 0:
            start = piece_start
        end = piece_end
    if start >= 0:
        yield Passage(document.name, number, " ".join(text[start:end].split()), start, end)


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Sentences as first and one past last character, and whether a paragraph opens with it."""
    for paragraph in re.finditer(r"\S.*?(?=\n\s*\n|\Z)", text, re.DOTALL):
        opens, start = True, paragraph.start()
        ends = [(end.start(), end.end()) for end in _SENTENCE_END.finditer(text, *paragraph.span())]
        for end, next_start in [*ends, (paragraph.end(), paragraph.end())]:
            for piece_start, piece_end in _cut(text, start, end):
                yield piece_start, piece_end, opens
                opens = False
            start = next_start


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence in parts of at most :data:`MOST_LENGTH` characters, if possible between words."""
    first = last = -1
    for word in re.finditer(rf"\S{{1,{MOST_LENGTH}}}", text[start:end]):
        if first >= 0 and word.end() - first > MOST_LENGTH:
            yield start + first, start + last
            first = -1
        if first < 0:
            first = word.start()
        last = word.end()
    if first >= 0:
        yield start + first, start + last


def _no_text(name: str) -> InvalidTextError:
    return InvalidTextError(f"Expected {name} as a text file (.txt or .md), but it is none. Save it as plain text.")


def _too_long(what: str, count: int, unit: str = "characters") -> TextTooLongError:
    limit = MOST_CHARACTERS if unit == "characters" else 4 * MOST_CHARACTERS
    return TextTooLongError(
        f"{what} {count:,} {unit}, and {limit:,} at most are asked at once. Choose a shorter part of it.",
        tokens=count,
        limit=limit,
    )
