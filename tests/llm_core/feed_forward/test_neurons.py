"""Feed-forward neurons: found by their numbers, their sum the library's own output, their tokens read by the model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

import llm_core
from llm_core import observe_feed_forward, strongest_neurons
from llm_core.feed_forward.landing import find_landing
from llm_core.inside.norms import Norm

TEXT = "The cat sat on the mat because it was tired."
TARGET = "le chat noir est assis"
CLOSE = 1e-5
FOUND = {
    **dict.fromkeys(["bert", "distilbert", "bart", "gpt-neox", "roberta", "electra", "pegasus"], ("gelu", False)),
    **dict.fromkeys(["gpt2", "albert", "phi", "starcoder2"], ("gelu_new", False)),
    **dict.fromkeys(["opt", "m2m-100"], ("relu", False)),
    **dict.fromkeys(["llama", "qwen2", "qwen3", "mistral", "phi3", "olmo2", "cohere", "granite"], ("silu", True)),
    **dict.fromkeys(["gemma2", "gemma3", "t5", "mt5"], ("gelu_new", True)),
    "modernbert": ("gelu", True),
}


def traced(model, text=TEXT, **options):
    return llm_core.trace(model, text, TARGET if model.family == "encoder-decoder" else None, **options)


def stacks_of(trace):
    return [stack for stack in trace.stacks if stack != "cross"]


@pytest.fixture(scope="module")
def plain_t5(tmp_path_factory):
    """T5 as it was at first: with ReLU and without a gate."""
    import transformers

    from tests.tiny_models import write_tokenizer
    from tests.tiny_sizes import T5

    folder = tmp_path_factory.mktemp("plain-t5")
    torch.manual_seed(0)
    config = transformers.T5Config(**{**T5, "feed_forward_proj": "relu", "pad_token_id": 0, "eos_token_id": 3})
    config.decoder_start_token_id = 0
    model = transformers.T5ForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.12)
    model.save_pretrained(folder)
    write_tokenizer("t5", folder)
    return llm_core.load_model(folder)


@pytest.mark.parametrize("name", FOUND)
def test_all_neurons_together_are_the_librarys_output(tiny, name):
    model = tiny(name)
    trace = traced(model)
    for stack in stacks_of(trace):
        for layer in trace.layers(stack):
            observed = observe_feed_forward(model, trace, stack, layer)
            assert (observed.function, observed.gated is not None) == FOUND[name]
            assert observed.largest_difference < CLOSE
            above = np.stack([observed.landing.stream(place, observed.output[place]) for place in range(5)])
            states = trace.hidden_states(stack)
            if layer < len(states) - 2:
                np.testing.assert_allclose(above, states[layer + 1][:5], atol=1e-4 * np.abs(states[layer + 1]).max())


def test_t5_without_a_gate_is_found_too(plain_t5):
    trace = traced(plain_t5)
    for stack in stacks_of(trace):
        observed = observe_feed_forward(plain_t5, trace, stack, 1)
        assert (observed.function, observed.gated) == ("relu", None)
        assert observed.largest_difference < CLOSE


@pytest.mark.parametrize("fixture", ["mask_filler", "smollm2", "translator"])
def test_the_shipped_models_show_their_neurons_to_rounding(request, fixture):
    model = request.getfixturevalue(fixture)
    trace = llm_core.trace(model, "The black cat is sleeping.")
    for stack in stacks_of(trace):
        layer = trace.layers(stack)[-1]
        observed = observe_feed_forward(model, trace, stack, layer)
        (shown,) = strongest_neurons(model, observed, [3], count=4)
        assert shown.largest_difference < CLOSE
        assert shown.count in {768, 1536}
        assert 0 < shown.share < 1
        if (model.family, stack) == ("encoder-decoder", "encoder"):
            assert shown.neurons[0].promotes is None
            assert "go to the decoder" in shown.unread
        else:
            assert shown.unread is None
            assert shown.reading_difference < 1e-3
            assert all(len(neuron.promotes) == len(neuron.suppresses) == 6 for neuron in shown.neurons)


@pytest.mark.parametrize("name", ["llama", "gpt2", "t5"])
def test_numbers_of_a_neuron_are_those_of_the_models_own_modules(tiny, name):
    """Worked out again with the library's modules, called by their names."""
    model = tiny(name)
    trace = traced(model)
    layer, position = 1, 3
    below = torch.tensor(np.array(trace.hidden_states("decoder")[layer]))[None]
    with torch.inference_mode():
        if name == "llama":
            block = model.model.model.layers[layer]
            came = observe_feed_forward(model, trace, "decoder", layer).landing.base
            came = block.post_attention_layernorm(torch.tensor(came, dtype=torch.float32))
            before, gated = block.mlp.gate_proj(came), block.mlp.up_proj(came)
            hidden = torch.nn.functional.silu(before) * gated
            vectors = block.mlp.down_proj.weight
        elif name == "gpt2":
            block = model.model.transformer.h[layer]
            came = below + block.attn(block.ln_1(below))[0]
            before, gated = block.mlp.c_fc(block.ln_2(came))[0], None
            hidden, vectors = block.mlp.act(before), block.mlp.c_proj.weight.T
        else:
            block = model.model.decoder.block[layer].layer[-1]
            came = torch.tensor(observe_feed_forward(model, trace, "decoder", layer).landing.base, dtype=torch.float32)
            came = block.layer_norm(came)
            before, gated = block.DenseReluDense.wi_0(came), block.DenseReluDense.wi_1(came)
            hidden, vectors = block.DenseReluDense.act(before) * gated, block.DenseReluDense.wo.weight
    observed = observe_feed_forward(model, trace, "decoder", layer)
    (shown,) = strongest_neurons(model, observed, [position], count=5)
    expected = (hidden[position].abs() * vectors.norm(dim=0)).numpy()
    assert [neuron.index for neuron in shown.neurons] == np.argsort(-expected)[:5].tolist()
    for neuron in shown.neurons:
        assert neuron.activation == pytest.approx(float(hidden[position, neuron.index]), abs=1e-4)
        assert neuron.before == pytest.approx(float(before[position, neuron.index]), abs=1e-4)
        assert neuron.adds == pytest.approx(expected[neuron.index], rel=1e-3)
        if gated is None:
            assert neuron.gated is None
        else:
            assert neuron.gated == pytest.approx(float(gated[position, neuron.index]), abs=1e-4)


