"""The front page through the app's own frame, the packet it sends, and the place a visitor is at."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core.samples import MODELS, TEXT, sample
from llm_core.text.tokens import Token
from llm_core.whole_model.asking import whole_record
from llm_core.whole_model.blocks import find_block
from llm_core.whole_model.distribution import probabilities
from llm_core.whole_model.rows import rows_of
from llm_core.whole_model.samples import sample_whole
from pages.shared.components.packing import MASKED
from pages.shared.whole_model import parts, words
from pages.shared.whole_model.details import attention_detail, embedding_detail, output_detail
from pages.shared.whole_model.numbers import as_csv, as_json, block_table, outcome_table
from pages.shared.whole_model.packet import overview, whole_packet
from pages.shared.whole_model.place import Place

ROOT = Path(__file__).parents[2]
TIMEOUT = 300
FAMILIES = ["bert", "bert-headless", "gpt2", "llama", "gemma2", "mixtral", "gemma3n", "t5", "bart", "bloom"]


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def unpacked(packet: bytes):
    """Header and arrays of a packet, read as the browser reads them."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    arrays = {}
    for name, told in header["arrays"].items():
        start = 4 + length + told["offset"]
        count = int(np.prod(told["shape"]))
        arrays[name] = np.frombuffer(packet, told["dtype"], count, start).reshape(told["shape"])
    return header, arrays


def packet_of(trace, record, place=Place(), detail=None):  # noqa: B008 - a frozen record
    return unpacked(whole_packet(trace, record, overview(trace, record), place, "1", detail, standalone=True))


def opened(app: AppTest, **parameters: str) -> AppTest:
    app.query_params.update(parameters)
    return app.run()


