"""Documents and the passages they are split into, from any file that somebody may choose."""

from __future__ import annotations

import pytest

from llm_core import EmptyTextError, InvalidTextError, TextTooLongError
from llm_core.applications.documents import (
    MOST_CHARACTERS,
    MOST_LENGTH,
    Document,
    decoded,
    shipped_documents,
    split_passages,
)


def test_the_shipped_documents_are_eight_to_fifteen_short_texts():
    documents = shipped_documents()
    assert 8 <= len(documents) <= 15
    assert all(40 <= len(document.text.split()) <= 200 for document in documents)
    assert all(len(passage.text) <= MOST_LENGTH for passage in split_passages(documents))


def test_paragraphs_are_passages_and_short_ones_join_the_next():
    long = " ".join(["word"] * 40)
    document = Document("d", f"Title\n\n{long} one.\n\n{long} two.\n\nEnd.")
    passages = split_passages([document])
    assert [passage.text for passage in passages] == [f"Title {long} one.", f"{long} two.", "End."]
    assert [passage.number for passage in passages] == [0, 1, 2]


def test_a_long_paragraph_is_split_between_sentences_and_nothing_is_lost():
    sentences = [f"Sentence number {place} has exactly seven words." for place in range(40)]
    passages = split_passages([Document("d", " ".join(sentences))])
    assert " ".join(passage.text for passage in passages) == " ".join(sentences)
    assert all(passage.text.endswith("words.") for passage in passages)
    assert all(len(passage.text) <= MOST_LENGTH for passage in passages)


def test_spans_point_at_the_text_of_the_document():
    for document in shipped_documents():
        for passage in split_passages([document]):
            assert " ".join(document.text[passage.start : passage.end].split()) == passage.text


@pytest.mark.parametrize(
    "text", ["x" * 99_000, "x " * 49_000, "漢字仮名" * 20_000, "." * 50_000, "🙂" * 9_000, "a.\n" * 30_000]
)
def test_passages_of_any_text_are_short(text):
    passages = split_passages([Document("d", text)])
    assert max(len(passage.text) for passage in passages) <= MOST_LENGTH
    assert sum(len(passage.text.replace(" ", "")) for passage in passages) == len("".join(text.split()))


def test_documents_without_text_and_too_much_text_are_refused():
    with pytest.raises(EmptyTextError, match="got none"):
        split_passages([Document("d", " \n\t ")])
    with pytest.raises(TextTooLongError, match="100,000 at most"):
        split_passages([Document("a", "x" * 60_000), Document("b", "x" * 60_000)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_files_in_common_encodings_are_read(encoding):
    assert decoded("file.txt", "Où est l’élève ?".encode(encoding)) == "Où est l’élève ?"


def test_what_is_no_text_file_is_refused_with_its_name():
    with pytest.raises(InvalidTextError, match=r"photo\.txt"):
        decoded("photo.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(EmptyTextError, match=r"empty\.md"):
        decoded("empty.md", b" \n")
    with pytest.raises(TextTooLongError, match=r"big\.txt"):
        decoded("big.txt", b"x" * (MOST_CHARACTERS + 1))
    with pytest.raises(TextTooLongError, match="bytes"):
        decoded("huge.txt", b"x" * (5 * MOST_CHARACTERS))