@pytest.mark.parametrize("name", ["bert", "llama", "gemma2", "gpt-neox"])
def test_shares_of_all_neurons_and_the_bias_add_up_to_one(tiny, name):
    model = tiny(name)
    trace = traced(model)
    observed = observe_feed_forward(model, trace, trace.stacks[0], 1)
    (shown,) = strongest_neurons(model, observed, [4], count=10_000, tokens=0)
    assert len(shown.neurons) == shown.count
    output = observed.output[4]
    bias = 0 if observed.bias is None else float(observed.bias @ output / (output @ output))
    assert shown.share + bias == pytest.approx(1, abs=1e-4)
    assert [neuron.adds for neuron in shown.neurons] == sorted((n.adds for n in shown.neurons), reverse=True)


@pytest.mark.parametrize("name", ["llama", "gpt2", "cohere"])
def test_promoted_tokens_of_the_last_layer_are_what_the_logits_lose_without_the_neuron(tiny, name):
    """The head is put together here from the library's modules: final norm, then unembedding."""
    model = tiny(name)
    trace = traced(model)
    layer, position = trace.layers("decoder")[-1], 5
    observed = observe_feed_forward(model, trace, "decoder", layer)
    (shown,) = strongest_neurons(model, observed, [position], count=3, tokens=4)
    body = model.model.transformer if name == "gpt2" else model.model.model
    norm = body.ln_f if name == "gpt2" else body.norm

    def logits(output):
        stream = torch.tensor(observed.landing.base[position] + output, dtype=torch.float32)
        with torch.inference_mode():
            scale = model.model.config.logit_scale if name == "cohere" else 1.0
            return (model.model.lm_head(norm(stream[None]))[0] * scale).double().numpy()

    whole = logits(observed.output[position])
    np.testing.assert_allclose(whole, trace.logits[position], atol=1e-4 * np.abs(whole).max())
    for neuron in shown.neurons:
        vector = observed.activations[position, neuron.index] * observed.vectors[:, neuron.index]
        change = whole - logits(observed.output[position] - vector)
        order = np.argsort(-change)
        assert [pushed.token.id for pushed in neuron.promotes] == order[:4].tolist()
        assert [pushed.token.id for pushed in neuron.suppresses] == order[::-1][:4].tolist()
        np.testing.assert_allclose([p.logit for p in neuron.promotes], change[order[:4]], atol=1e-3)
        assert neuron.mean_logit == pytest.approx(change.mean(), abs=1e-3)


