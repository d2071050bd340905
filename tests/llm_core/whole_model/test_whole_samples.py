"""What ships for the pictures equals what the models say now, and a torn file is named."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.feed_forward.observing import observe_feed_forward
from llm_core.feed_forward.strongest import strongest_neurons
from llm_core.samples import MODELS, TEXT, sample
from llm_core.whole_model.asking import whole_record
from llm_core.whole_model.opening import opening_token
from llm_core.whole_model.samples import NEURONS, TOKENS, load_whole, path_of_whole, sample_whole, save_whole


@pytest.fixture(params=["minilm-l6-mlm", "t5-mini-en-fr", "smollm2-135m"])
def shipped(request, mask_filler, translator, smollm2):
    models = {model.spec.name: model for model in (mask_filler, translator, smollm2)}
    return models[request.param], sample_whole(request.param, TEXT)


def test_every_shipped_trace_has_what_its_picture_needs_and_nothing_is_large():
    for name in MODELS:
        assert sample_whole(name, TEXT) is not None
        assert path_of_whole(name).stat().st_size < 500_000


def test_another_text_or_model_ships_nothing():
    assert sample_whole("minilm-l6-mlm", "Another text") is None
    assert sample_whole("minilm-l6", TEXT) is None


def test_the_shipped_record_equals_what_the_model_says_now(shipped):
    model, kept = shipped
    trace = llm_core.trace(model, TEXT)
    now = whole_record(model, trace)
    for ours, theirs in ((kept.record.additions, now.additions), (kept.record.feed_forward, now.feed_forward)):
        assert {stack: set(layers) for stack, layers in ours.items()} == {
            s: set(layers) for s, layers in theirs.items()
        }
        for stack, layers in theirs.items():
            for layer, share in layers.items():
                np.testing.assert_allclose(ours[stack][layer], share, rtol=1e-3)
    np.testing.assert_array_equal(kept.record.candidates[:, 0], now.candidates[:, 0])
    named = {number: token for number, token in kept.record.vocabulary.items() if number in now.vocabulary}
    assert named
    assert all(now.vocabulary[number] == token for number, token in named.items())
    for stack, beginning in now.beginnings.items():
        for one, other in zip(kept.record.beginnings[stack].tables, beginning.tables, strict=True):
            assert (one.name, one.kind) == (other.name, other.kind)
            np.testing.assert_allclose(one.vectors, other.vectors, rtol=1e-3, atol=1e-3)


def test_the_shipped_neurons_equal_what_the_model_says_now(shipped):
    model, kept = shipped
    trace = sample(model.spec.name, TEXT)
    stack = "encoder" if trace.family == "encoder" else "decoder"
    layer, position = trace.layers(stack)[-1], opening_token(trace)
    observed = observe_feed_forward(model, llm_core.trace(model, TEXT), stack, layer)
    now = strongest_neurons(model, observed, [position], count=NEURONS, tokens=TOKENS)[0]
    ours = kept.neurons[stack, layer, position]
    assert [neuron.index for neuron in ours.neurons] == [neuron.index for neuron in now.neurons]
    for one, other in zip(ours.neurons, now.neurons, strict=True):
        assert one.activation == pytest.approx(other.activation, rel=1e-3)
        assert [pushed.token.id for pushed in one.promotes] == [pushed.token.id for pushed in other.promotes]
        assert one.suppresses[0].logit == pytest.approx(other.suppresses[0].logit, rel=2e-2)
    places = {
        (stack, layer, position)
        for stack in trace.states
        for layer in trace.layers(stack)
        for position in range(len(trace.query_tokens(stack)))
    }
    assert set(kept.neurons) == places


def test_a_record_of_any_model_survives_its_file(tiny, tmp_path):
    model = tiny("t5")
    trace = llm_core.trace(model, "The cat sat.", max_target_tokens=4)
    record = whole_record(model, trace)
    networks = strongest_neurons(model, observe_feed_forward(model, trace, "encoder", 1), count=3, tokens=2)
    save_whole(record, networks, tmp_path / "kept.safetensors")
    texts = {stack: trace.query_tokens(stack) for stack in trace.stacks}
    kept = load_whole(tmp_path / "kept.safetensors", texts)
    assert kept.record.additions.keys() == record.additions.keys()
    np.testing.assert_array_equal(kept.record.additions["cross"][1], record.additions["cross"][1])
    assert kept.record.vocabulary == dict(record.vocabulary)
    one = kept.neurons["encoder", 1, 0]
    assert one.unread == networks[0].unread
    assert one.neurons[0].promotes is None
    assert one.neurons[0].adds == pytest.approx(networks[0].neurons[0].adds, rel=1e-6)


def test_a_torn_file_is_named(tmp_path):
    path = tmp_path / "torn.safetensors"
    path.write_bytes(path_of_whole("minilm-l6-mlm").read_bytes()[:5000])
    with pytest.raises(llm_core.BrokenDataError, match=r"torn\.safetensors cannot be read"):
        load_whole(path, {})
