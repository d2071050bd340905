"""Tokenizers without a Rust backend: what they say of a text is what they do with it, whatever marks they write."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_core.text.token_marks import marks_of
from llm_core.text.token_spans import spans_of
from llm_core.text.tokens import TokenReader
from tests.python_tokenizers import BUILDERS, build
from tests.tiny_models import CORPUS

pytestmark = pytest.mark.filterwarnings("ignore")

MARK = re.compile("▁|Ġ|##|@@|</w>")

ESCAPED = "&<>\"'|[]"
"""What Moses' tokenizer writes as XML does."""

_KNOWN: dict[str, object] = {}


@pytest.fixture
def tokenizer(request, tmp_path_factory):
    name = request.param
    if name not in _KNOWN:
        folder = tmp_path_factory.mktemp("tokenizer")
        _KNOWN[name] = build(name, folder)
    return _KNOWN[name]


def described(tokenizer, text):
    """The tokens of a text without special ones, as llm_core.tracing.inputs describes them."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    spelled = tokenizer.tokenize(text)
    pieces = dict(zip(tokenizer.convert_tokens_to_ids(spelled), spelled, strict=True))
    pieces.pop(tokenizer.unk_token_id, None)
    reader = TokenReader(tokenizer)
    return reader.sequence(ids, offsets=spans_of(text, reader.texts(ids, pieces)), pieces=pieces)


every = pytest.mark.parametrize("tokenizer", sorted(BUILDERS), indirect=True)


@every
def test_none_of_these_has_a_rust_backend(tokenizer):
    assert not tokenizer.is_fast


EXPECTED = {
    "ByT5": [("t", False), ("h", True), ("e", True), ("␣", False), ("c", False), ("a", True), ("t", True)],
    "Perceiver": [("t", False), ("h", True), ("e", True), ("␣", False), ("c", False), ("a", True), ("t", True)],
    "CTRL": [("the", False), ("cat", False)],
    "PhoBERT": [("the", False), ("cat", False)],
    "BERTweet": [("t", False), ("h", True), ("e", True), ("c", False), ("a", True), ("t", True)],
    "BlenderbotSmall": [("the", False), ("cat", False)],
    "XLM": [("the", False), ("cat", False)],
    "Flaubert": [("the", False), ("cat", False)],
    "BioGPT": [("the", False), ("cat", False)],
    "FSMT": [("the", False), ("cat", False)],
    "ProphetNet": [("the", False), ("cat", False)],
    "BertJapanese": [("the", False), ("cat", False)],
    "RoCBert": [("the", False), ("cat", False)],
    "Canine": [("t", False), ("h", True), ("e", True), ("␣", False), ("c", False), ("a", True), ("t", True)],
}


@pytest.mark.parametrize("tokenizer", sorted(EXPECTED), indirect=True)
def test_two_words_are_two_words(tokenizer, request):
    name = request.node.callspec.params["tokenizer"]
    assert [(token.text, token.continues) for token in described(tokenizer, "the cat")] == EXPECTED[name]


@every
def test_a_word_that_is_cut_goes_on_and_the_next_one_does_not(tokenizer):
    text = "mats acted" if tokenizer.__class__.__name__ != "EsmTokenizer" else "LAGV SERT"
    tokens = [token for token in described(tokenizer, text) if token.text != "␣" and not token.is_special]
    begins = [token for token in tokens if token.start in (0, text.index(" ") + 1, text.index(" "))]
    assert len(begins) == 2
    assert not any(token.continues for token in begins)
    rest = [token for token in tokens if token not in begins]
    assert all(token.continues for token in rest) or marks_of(tokenizer).apart


@every
@pytest.mark.parametrize("text", [*CORPUS[:4], "one\ntwo", "  two   spaces ", "½ café naïve 日本 مرحبا 😀!"])
def test_tokens_cover_the_text_in_order_and_show_no_marks(tokenizer, text):
    tokens = described(tokenizer, text)
    spans = [(token.start, token.end) for token in tokens if token.start is not None]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for token in tokens:
        assert not MARK.search(token.text) or MARK.search(text), token
        assert token.text.strip()
        if token.start is not None and token.text.isascii() and token.text.isalnum() and not token.is_special:
            known = unicodedata.normalize("NFKD", text[token.start : token.end])
            part_of_escape = marks_of(tokenizer).escaped and known in ESCAPED
            assert part_of_escape or token.text.casefold() in known.casefold()


@every
def test_every_letter_of_a_known_text_is_covered(tokenizer, request):
    name = request.node.callspec.params["tokenizer"]
    text = "the cat sat on the mat" if name != "ESM" else "LAGVSERT"
    covered = {place for t in described(tokenizer, text) if t.start is not None for place in range(t.start, t.end)}
    assert {place for place, letter in enumerate(text) if letter.isalpha()} <= covered


@pytest.mark.parametrize("tokenizer", ["ByT5", "Perceiver"], indirect=True)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_are_half_characters_and_none_is_lost(tokenizer, text):
    tokens = [token for token in described(tokenizer, text) if not token.is_special]
    if len(tokens) != len(text.encode()):
        return  # A special token was spelled out.
    shown = b""
    for token, byte in zip(tokens, text.encode(), strict=True):
        half = re.fullmatch("⟨([0-9A-F]{2})⟩", token.text)
        assert half is None or bytes.fromhex(half[1]) == bytes([byte])
        shown += bytes([byte])
    assert shown == text.encode()
    starts = [token.start for token in tokens]
    assert starts == [place for place, letter in enumerate(text) for _ in letter.encode()]


@pytest.mark.parametrize("tokenizer", ["FSMT", "BioGPT"], indirect=True)
@given(parts=st.lists(st.sampled_from(["the", "cat", *ESCAPED, "a", "mats", "&lt;", "&amp;", "¿"]), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_xml_would_escape_is_covered_whether_its_escape_is_one_token_or_many(tokenizer, parts):
    text = " ".join(parts)
    tokens = described(tokenizer, text)
    covered = {place for t in tokens if t.start is not None for place in range(t.start, t.end)}
    assert covered >= {place for place, letter in enumerate(text) if not letter.isspace()}
    spans = [(token.start, token.end) for token in tokens if token.start is not None]
    assert spans == sorted(spans)
    for token in tokens:
        if token.text in {"the", "cat"}:
            assert text[token.start : token.end] == token.text


def test_an_escape_that_is_one_token_is_shown_as_what_it_stands_for(tmp_path):
    tokenizer = build("FSMT, escapes whole", tmp_path)
    text = 'the cat\'s "a" & <b'
    shown = [(token.text, text[token.start : token.end]) for token in described(tokenizer, text)]
    assert shown == [(piece, piece) for piece in ["the", "cat", "'s", '"', "a", '"', "&", "<", "b"]]


@pytest.mark.parametrize(
    ("name", "text"),
    [("GPTSw3", "the 日本 cat é sat"), ("GPT-NeoX-Japanese", "the 日本 cat 慶應 sat"), ("CLVP", "The cat SAT on it")],
)
def test_bytes_between_pieces_of_text_cover_their_characters_and_text_stays_in_its_place(tmp_path, name, text):
    tokens = described(build(name, tmp_path), text)
    covered = {place for t in tokens if t.start is not None for place in range(t.start, t.end)}
    assert covered >= {place for place, letter in enumerate(text) if not letter.isspace()}
    for token in tokens:
        if token.start is not None and token.text.isalnum():
            assert text[token.start : token.end].casefold() == token.text.casefold()


def test_each_side_of_two_vocabularies_is_read_by_its_own(tmp_path):
    tokenizer = build("Marian, two vocabularies", tmp_path)
    tokens = described(tokenizer, "the cat sat")
    assert "".join(token.text for token in tokens if token.text != "␣") == "thecatsat"
    ids = tokenizer(text_target="le chat", add_special_tokens=False)["input_ids"]
    written = TokenReader(tokenizer).sequence(ids)
    assert "".join(token.text for token in written if token.text != "␣") == "lechat"


@every
def test_a_number_that_no_token_has_is_shown_as_a_number(tokenizer):
    reader = TokenReader(tokenizer)
    number = 5_000_000
    before = reader.sequence([tokenizer(CORPUS[0])["input_ids"][0]])[0]
    assert reader.following(before, number).text == f"⟨{number}⟩"


@every
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_makes_a_reader_fail(tokenizer, text):
    if not text.strip():
        return
    try:
        tokenizer(text)
    except Exception:
        return  # The tokenizer itself refuses it, which llm_core.tracing.inputs turns into a sentence.
    for token in described(tokenizer, text):
        assert token.text.strip()
        assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in token.text)
        assert token.start is None or 0 <= token.start < token.end <= len(text)
