"""What travels to a component, read back by the numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

import llm_core
from llm_core.figures.windows import Window, window_of
from pages.shared.attention.packet import attention_packet
from pages.shared.components.packing import MASKED, pack, quantised, quantised_bytes, token_fields
from pages.shared.looking import Looking


def unpack(packet: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    arrays = {}
    for name, described in header["arrays"].items():
        dtype = np.dtype(described["dtype"])
        count = int(np.prod(described["shape"]))
        start = 4 + length + described["offset"]
        arrays[name] = np.frombuffer(packet, dtype, count, start).reshape(described["shape"])
    return header, arrays


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


def test_weights_survive_quantisation_and_masked_cells_are_marked():
    weights = np.array([0.0, 0.3333, 1.0, 0.5], np.float32)
    sent = quantised(weights, np.array([True, True, True, False]))
    assert sent[3] == MASKED
    np.testing.assert_allclose(sent[:3] / (MASKED - 1), weights[:3], atol=1e-5)
    assert quantised_bytes(weights, np.array([True, True, True, False])).tolist() == [0, 85, 254, 255]


def test_a_short_text_sends_every_pair_of_the_chosen_heads_and_no_other(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three")
    header, arrays = unpack(attention_packet(trace, looking(trace, heads=(2,)), "short"))
    weights = trace.attention("decoder", 0, [2])
    opened = trace.mask("decoder", 0).rows()
    assert arrays["cells"].shape == weights.shape
    np.testing.assert_array_equal(arrays["cells"][0] == MASKED, ~opened)
    np.testing.assert_allclose(arrays["cells"][0][opened] / (MASKED - 1), weights[0][opened], atol=1e-4)
    assert [header["tokens"]["source"][str(place)]["t"] for place in range(len(trace.tokens))] == [
        token.text for token in trace.tokens
    ]
    assert "linkHead" not in arrays


def test_a_long_text_sends_an_overview_the_strongest_links_and_the_row_that_is_kept(smollm2):
    trace = llm_core.trace(smollm2, "The sea was calm and the crew was well. " * 60)
    place = looking(trace, layer=9, heads=(3,), query=321)
    header, arrays = unpack(packet := attention_packet(trace, place, "long"))
    assert header["block"] > 1
    assert len(packet) < 150_000
    exact = trace.attention("decoder", 9, [3], [321])[0, 0, :322]
    np.testing.assert_allclose(arrays["exact"][0, :322] / (MASKED - 1), exact, atol=1e-4)
    assert set(arrays["exact"][0, 322:]) == {MASKED}
    named = header["tokens"]["source"]
    assert {str(key) for key in arrays["linkKey"]} <= set(named)
    assert "321" in named


def test_a_part_of_a_long_text_sends_where_it_lies(smollm2):
    trace = llm_core.trace(smollm2, "The sea was calm and the crew was well. " * 60)
    place = looking(trace, heads=(3,), rows=Window(100, 140), columns=Window(60, 100))
    header, arrays = unpack(attention_packet(trace, place, "part"))
    assert header["block"] == 1
    assert (header["rows"], header["columns"]) == ([100, 140], [60, 100])
    assert arrays["map"].ndim == 2


def test_a_chip_is_told_only_what_is_true(translator):
    trace = llm_core.trace(translator, "The cat.")
    fields = token_fields(trace.tokens)
    assert fields[0] == {"t": "The", "r": "▁The", "i": trace.tokens[0].id, "s": 1}
    assert fields[-1]["x"] == 1


@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_sequences_are_named_so_that_pictures_can_be_linked(translator, stack):
    trace = llm_core.trace(translator, "The cat.")
    header, _ = unpack(attention_packet(trace, looking(trace, stack), ("names", stack)))
    wanted = {"encoder": ("source", "source"), "decoder": ("target", "target"), "cross": ("target", "source")}[stack]
    assert (header["querySequence"], header["keySequence"]) == wanted
