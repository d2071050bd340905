"""What travels to a component, read back by the numbers."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

import llm_core
from llm_core.figures.windows import Window, window_of
from pages.shared.attention.packet import Held, attention_packet
from pages.shared.components.packing import MASKED, exact, in_half_percents, pack, token_fields
from pages.shared.looking import Looking
from pages.shared.strict_json import strict_json
from tests.messages import unpack


def looking(trace, stack="decoder", **change) -> Looking:
    whole = {
        "rows": window_of(None, len(trace.query_tokens(stack))),
        "columns": window_of(None, len(trace.key_tokens(stack))),
    }
    return Looking(**{"stack": stack, "layer": 0, "heads": (0, 1), "query": None, "key": None, **whole, **change})


def test_arrays_come_back_as_they_went_and_lie_where_any_type_can_be_read():
    arrays = {"a": np.arange(3, dtype=np.uint8), "b": np.array([[1.5, -2.5]], np.float32), "c": np.array([7], np.int32)}
    packet = pack({"say": "été 🙂"}, arrays)
    header, found = unpack(packet)
    assert header["say"] == "été 🙂"
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert header["arrays"][name]["offset"] % 8 == 0
    assert (4 + int.from_bytes(packet[:4], "little")) % 8 == 0


def test_weights_travel_as_they_are_or_in_half_percents_and_masked_cells_are_marked():
    weights, opened = np.array([0.0, 0.3333, 1.0, 0.5], np.float32), np.array([True, True, True, False])
    assert exact(weights, opened).tolist() == [*weights[:3].tolist(), MASKED]
    assert in_half_percents(weights, opened).tolist() == [0, 66, 200, 255]


def test_whole_percents_of_half_percents_are_those_of_the_weights():
    weights = np.random.default_rng(0).random(5000).astype(np.float32)
    steps = in_half_percents(weights, np.ones(len(weights), bool))
    assert ((steps + 1) // 2 == np.rint(100 * weights.astype(np.float64))).all()


def test_a_short_text_sends_every_pair_of_every_head(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three")
    header, arrays = unpack(attention_packet(trace, looking(trace, heads=(2,)), more_seconds=inf))
    order = header["heads"]["heads"]
    assert order[0] == 2
    assert sorted(order) == list(range(trace.heads("decoder", 0)))
    weights = trace.attention("decoder", 0, order)
    opened = trace.mask("decoder", 0).rows()
    np.testing.assert_array_equal(arrays["cells"] == MASKED, np.broadcast_to(~opened, weights.shape))
    np.testing.assert_allclose(arrays["cells"][:, opened], weights[:, opened], rtol=1e-6)
    chips = header["reading"]["tokens"]["source"]
    assert [chips[place]["t"] for place in arrays["sourceTokens"]] == [token.text for token in trace.tokens]
    assert "linkQuery" not in arrays


def test_heads_that_were_not_asked_for_wait_when_time_is_up(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three")
    header, _ = unpack(attention_packet(trace, looking(trace, heads=(1, 2)), more_seconds=-1))
    assert header["heads"]["heads"] == [1, 2]


def test_what_the_browser_holds_is_not_sent_again(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three")
    first, _ = unpack(attention_packet(trace, looking(trace, heads=(1,)), more_seconds=-1))
    held = Held(first["reading"]["id"], {first["answer"]["part"]: [1]})
    header, arrays = unpack(attention_packet(trace, looking(trace, heads=(1, 3)), held, more_seconds=-1))
    assert header["heads"]["heads"] == [3]
    assert "tokens" not in header["reading"]
    everything = Held(held.reading, {first["answer"]["part"]: list(range(trace.heads("decoder", 0)))})
    small = attention_packet(trace, looking(trace, heads=(0, 2), number=7), everything)
    header, arrays = unpack(small)
    assert (header["answer"]["heads"], header["answer"]["number"], arrays) == ([0, 2], 7, {})
    assert len(small) < 600


@pytest.mark.parametrize("change", [{"layer": 1}, {"rows": Window(1, 3)}, {"columns": Window(0, 2)}])
def test_another_part_is_not_what_the_browser_holds(tiny, change):
    trace = llm_core.trace(tiny("llama"), "one two three")
    first, _ = unpack(attention_packet(trace, looking(trace)))
    held = Held(first["reading"]["id"], {first["answer"]["part"]: list(range(trace.heads("decoder", 0)))})
    header, _ = unpack(attention_packet(trace, looking(trace, **change), held))
    assert header["answer"]["part"] != first["answer"]["part"]
    assert set(looking(trace).heads) <= set(header["heads"]["heads"])


def test_another_text_sends_everything_whatever_the_browser_holds(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three")
    first, _ = unpack(attention_packet(trace, looking(trace)))
    held = Held(first["reading"]["id"], {first["answer"]["part"]: [0, 1, 2, 3]})
    other = replace(trace, text="another text")
    header, _ = unpack(attention_packet(other, looking(other), held))
    assert header["reading"]["tokens"]["source"]
    assert {0, 1} <= set(header["heads"]["heads"])


@pytest.mark.parametrize(
    "said", [None, 3, {}, {"holds": 1}, {"holds": {"heads": []}}, {"holds": {"reading": 3, "heads": {"x": "y"}}}]
)
def test_a_browser_that_says_nonsense_holds_nothing(said):
    assert not Held.said(said).heads


@pytest.fixture(scope="module")
def long_trace(smollm2):
    return llm_core.trace(smollm2, "The sea was calm and the crew was well. " * 60)


def test_a_long_text_sends_an_overview_the_strongest_links_and_the_row_that_is_kept(long_trace):
    trace = long_trace
    place = looking(trace, layer=9, heads=(3,), query=321)
    header, arrays = unpack(packet := attention_packet(trace, place, more_seconds=inf))
    assert header["part"]["block"] > 1
    assert len(header["heads"]["heads"]) == 9
    assert len(packet) < 300_000
    row = trace.attention("decoder", 9, None, [321])[:, 0]
    np.testing.assert_array_equal(arrays["row"], row)
    first = header["heads"]["linkCounts"][0]
    weights = trace.attention("decoder", 9, [3])[0]
    found = weights[arrays["linkQuery"][:first], arrays["linkKey"][:first]]
    np.testing.assert_allclose(arrays["linkWeight"][:first], found, rtol=1e-5)
    assert header["heads"]["totals"][0] == pytest.approx(weights.sum(), rel=1e-4)


def test_a_part_of_a_long_text_sends_where_it_lies(long_trace):
    trace = long_trace
    place = looking(trace, heads=(3,), rows=Window(100, 140), columns=Window(60, 100))
    header, arrays = unpack(attention_packet(trace, place))
    assert header["part"]["block"] == 1
    assert (header["part"]["rows"], header["part"]["columns"]) == ([100, 140], [60, 100])
    assert arrays["cells"].dtype == np.float32
    assert len(arrays["maps"]) == len(header["heads"]["heads"])


def test_a_chip_is_told_only_what_is_true(translator):
    trace = llm_core.trace(translator, "The cat.")
    fields = token_fields(trace.tokens)
    assert fields[0] == {"t": "The", "r": "▁The", "i": trace.tokens[0].id, "s": 1}
    assert fields[-1]["x"] == 1


@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_sequences_are_named_so_that_pictures_can_be_linked(translator, stack):
    trace = llm_core.trace(translator, "The cat.")
    header, _ = unpack(attention_packet(trace, looking(trace, stack)))
    wanted = {"encoder": ("source", "source"), "decoder": ("target", "target"), "cross": ("target", "source")}[stack]
    assert (header["part"]["querySequence"], header["part"]["keySequence"]) == wanted


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_not_sent(wrong):
    with pytest.raises(ValueError, match="not JSON compliant"):
        pack({"share": [0.5, wrong]}, {})
    with pytest.raises(ValueError, match="“weights” holds a number that is none"):
        pack({}, {"weights": np.array([[0.5, wrong]], np.float32)})


def test_scores_may_be_ruled_out_but_no_other_number_is_none():
    scores = np.array([0.5, -np.inf], np.float32)
    assert unpack(pack({}, {"scores": scores}, ruling_out=["scores"]))[1]["scores"].tolist() == scores.tolist()
    with pytest.raises(ValueError, match="“scores”"):
        pack({}, {"scores": -scores}, ruling_out=["scores"])


def test_numbers_of_numpy_are_written_as_their_values():
    assert strict_json([np.float32(0.5), np.int64(3), np.bool_(True)]) == "[0.5,3,true]"
    with pytest.raises(TypeError, match="JSON has no object"):
        strict_json([object()])