def test_a_post_norm_encoder_is_read_above_its_norm(tiny):
    model = tiny("bert")
    trace = traced(model)
    observed = observe_feed_forward(model, trace, "encoder", 2)
    assert observed.landing.norm_of_sum is not None
    stream = np.stack([observed.landing.stream(place, observed.output[place]) for place in range(len(trace.tokens))])
    with torch.inference_mode():
        logits = model.model.cls(torch.tensor(stream, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(logits, trace.logits, atol=1e-4 * np.abs(trace.logits).max())


def test_gemma_normalises_the_output_before_it_is_added(tiny):
    model = tiny("gemma2")
    trace = traced(model)
    landing = observe_feed_forward(model, trace, "decoder", 0).landing
    norm = model.model.model.layers[0].post_feedforward_layernorm
    output = np.random.default_rng(0).normal(size=(1, 32))
    with torch.inference_mode():
        expected = norm(torch.tensor(output, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(landing.norm_of_output(output), expected, atol=1e-4)


def test_a_model_without_a_head_has_neurons_but_no_words(tiny):
    model = tiny("bert-headless")
    (shown,) = strongest_neurons(model, observe_feed_forward(model, traced(model), "encoder", 0), [1])
    assert shown.neurons[0].promotes is shown.neurons[0].suppresses is None
    assert "no head" in shown.unread
    assert shown.reading_difference is None


@pytest.mark.parametrize(("name", "layer"), [("mixtral", 0), ("gpt-oss", 1), ("deepseek-v3", 1), ("llama4", 1)])
def test_a_mixture_of_experts_is_refused_with_a_reason(tiny, name, layer):
    model = tiny(name)
    with pytest.raises(llm_core.UnsupportedModelError, match="mixture of experts"):
        observe_feed_forward(model, traced(model), "decoder", layer)


def test_a_dense_layer_beside_layers_of_experts_is_found(tiny):
    model = tiny("deepseek-v3")
    assert observe_feed_forward(model, traced(model), "decoder", 0).largest_difference < CLOSE


def test_an_attention_that_cannot_be_watched_is_refused(tiny):
    model = tiny("bloom")
    with pytest.raises(llm_core.UnsupportedModelError, match="cannot be watched"):
        observe_feed_forward(model, traced(model), "decoder", 0)


def test_several_positions_at_once_are_the_same_as_one_by_one(tiny):
    model = tiny("llama")
    observed = observe_feed_forward(model, traced(model), "decoder", 1)
    together = strongest_neurons(model, observed, count=3)
    assert [shown.position for shown in together] == list(range(len(observed.tokens)))
    for position in (0, 4):
        (alone,) = strongest_neurons(model, observed, [position], count=3)
        assert [n.index for n in alone.neurons] == [n.index for n in together[position].neurons]
        assert alone.neurons[0].promotes[0].token == together[position].neurons[0].promotes[0].token


def test_padding_and_one_word_work(tiny):
    model = tiny("bert")
    padded = llm_core.trace(model, TEXT, pad_to=40)
    assert observe_feed_forward(model, padded, "encoder", 1).largest_difference < CLOSE
    one = llm_core.trace(tiny("gpt2"), "cat")
    assert observe_feed_forward(tiny("gpt2"), one, "decoder", 2).largest_difference < CLOSE


@pytest.mark.parametrize("position", [99, -1, "a", 1.5])
@pytest.mark.usefixtures("unchecked_types")
def test_a_position_that_does_not_exist_is_refused(tiny, position):
    model = tiny("bert")
    observed = observe_feed_forward(model, traced(model), "encoder", 0)
    with pytest.raises(llm_core.SelectionError, match="position"):
        strongest_neurons(model, observed, [position])


def test_a_stack_layer_or_model_that_does_not_fit_is_refused(tiny):
    model = tiny("t5")
    trace = traced(model)
    with pytest.raises(llm_core.SelectionError, match="decoder"):
        observe_feed_forward(model, trace, "cross", 0)
    with pytest.raises(llm_core.SelectionError, match="layer"):
        observe_feed_forward(model, trace, "decoder", 9)
    with pytest.raises(llm_core.SelectionError, match="trace of"):
        observe_feed_forward(tiny("bart"), trace, "decoder", 0)
    observed = observe_feed_forward(model, trace, "decoder", 0)
    with pytest.raises(llm_core.SelectionError, match="neurons of"):
        strongest_neurons(tiny("bart"), observed)
    for options in ({"count": 0}, {"tokens": -1}):
        with pytest.raises(llm_core.SelectionError, match="number of"):
            strongest_neurons(model, observed, **options)


def test_records_are_frozen_and_the_model_is_left_alone(tiny):
    model = tiny("llama")
    weights = {name: parameter.clone() for name, parameter in model.model.named_parameters()}
    observed = observe_feed_forward(model, traced(model), "decoder", 1)
    (shown,) = strongest_neurons(model, observed, [0])
    assert all(torch.equal(parameter, weights[name]) for name, parameter in model.model.named_parameters())
    with pytest.raises(dataclasses.FrozenInstanceError):
        shown.share = 1.0
    for array in (observed.activations, observed.output, observed.vectors, observed.before, observed.landing.base):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_output_to_which_something_else_is_added_does_not_land():
    rng = np.random.default_rng(0)
    base, output, other = rng.normal(size=(3, 4, 8))
    plain = find_landing(output, rng.normal(size=(4, 8)), [base], base + output, [], [])
    assert plain is not None
    assert plain.factor == 1.0
    assert find_landing(output, rng.normal(size=(4, 8)), [base], base + output + other, [], []) is None
    scaled = find_landing(output, rng.normal(size=(4, 8)), [base], base + 0.3 * output, [], [])
    assert scaled.factor == pytest.approx(0.3)


def test_an_output_a_thousand_times_smaller_than_the_stream_is_still_told_from_one_with_more():
    rng = np.random.default_rng(1)
    base, output, other = 1000 * rng.normal(size=(4, 8)), rng.normal(size=(4, 8)), rng.normal(size=(4, 8))
    assert find_landing(output, output, [base], base + output, [], []) is not None
    assert find_landing(output, output, [base], base + output + 0.1 * other, [], []) is None


def test_the_norm_of_a_sum_is_told_from_a_final_norm():
    """A network that was given what it is added to has its norm behind it."""
    rng = np.random.default_rng(2)
    came, output = rng.normal(size=(2, 4, 8))
    norm = Norm("LayerNorm", "n", np.ones(8), None, 1e-12)
    total = came + output
    after = find_landing(output, came, [], norm(total), [total], [norm])
    assert after.norm_of_sum is norm
    base = rng.normal(size=(4, 8))
    final = find_landing(output, came, [base], norm(base + output), [base + output], [norm])
    assert final.norm_of_sum is None
