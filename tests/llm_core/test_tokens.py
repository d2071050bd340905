"""Tokens as people read them, whatever marks their tokenizer writes."""

from __future__ import annotations

import unicodedata

import pytest
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import llm_core
from llm_core.text.tokens import TokenReader, display_safe

ODD = [
    "naïve café",
    "😀 cat 👩‍👩‍👧",
    "مرحبا بالعالم",
    "日本語",
    "a\tb\n\nc  d",
    "a\u200bb\u202ec\u2066d\ufeff",
    "\x00\x07\x1b[31m",
    "it's ##not ▁a Ġmark",
    "e\u0301",
    "<b>&amp;</b>",
]


def fast(tokenizer, **special):
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


@pytest.fixture(scope="module")
def wordpiece():
    words = ["[UNK]", "[CLS]", "cat", "##s", "##ing", "play", "##", "café", "a", "##b"]
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.WordPiece()
    return fast(tokenizer, unk_token="[UNK]", cls_token="[CLS]")


@pytest.fixture(scope="module")
def byte_level():
    """Every byte is a token of its own, and a few words are merged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|end|>"]
    )
    tokenizer.train_from_iterator(["the cat sat on the mat"] * 4, trainer)
    return fast(tokenizer, eos_token="<|end|>")


@pytest.fixture(scope="module")
def byte_fallback():
    """As LLaMA 2 and Gemma have it: ▁ for spaces, and a token for each byte."""
    words = [
        "<unk>",
        "<s>",
        "</s>",
        "▁",
        "a",
        "c",
        "t",
        "▁c",
        "at",
        "▁cat",
        "\n",
        *(f"<0x{n:02X}>" for n in range(256)),
    ]
    vocabulary = {word: place for place, word in enumerate(words)}
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary,
            [("a", "t"), ("▁", "c"), ("▁c", "at")],
            unk_token="<unk>",
            byte_fallback=True,
            fuse_unk=True,
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return fast(tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


@pytest.fixture(scope="module")
def word_ends():
    """As the first GPT and CLIP have it: the end of a word is written, not its beginning."""
    vocabulary = {"c": 0, "a": 1, "t": 2, "t</w>": 3, "ca": 4, "cat</w>": 5, "a</w>": 6, "<unk>": 7}
    tokenizer = Tokenizer(
        models.BPE(vocabulary, [("c", "a"), ("ca", "t</w>")], unk_token="<unk>", end_of_word_suffix="</w>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    return fast(tokenizer, unk_token="<unk>")


@pytest.fixture(scope="module")
def unigram():
    pieces = [("<unk>", 0.0), ("▁", -2.0), ("▁cat", -1.0), ("s", -3.0), ("▁the", -1.0), ("é", -4.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return fast(tokenizer, unk_token="<unk>")


def described(tokenizer, text):
    encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
    return TokenReader(tokenizer).sequence(encoded["input_ids"], offsets=encoded["offset_mapping"])


def by_raw(tokenizer, *raws):
    return TokenReader(tokenizer).sequence(tokenizer.convert_tokens_to_ids(list(raws)))


def texts(tokens):
    return [token.text for token in tokens]


def test_wordpiece_continues_a_word_without_its_mark(wordpiece):
    tokens = described(wordpiece, "cats playing")
    assert texts(tokens) == ["cat", "s", "play", "ing"]
    assert [token.continues for token in tokens] == [False, True, False, True]
    assert [token.raw for token in tokens] == ["cat", "##s", "play", "##ing"]
    assert [(token.start, token.end) for token in tokens] == [(0, 3), (3, 4), (5, 9), (9, 12)]


def test_a_lone_mark_of_wordpiece_is_text(wordpiece):
    (token,) = by_raw(wordpiece, "##")
    assert (token.text, token.continues) == ("##", False)


def test_byte_level_tokens_have_their_space_as_a_field(byte_level):
    tokens = described(byte_level, "the cat")
    assert texts(tokens) == ["the", "cat"]
    assert [token.leading_space for token in tokens] == [False, True]
    assert [token.label for token in tokens] == ["the", "·cat"]
    assert tokens[1].raw == "Ġcat"


def test_bytes_that_are_half_a_character_are_shown_as_bytes(byte_level):
    tokens = described(byte_level, "😀")
    assert texts(tokens) == ["⟨F0⟩", "⟨9F⟩", "⟨98⟩", "⟨80⟩"]
    assert {(token.start, token.end) for token in tokens} == {(0, 1)}


def test_accents_spread_over_bytes_are_not_shown_as_other_letters(byte_level):
    assert texts(described(byte_level, "é")) == ["⟨C3⟩", "⟨A9⟩"]


def test_byte_fallback_shows_bytes_and_letters(byte_fallback):
    assert texts(described(byte_fallback, "€")) == ["⟨E2⟩", "⟨82⟩", "⟨AC⟩"]
    assert texts(by_raw(byte_fallback, "<0xE2>", "<0x41>", "<0x0A>", "<0x00>")) == ["⟨E2⟩", "A", "↵", "⟨U+0000⟩"]


def test_metaspace_becomes_a_leading_space(byte_fallback, unigram):
    for tokenizer in (byte_fallback, unigram):
        (token,) = by_raw(tokenizer, "▁cat")
        assert (token.text, token.leading_space, token.continues) == ("cat", True, False)
    tokens = described(unigram, "the cats")
    assert texts(tokens) == ["the", "cat", "s"]
    assert [token.continues for token in tokens] == [False, False, True]


def test_a_lone_metaspace_is_a_visible_space(unigram):
    (token,) = by_raw(unigram, "▁")
    assert token.text == "␣"


def test_an_end_of_word_mark_is_not_shown(word_ends):
    tokens = described(word_ends, "cat a")
    assert [token.raw for token in tokens] == ["cat</w>", "a</w>"]
    assert texts(tokens) == ["cat", "a"]
    assert [token.continues for token in tokens] == [False, False]
    assert texts(by_raw(word_ends, "ca", "t</w>")) == ["ca", "t"]
    assert [token.continues for token in by_raw(word_ends, "ca", "t</w>")] == [False, True]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\n", "↵"),
        ("\n\n", "↵↵"),
        ("\t", "⇥"),
        (" ", "␣"),
        ("  ", "␣␣"),
        ("\r\n", "␍↵"),
        ("\u00a0", "⍽"),
        ("", "∅"),
        ("\x00", "⟨U+0000⟩"),
        ("\x1b[0m", "⟨U+001B⟩[0m"),
        ("\u200b", "⟨U+200B⟩"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\u2066", "⟨U+2066⟩"),
        ("\u2028", "⟨U+2028⟩"),
        ("\ufeff", "⟨U+FEFF⟩"),
        ("\ue000", "⟨U+E000⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("a\nb", "a↵b"),
        ("\u2003", "⟨U+2003⟩"),
        ("\u3164", "⟨U+3164⟩"),
        ("\u0301", "◌\u0301"),
        ("é", "é"),
        ("مرحبا", "مرحبا"),
        ("日本", "日本"),
        ("😀", "😀"),
        ("<b>", "<b>"),
    ],
)
def test_what_cannot_be_seen_is_named(text, shown):
    assert display_safe(text) == shown


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", ["bert", "t5", "gpt2"])
def test_no_text_brings_marks_or_invisible_characters_to_the_screen(tiny, name, text):
    tokenizer = tiny(name).tokenizer
    for token in described(tokenizer, text):
        assert not {"Ġ", "Ċ", "Â"} & set(token.text) or name != "gpt2"
        assert "▁" not in token.text or name != "t5"
        assert not token.text.startswith("##") or name != "bert" or token.raw == "##"
        assert token.text.strip()
        assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in token.text)


@pytest.mark.parametrize("text", ODD)
def test_no_byte_of_a_byte_level_text_is_lost(byte_level, text):
    tokens = described(byte_level, text)
    data = b"".join(bytes.fromhex(t.text[1:-1]) if t.text[0] == "⟨" and t.text[1] != "U" else b"" for t in tokens)
    shown = "".join(t.text for t in tokens if t.text[0] != "⟨")
    assert all(letter in text or letter in "␣↵⇥␍⍽" for letter in shown)
    assert all(byte in text.encode() for byte in data)
    assert not {"Ġ", "Ċ", "Ã"} & set("".join(t.text for t in tokens)) - set(text)


def test_special_tokens_keep_their_name_and_cover_no_text(minilm):
    trace = llm_core.trace(minilm, "cats")
    assert [token.is_special for token in trace.tokens] == [True, False, True]
    assert texts(trace.tokens) == ["[CLS]", "cats", "[SEP]"]
    assert (trace.tokens[0].start, trace.tokens[0].end) == (None, None)
    assert (trace.tokens[1].start, trace.tokens[1].end) == (0, 4)


def test_offsets_are_those_of_the_given_text(minilm):
    text = "  The naïve   cat!"
    trace = llm_core.trace(minilm, text)
    pieces = [text[token.start : token.end] for token in trace.tokens if token.start is not None]
    assert pieces == ["The", "naïve", "cat", "!"]


def test_an_added_special_token_is_shown_as_it_is(byte_level):
    tokens = described(byte_level, "the<|end|>the")
    assert texts(tokens) == ["the", "<|end|>", "the"]
    assert [token.is_special for token in tokens] == [False, True, False]


def test_an_added_word_that_is_not_special_is_text(wordpiece):
    wordpiece.add_tokens([AddedToken("hello world", special=False)])
    (token,) = described(wordpiece, "hello world")
    assert (token.text, token.is_special) == ("hello world", False)


def test_padding_is_marked(tiny):
    trace = llm_core.trace(tiny("bert"), "the cat", pad_to=20)
    padding = [token for token in trace.tokens if token.is_padding]
    assert padding
    assert all(token.is_special and token.text == "[PAD]" and token.start is None for token in padding)


def test_tokens_of_the_real_decoder_read_as_the_text(smollm2):
    text = "The cat's naïve\n\n  😀 idea"
    tokens = llm_core.trace(smollm2, text).tokens
    assert [t.label for t in tokens][:3] == ["The", "·cat", "'s"]
    assert all(t.text == text[t.start : t.end].strip(" ") for t in tokens if t.text.isalpha())
    assert any(t.text.startswith("⟨F0") for t in tokens)


def test_a_line_break_does_not_join_words(smollm2):
    tokens = llm_core.trace(smollm2, "one\ntwo\n\nthree").tokens
    assert [(token.text, token.continues) for token in tokens] == [
        ("one", False),
        ("↵", False),
        ("two", False),
        ("↵", False),
        ("↵", False),
        ("three", False),
    ]


@pytest.mark.parametrize("run", ["▁▁", "▁▁▁▁"])
def test_runs_of_spaces_kept_as_added_tokens_are_spaces(byte_fallback, run):
    byte_fallback.add_tokens([AddedToken(run, special=False, normalized=False)])
    spaces, word = by_raw(byte_fallback, run, "c")
    assert (spaces.text, spaces.is_special) == ("␣" * len(run), False)
    assert not word.continues


def test_added_line_breaks_do_not_join_words(byte_fallback):
    byte_fallback.add_tokens([AddedToken("\n\n", special=False, normalized=False)])
    breaks, word = by_raw(byte_fallback, "\n\n", "c")
    assert (breaks.text, word.continues) == ("↵↵", False)


def test_words_of_a_tokenizer_without_a_decoder_are_words():
    tokenizer = Tokenizer(models.WordLevel({"e4": 0, "Nf3": 1, "?": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    moves = fast(tokenizer, unk_token="?")
    assert [token.continues for token in described(moves, "e4 Nf3 e4")] == [False, False, False]
    assert [token.continues for token in by_raw(moves, "e4", "Nf3")] == [False, False]


CORPUS = ["the cats sat on the mat", "the dog sat on the log"] * 4


def without_decoder(kind):
    """A tokenizer trained on two sentences, to which nobody gave a decoder."""
    if kind == "byte-level":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    elif kind == "metaspace":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace()])
        trainer = trainers.UnigramTrainer(vocab_size=40, unk_token="?", special_tokens=["?"])
    elif kind == "normalizer":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
        trainer = trainers.BpeTrainer(vocab_size=40)
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="?"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer = trainers.WordPieceTrainer(vocab_size=40, special_tokens=["?"])
    tokenizer.train_from_iterator(CORPUS, trainer)
    assert tokenizer.decoder is None
    return fast(tokenizer)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kind", ["byte-level", "metaspace", "normalizer", "wordpiece"])
def test_what_a_tokenizer_writes_itself_is_read_where_its_decoder_does_not_say(kind, fused):
    tokenizer = without_decoder(kind)
    if fused:
        tokenizer.backend_tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    text = "the cats"
    tokens = [token for token in described(tokenizer, text) if token.text != "␣"]
    assert "".join(token.text for token in tokens) == "thecats"
    second = next(place for place, token in enumerate(tokens) if token.text.startswith("c"))
    assert [token.continues for token in tokens] == [place not in {0, second} for place in range(len(tokens))]
