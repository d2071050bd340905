"""Tokens of several tokenizers against the characters they stand for."""

from __future__ import annotations

import pytest
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from llm_core.comparison.alignment import Alignment, Reading, align, character_spans
from llm_core.text.tokens import Token, TokenReader
from llm_core.tracing.inputs import encode_text

SENTENCE = "The élève was tired 😀 unhappily."


def tokenizer_of(kind):
    """Small tokenizers that split words: WordPiece, byte-level BPE, unigram."""
    if kind == "wordpiece":
        pieces = ["[UNK]", "[CLS]", "[SEP]", "the", "el", "##eve", "was", "ti", "##red", "un", "##happily", ".", "cat"]
        made = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
        made.normalizer = normalizers.BertNormalizer(lowercase=True)
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        made.decoder = decoders.WordPiece()
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=made, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
        )
    if kind == "bytes":
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        merges = [("t", "i"), ("ti", "r"), ("tir", "e"), ("tire", "d"), ("Ġ", "tired"), ("T", "h"), ("Th", "e")]
        vocabulary = {piece: i for i, piece in enumerate([*alphabet, *("".join(pair) for pair in merges)])}
        made = Tokenizer(models.BPE(vocabulary, merges))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        return transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token=None)
    pieces = ["<unk>", "▁", "▁The", "▁élè", "ve", "▁was", "▁tire", "d", "▁un", "happ", "ily", ".", "😀"]
    made = Tokenizer(models.Unigram([(piece, -1.0 - 0.01 * i) for i, piece in enumerate(pieces)], unk_id=0))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")


def read(kind, text):
    tokenizer = tokenizer_of(kind)
    encoded = tokenizer(text, return_offsets_mapping=True)
    offsets = [(int(start), int(end)) for start, end in encoded["offset_mapping"]]
    return Reading(text, TokenReader(tokenizer).sequence(encoded["input_ids"], offsets=offsets))


def lit(alignment: Alignment, readings, which, position):
    """The labels that light up in every reading when one token is pointed at."""
    wanted = set(alignment.links[which][position])
    return [
        [token.text for token, links in zip(reading.tokens, own, strict=True) if wanted & set(links)]
        for reading, own in zip(readings, alignment.links, strict=True)
    ]


@pytest.fixture(scope="module")
def three():
    readings = [read(kind, SENTENCE) for kind in ("wordpiece", "bytes", "unigram")]
    return readings, align(readings)


def position(reading, text):
    return next(place for place, token in enumerate(reading.tokens) if token.text == text)


def test_a_whole_word_lights_all_its_pieces(three):
    readings, alignment = three
    assert lit(alignment, readings, 1, position(readings[1], "tired")) == [["ti", "red"], ["tired"], ["tire", "d"]]


def test_a_piece_lights_what_shares_characters_with_it(three):
    readings, alignment = three
    assert lit(alignment, readings, 0, position(readings[0], "ti")) == [["ti"], ["tired"], ["tire"]]
    assert lit(alignment, readings, 0, position(readings[0], "red")) == [["red"], ["tired"], ["tire", "d"]]


def test_accents_keep_their_characters(three):
    readings, alignment = three
    # WordPiece folds "élève" to "el" + "eve"; bytes cut every accent in two.
    wordpiece, byte_level, unigram = lit(alignment, readings, 2, position(readings[2], "élè"))
    assert wordpiece == ["el", "eve"]
    assert "".join(byte_level).count("⟨") == 4
    assert unigram == ["élè"]


def test_all_bytes_of_an_emoji_belong_to_it(three):
    readings, alignment = three
    wordpiece, byte_level, unigram = lit(alignment, readings, 2, position(readings[2], "😀"))
    assert wordpiece == ["[UNK]"]
    assert len(byte_level) == 4
    assert unigram == ["😀"]
    assert all(token.startswith("⟨") for token in byte_level)


def test_special_tokens_stand_for_no_text(three):
    _, alignment = three
    assert alignment.links[0][0] == ()
    assert alignment.links[0][-1] == ()


def test_pieces_put_together_are_the_text(three):
    _, alignment = three
    for pieces in alignment.pieces:
        assert "".join(piece.text for piece in pieces) == SENTENCE
    assert [piece.text for piece in alignment.pieces[0] if piece.text.strip()][:4] == ["The", "é", "l", "è"]


def test_no_span_begins_or_ends_with_a_space(three):
    readings, _ = three
    for reading in readings:
        for token, span in zip(reading.tokens, character_spans(reading.tokens, SENTENCE), strict=True):
            if span is not None and token.text not in {"␣", "▁"}:
                part = SENTENCE[slice(*span)]
                assert part == part.strip() or not part.strip()


def test_different_texts_are_linked_through_the_words_they_share():
    readings = [read("bytes", "The cat was tired."), read("bytes", "The old dog was tired too.")]
    alignment = align(readings)
    mine, other = lit(alignment, readings, 0, position(readings[0], "tired"))
    assert (mine, other) == (["tired"], ["tired"])
    in_other = position(readings[1], "tired")
    assert lit(alignment, readings, 1, in_other) == [["tired"], ["tired"]]
    assert lit(alignment, readings, 0, position(readings[0], "c"))[1] == []
    assert "".join(piece.text for piece in alignment.pieces[1]) == "The old dog was tired too."


def test_words_are_linked_whatever_their_order():
    readings = [read("bytes", "tired The cat"), read("bytes", "The old tired The")]
    alignment = align(readings)
    assert lit(alignment, readings, 0, position(readings[0], "The")) == [["The"], ["The"]]
    last = len(readings[1].tokens) - 1
    assert lit(alignment, readings, 1, last - 1)[0] == []
    assert "".join(piece.text for piece in alignment.pieces[1]) == "The old tired The"


def test_a_tokenizer_without_offsets_is_followed_by_its_characters():
    text = "Élève, the STRASSE straße"
    tokens = tuple(
        Token(id=i, text=part, raw=part, is_special=part == "[CLS]")
        for i, part in enumerate(["[CLS]", "eleve", ",", "the", "strasse", "stra", "ße", "gone"])
    )
    covered = [None if span is None else text[slice(*span)] for span in character_spans(tokens, text)]
    assert covered == [None, "Élève", ",", "the", "STRASSE", "stra", "ße", None]


def test_one_token_and_no_reading():
    assert align([]).pieces == ()
    alone = align([Reading("a", (Token(id=1, text="a", raw="a", start=0, end=1),))])
    assert alone.links == (((0,),),)


def test_padding_stands_for_no_text(minilm):
    encoded = encode_text(minilm, "A cat", truncate=False, pad_to=8, max_tokens=None)
    spans = character_spans(encoded.tokens, encoded.text)
    assert [span for span in spans if span] == [(0, 1), (2, 5)]