def said_in_address(app: AppTest, name: str) -> str | None:
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def headline(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    said = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(said) == 1
    assert len(app.main.expander) == 3
    return said[0].replace("\\", "")


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_picture_has_the_numbers_of_its_trace(name):
    trace, kept = sample(name, TEXT), sample_whole(name, TEXT)
    header, arrays = packet_of(trace, kept.record)
    for stack in trace.stacks:
        for layer in trace.layers(stack):
            found = arrays[f"links.{stack}.{layer}.attention"]
            (query, key), weight = found[:2].astype(int), found[2]
            mean = trace.attention(stack, layer).mean(axis=0)
            np.testing.assert_allclose(weight, mean[query, key], atol=1e-5)
    for stack in trace.states:
        np.testing.assert_allclose(arrays[f"first.{stack}"], trace.states[stack][0][:, :16], atol=1e-6)
    shares = np.sort(probabilities(trace.logits), axis=-1)[:, ::-1]
    np.testing.assert_allclose(arrays["candidates"], shares[:, :8], atol=1e-6)
    assert [row["t"] for row in header["sequences"]["source"]["rows"]] == [token.text for token in trace.tokens]
    assert header["endings"]["tokens"][0][1] == pytest.approx(shares[header["chosenRow"], 0])


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_gives_a_picture_and_says_what_it_cannot_tell(tiny, name):
    model = tiny(name)
    trace = llm_core.trace(model, "The cat sat on the mat.", max_target_tokens=5)
    record = whole_record(model, trace)
    header, arrays = packet_of(trace, record)
    assert header["output"]["kind"] == ("vectors" if trace.logits is None else "tokens")
    assert [stack["stack"] for stack in header["stacks"]] == [stack for stack in trace.stacks if stack != "cross"]
    unknown = any("could not be told" in said for said in header["leftOut"])
    assert unknown == (name in {"mixtral", "gemma3n", "bloom"})
    assert any(shares.startswith("adds.") for shares in arrays) != unknown


def test_shares_of_a_layer_stand_in_the_order_of_layers(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat.")
    record = whole_record(model, trace)
    _, arrays = packet_of(trace, record)
    for place, layer in enumerate(trace.layers("decoder")):
        np.testing.assert_allclose(arrays["adds.decoder"][place], record.additions["decoder"][layer], rtol=1e-6)
        np.testing.assert_allclose(
            arrays["adds.network.decoder"][place], record.feed_forward["decoder"][layer], rtol=1e-6
        )


def test_a_long_text_shares_rows_and_says_so(tiny):
    model = tiny("bert")
    trace = llm_core.trace(model, "The cat sat on the mat. " * 14)
    assert len(trace.tokens) > 64
    header, arrays = packet_of(trace, whole_record(model, trace))
    rows = header["sequences"]["source"]["rows"]
    assert len(rows) == len(rows_of(len(trace.tokens))) <= 64
    assert sum(row["count"] for row in rows) == len(trace.tokens)
    assert any("tokens share" in said for said in header["leftOut"])
    assert arrays["first.encoder"].shape == (len(rows), 16)


def test_an_open_attention_block_has_the_records_queries_keys_values_and_mixture(tiny):
    trace = llm_core.trace(tiny("llama"), "The cat sat on the mat.")
    block = find_block(trace, "decoder.1.attention")
    detail, arrays = attention_detail(trace, Place(block, head=3), block)
    record = trace.record("decoder", 1)
    np.testing.assert_array_equal(arrays["query"], record.query[3])
    np.testing.assert_array_equal(arrays["key"], record.key[1])
    np.testing.assert_array_equal(arrays["value"], record.value[1])
    weights = trace.attention("decoder", 1, [3])[0]
    np.testing.assert_allclose(arrays["mixed"], weights @ record.value[1], rtol=1e-6)
    closed = arrays["weights"] == MASKED
    np.testing.assert_array_equal(closed, ~trace.mask("decoder", 1).rows())
    np.testing.assert_allclose(arrays["weights"][~closed], weights[~closed], atol=1e-5)
    assert "share these keys and values" in detail["note"]


def test_the_tables_of_an_open_embedding_add_up_to_its_first_vector(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat.")
    block = find_block(trace, "decoder.embedding")
    detail, arrays = embedding_detail(trace, whole_record(model, trace), Place(block, token=("source", 1)), block)
    assert [table["name"] for table in detail["tables"]] == ["Token", "Position"]
    np.testing.assert_allclose(arrays["table0"] + arrays["table1"], arrays["first"], atol=1e-6)
    np.testing.assert_array_equal(arrays["first"], trace.states["decoder"][0][1])


def test_an_open_output_has_the_score_of_every_token_of_the_vocabulary(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat.")
    block = find_block(trace, "output")
    detail, arrays = output_detail(trace, whole_record(model, trace), Place(block), block, rounded=False)
    np.testing.assert_array_equal(arrays["scores"], trace.logits[-1])
    assert detail["candidates"][0]["id"] == int(trace.logits[-1].argmax())


def test_a_headless_encoder_ends_in_the_mean_of_its_vectors(tiny):
    trace = llm_core.trace(tiny("bert-headless"), "The cat sat.")
    block = find_block(trace, "output")
    detail, arrays = output_detail(trace, None, Place(block), block, rounded=False)
    assert detail["kind"] == "vectors"
    np.testing.assert_allclose(arrays["sentence"], trace.states["encoder"][-1].mean(axis=0), rtol=1e-5)


def test_tables_and_files_hold_the_same_numbers(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat.")
    record = whole_record(model, trace)
    table = block_table(trace, record)
    assert table["block"][:2] == ["decoder 0 attention", "decoder 0 feed-forward"]
    rows = list(csv.DictReader(io.StringIO(as_csv(trace, record))))
    first = [float(row["share_added"]) for row in rows if row["block"] == "decoder.0.attention"]
    np.testing.assert_allclose(first, record.additions["decoder"][0], rtol=1e-5)
    told = json.loads(as_json(trace, record))
    np.testing.assert_allclose(
        told["attention_mean_of_heads"]["decoder.2.attention"], trace.attention("decoder", 2).mean(axis=0), rtol=1e-4
    )
    assert len(outcome_table(trace, record)["token"]) == len(trace.tokens)
    assert outcome_table(llm_core.trace(tiny("bert-headless"), "The cat."), None) == {}


def test_it_opens_with_a_sentence_of_what_goes_in_and_what_comes_out(app):
    said = headline(app.run())
    assert said.startswith("#### Six layers read 13 tokens both ways; seeing “it”, they give back “it” with ")


def test_only_what_is_hidden_or_still_to_come_is_called_expected(mask_filler, tiny):
    def said(trace, position):
        number = int(trace.logits[position].argmax())
        best = (Token(number, "x", "x"), 0.5)
        return words.headline(trace, Place(None), position, best), words.before_out(trace, position)

    masked = llm_core.trace(mask_filler, "The cat [MASK] on the mat.")
    assert said(masked, 3)[0].endswith("at the mask they expect “x” with 50.0 %")
    assert said(masked, 3)[1] == "Most likely at"
    assert said(masked, 2)[0].endswith("seeing “cat”, they give back “x” with 50.0 %")
    assert said(masked, 2)[1] == "What it says at"
    other = words.headline(masked, Place(None), 2, (Token(5, "x", "x"), 0.5))
    assert other.endswith("seeing “cat”, they say “x” with 50.0 %")
    decoder = llm_core.trace(tiny("gpt2"), "The cat sat")
    assert "they expect" in said(decoder, 1)[0]
    assert said(decoder, 1)[1] == "Next after"
    block = find_block(masked, "output")
    for position, seen in (2, True), (3, False):
        detail, _ = output_detail(masked, None, Place(block, token=("source", position)), block, rounded=False)
        assert ("this is no guess" in detail["note"]) == seen


def test_the_address_opens_a_block_and_the_headline_speaks_of_it(app):
    said = headline(opened(app, block="encoder.3.attention", token="4", head="2"))
    assert said == "#### In layer 3, 12 heads let 13 tokens look in both directions."
    assert said_in_address(app, "block") == "encoder.3.attention"
    assert said_in_address(app, "head") == "2"
    assert said_in_address(app, "token") == "4"


@pytest.mark.parametrize(
    "parameters",
    [
        {"block": "encoder.99.attention", "head": "1", "token": "3"},
        {"block": "<script>alert(1)</script>", "token": "-1"},
        {"block": "decoder.0.cross", "head": "NaN", "token": "1e9", "source": "٣"},
        {"block": "encoder.1.attention", "head": "99999999", "token": "999"},
    ],
)
def test_nonsense_in_the_address_is_ignored(app, parameters):
    assert headline(opened(app, **parameters))
    assert "Traceback" not in str(app.main.markdown)
    for name in ("head", "token", "source"):
        value = said_in_address(app, name) or "0"
        assert value.isdecimal()
        assert int(value) < 13


def test_a_token_chosen_by_one_visitor_is_not_the_next_ones(app):
    opened(app, token="4", block="encoder.2.feed_forward")
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT).run()
    assert headline(other).startswith("#### Six layers read 13 tokens")
    assert "token" not in other.query_params
    assert "block" not in other.query_params


def test_the_first_picture_and_what_opens_in_it_wait_for_no_torch():
    code = """
import sys
from llm_core.samples import TEXT, sample
from llm_core.whole_model.samples import sample_whole
from pages.shared.whole_model.packet import overview
from pages.shared.whole_model import details, parts
for name in ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr"):
    kept = sample_whole(name, TEXT)
    assert overview(sample(name, TEXT), kept.record).header["complete"]
    assert kept.neurons
print("torch" in sys.modules)
"""
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "False"


def test_a_picture_that_cannot_be_drawn_is_said_and_the_rest_of_the_page_stands(app, monkeypatch):
    def failing(*_):
        raise IndexError("a shape that nobody foresaw")

    monkeypatch.setattr(parts, "_packet", failing)
    opened(app)
    assert not app.exception, app.exception
    assert any("cannot be drawn" in error.value for error in app.main.error)
    assert len(app.main.dataframe) == 2
