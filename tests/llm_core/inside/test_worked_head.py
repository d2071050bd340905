"""Every number of a head, worked out step by step, is the library's own number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core import observe_layer, work_head
from llm_core.inside.layer_record import recorded_layer
from llm_core.inside.norms import Norm
from llm_core.inside.rotations import Turning
from llm_core.recording.archive import load_trace, save_trace
from llm_core.recording.verification import OUTPUTS
from tests.tiny_models import ALL_RECIPES, ENCODER_DECODERS

ROOT = Path(__file__).parents[3]
TEXT = "The cat sat on the mat because it was tired."
TARGET = "le chat noir est assis"
CLOSE = 2e-5
MODELS = [
    *("bert", "gpt2", "llama", "gemma3", "t5", "bart", "gpt-neox", "qwen3", "gemma2", "gpt-oss", "phi3"),
    *("olmo2", "cohere", "opt", "mistral", "modernbert", "roberta", "distilbert", "albert", "marian", "mt5", "pegasus"),
]


def traced(model, text=TEXT, **options):
    return llm_core.trace(model, text, TARGET if model.family == "encoder-decoder" else None, **options)


def observed(model, stack, layer, text=TEXT):
    return observe_layer(model, traced(model, text), stack, layer)


def worked(model, stack, layer, head, query, text=TEXT):
    return work_head(model, observed(model, stack, layer, text), head, query)


def eager_attention(folder, name, trace):
    """The weights of the library's own model, loaded apart from ours, with its own attention."""
    model = getattr(transformers, ALL_RECIPES[name][0]).from_pretrained(folder, attn_implementation="eager").eval()
    inputs = {"input_ids": torch.tensor([[token.id for token in trace.tokens]])}
    if name in ENCODER_DECODERS:
        inputs["decoder_input_ids"] = torch.tensor([[token.id for token in trace.target_tokens]])
    with torch.inference_mode():
        return model(**inputs, output_attentions=True)


@pytest.mark.parametrize("name", MODELS)
def test_every_number_equals_the_librarys(tiny, tiny_folder, name):
    model = tiny(name)
    trace = traced(model)
    library = eager_attention(tiny_folder(name), name, trace)
    for stack in trace.stacks:
        for layer in trace.layers(stack):
            seen = observe_layer(model, trace, stack, layer)
            for query in (0, len(trace.query_tokens(stack)) - 2):
                for head in (0, 3):
                    work = work_head(model, seen, head, query)
                    expected = library[OUTPUTS[model.family][stack]][layer][0, head, query].numpy()
                    np.testing.assert_allclose(work.weights, expected, atol=CLOSE)
                    compared = dict(work.differences.items())
                    assert set(compared) == {"query", "key", "value", "weights", "head_output", "attention_output"}
                    assert work.differences.largest < CLOSE, compared


@pytest.mark.parametrize(
    ("fixture", "layer"), [("minilm", 3), ("smollm2", 16), ("translator", 2)], ids=["minilm", "smollm2", "t5-mini"]
)
def test_the_shipped_models_are_worked_out_to_rounding(request, fixture, layer):
    model = request.getfixturevalue(fixture)
    trace = traced(model)
    for stack in trace.stacks:
        seen = observe_layer(model, trace, stack, layer)
        for head in (0, trace.heads(stack, layer) - 1):
            work = work_head(model, seen, head, 2)
            assert len(dict(work.differences.items())) == 6
            assert work.differences.weights < 1e-5
            assert work.differences.largest < 1e-4


def test_each_step_follows_from_the_step_before(tiny):
    """Redone here from the record's own numbers with plain sums, for a head with everything LLaMA has."""
    layer = observed(tiny("llama"), "decoder", 1)
    work, projection = work_head(tiny("llama"), layer, 3, 5), layer.projections.query
    spread = np.sqrt((work.residual**2).mean() + layer.norm.epsilon)
    np.testing.assert_allclose(work.input, work.residual / spread * layer.norm.gain, atol=1e-5)
    np.testing.assert_allclose(work.query.projected, projection.weight[24:32] @ work.input, atol=1e-6)
    strongest = int(np.abs(work.query.projected).argmax())
    assert work.strongest_products.sum() == pytest.approx(work.query.projected[strongest])
    for pair, angle in enumerate(work.rotation.angles[5]):
        one, other = work.query.projected[pair], work.query.projected[pair + 4]
        assert work.query.result[pair] == pytest.approx(one * np.cos(angle) - other * np.sin(angle))
        assert work.query.result[pair + 4] == pytest.approx(other * np.cos(angle) + one * np.sin(angle))
    scores = work.scores
    for key in range(6):
        assert work.products(key).sum() == pytest.approx(scores.dots[key])
        assert scores.scaled[key] == pytest.approx(scores.dots[key] / np.sqrt(8))
    assert scores.visible.tolist() == [True] * 6 + [False] * (len(scores.visible) - 6)
    exponentials = np.exp(scores.scaled[:6])
    np.testing.assert_allclose(work.weights[:6], exponentials / exponentials.sum())
    assert not work.weights[6:].any()
    np.testing.assert_allclose(work.weights @ work.values.result, work.output)
    output = layer.projections.output
    np.testing.assert_allclose(work.contribution, output.weight[:, 24:32] @ work.output, atol=1e-6)
    assert np.linalg.norm(work.contribution) == pytest.approx(work.contribution_norms[3])


def test_the_rotary_angle_is_position_times_frequency(tiny):
    rotation = worked(tiny("llama"), "decoder", 0, 0, 3).rotation
    frequencies = 10000.0 ** -(np.arange(4) / 4)
    np.testing.assert_allclose(rotation.frequencies, frequencies, rtol=1e-4)
    np.testing.assert_allclose(rotation.angles[7], 7 * frequencies, rtol=1e-5)


def test_a_part_that_is_not_turned_stays(tiny):
    work = worked(tiny("gpt-neox"), "decoder", 1, 2, 4)
    assert work.rotation.turning == Turning("halves", 2)
    np.testing.assert_array_equal(work.query.projected[2:], work.query.result[2:])
    assert np.abs(work.query.projected[:2] - work.query.result[:2]).max() > 0.01


def test_grouped_heads_name_the_key_value_head_they_share(tiny):
    work = worked(tiny("llama"), "decoder", 0, 3, 2)
    assert (work.key_value_head, work.sharing) == (1, (2, 3))


def test_norms_of_queries_and_keys_are_steps_of_their_own(tiny):
    work = worked(tiny("gemma3"), "decoder", 1, 1, 4)
    assert work.query.norm.kind == "RMSNorm"
    assert work.keys.normed.shape == work.keys.projected.shape
    np.testing.assert_allclose(work.query.norm(work.query.projected), work.query.normed)


def test_a_sliding_window_closes_what_is_far(tiny):
    work = worked(tiny("gemma3"), "decoder", 0, 0, 9)
    assert np.flatnonzero(work.scores.visible).tolist() == list(range(4, 10))
    assert not work.weights[:4].any()


def test_t5_adds_its_bias_by_distance(tiny):
    model = tiny("t5")
    work = worked(model, "encoder", 1, 2, 4)
    attention = model.model.encoder.block[0].layer[0].SelfAttention
    with torch.inference_mode():
        bias = attention.compute_bias(len(work.weights), len(work.weights))[0, 2, 4].numpy()
    np.testing.assert_allclose(work.scores.bias, bias, atol=1e-6)
    np.testing.assert_allclose(work.scores.masked, work.scores.scaled + bias, atol=1e-6)


def test_learned_positions_are_in_the_embedding(tiny):
    model = tiny("gpt2")
    work = worked(model, "decoder", 0, 0, 4)
    token, position = work.layer.tables
    assert (token.kind, position.kind) == ("token", "position")
    np.testing.assert_array_equal(position.vector, model.model.transformer.wpe.weight[4].numpy())
    np.testing.assert_allclose(token.vector + position.vector, work.residual, atol=1e-6)
    assert work.rotation is None
    assert work.scores.bias is None


def test_berts_first_vectors_are_three_rows_added_and_normalised(tiny):
    layer = worked(tiny("bert"), "encoder", 2, 0, 1).layer
    assert sorted(table.kind for table in layer.tables) == ["other", "position", "token"]
    assert layer.tables_norm.kind == "LayerNorm"
    np.testing.assert_allclose(layer.tables_norm(sum(table.vector for table in layer.tables)), layer.first, atol=1e-5)


@pytest.mark.parametrize(("name", "stack"), [("bert", "encoder"), ("gpt2", "decoder"), ("llama", "decoder")])
def test_a_trace_that_was_kept_is_observed_as_before(tiny, tmp_path, name, stack):
    model = tiny(name)
    trace = traced(model)
    save_trace(trace, tmp_path / "kept")
    for layer in trace.layers(stack):
        found = observe_layer(model, load_trace(tmp_path / "kept"), stack, layer)
        expected = observe_layer(model, trace, stack, layer)
        assert [table.kind for table in found.beginning.tables] == [table.kind for table in expected.beginning.tables]
        np.testing.assert_allclose(found.first, expected.first, rtol=1e-6, atol=1e-6)
        assert (found.residual is None) == (expected.residual is None)


def test_cross_attention_takes_its_keys_from_the_encoder(tiny):
    model = tiny("t5")
    trace = traced(model)
    layer = observe_layer(model, trace, "cross", 1)
    work = work_head(model, layer, 1, 3)
    assert work.keys.result.shape[0] == len(trace.tokens)
    np.testing.assert_allclose(layer.inputs["key"], trace.hidden_states("encoder")[-1], atol=1e-6)


def test_softcap_and_sink_take_part(tiny):
    capped = worked(tiny("gemma2"), "decoder", 1, 0, 4)
    assert capped.softcap == 2.0
    assert np.abs(capped.scores.capped).max() < 2
    sinking = worked(tiny("gpt-oss"), "decoder", 1, 0, 4)
    assert 0 < sinking.scores.sink_exponential / sinking.scores.total < 1
    assert sinking.weights.sum() == pytest.approx(1 - sinking.scores.sink_exponential / sinking.scores.total)


@pytest.mark.parametrize("name", ["deepseek-v3", "llama4"])
def test_where_a_projection_cannot_be_told_the_path_begins_at_what_was_recorded(tiny, name):
    layer = observed(tiny(name), "decoder", 0)
    work = work_head(tiny(name), layer, 1, 3)
    assert work.query.projected is None
    assert work.input is None
    np.testing.assert_array_equal(work.query.result, layer.record.query[1, 3])
    assert work.differences.query is None
    assert work.differences.weights < CLOSE
    assert work.differences.attention_output < CLOSE


def test_a_gated_output_is_not_called_the_projection(tiny):
    work = worked(tiny("qwen3-next"), "decoder", 1, 0, 3)
    assert work.contribution is None
    assert work.differences.attention_output is None
    assert work.differences.head_output < CLOSE


def test_padding_gets_no_weight(tiny):
    model = tiny("bert")
    trace = llm_core.trace(model, TEXT, pad_to=40)
    work = work_head(model, observe_layer(model, trace, "encoder", 1), 1, 3)
    assert not work.weights[[token.is_padding for token in trace.tokens]].any()
    assert work.differences.largest < CLOSE


@pytest.mark.parametrize("name", ["bert", "llama", "t5", "gpt2"])
def test_a_text_of_one_word_works(tiny, name):
    model = tiny(name)
    trace = llm_core.trace(model, "cat", "cat" if name == "t5" else None)
    for stack in trace.stacks:
        assert work_head(model, observe_layer(model, trace, stack, 0), 0, 0).differences.largest < CLOSE


def test_a_model_that_keeps_its_queries_to_itself_is_refused_with_a_reason(tiny):
    model = tiny("bloom")
    with pytest.raises(llm_core.UnsupportedModelError, match="hands out its weights but not its queries"):
        observe_layer(model, traced(model), "decoder", 0)


@pytest.mark.parametrize(("head", "query"), [(4, 0), (-1, 0), (0, 99), (0, -1), ("a", 0), (0, 1.5)])
@pytest.mark.usefixtures("unchecked_types")
def test_what_does_not_exist_cannot_be_worked_out(tiny, head, query):
    model = tiny("bert")
    layer = observed(model, "encoder", 0)
    with pytest.raises(llm_core.SelectionError):
        work_head(model, layer, head, query)


def test_a_trace_with_edits_is_refused(tiny):
    model = tiny("bert")
    edited = traced(model, edits=llm_core.Edits(ablate_heads={("encoder", 0): (0, 1, 2, 3)}))
    with pytest.raises(llm_core.SelectionError, match="without edits"):
        observe_layer(model, edited, "encoder", 1)


def test_observing_can_be_stopped(tiny):
    class StopError(Exception):
        pass

    def stop(_):
        raise StopError

    model = tiny("bert")
    with pytest.raises(StopError):
        observe_layer(model, traced(model), "encoder", 2, progress=stop)


def test_a_trace_alone_tells_everything_from_the_dot_product_to_the_heads_output(tiny):
    model = tiny("llama")
    trace = traced(model)
    whole = work_head(model, observe_layer(model, trace, "decoder", 1), 2, 5)
    alone = work_head(None, recorded_layer(trace, "decoder", 1), 2, 5)
    np.testing.assert_allclose(alone.weights, whole.weights, atol=1e-5)
    np.testing.assert_allclose(alone.output, whole.output, atol=1e-5)
    assert alone.contribution is None
    assert dict(alone.differences.items()) == {}


def test_a_model_is_left_as_it_was(tiny):
    model = tiny("gpt-neox")
    before = {name: parameter.clone() for name, parameter in model.model.named_parameters()}
    first = traced(model).attention("decoder", 2)
    worked(model, "decoder", 1, 0, 2)
    assert all(torch.equal(parameter, before[name]) for name, parameter in model.model.named_parameters())
    np.testing.assert_array_equal(traced(model).attention("decoder", 2), first)


def test_norms_are_the_published_formulas():
    x = np.array([1.0, 2.0, 6.0])
    layer_norm = Norm("LayerNorm", "", np.array([1.0, 2.0, 1.0]), np.array([0.0, 0.0, 1.0]), 0.0)
    deviation = np.sqrt(14 / 3)
    np.testing.assert_allclose(layer_norm(x), [-2 / deviation, -2 / deviation, 3 / deviation + 1])
    rms_norm = Norm("RMSNorm", "", np.ones(3), None, 0.0)
    np.testing.assert_allclose(rms_norm(x), x / np.sqrt(41 / 3))


def test_a_head_of_a_shipped_trace_is_worked_out_without_torch():
    program = (
        "import sys\n"
        "from llm_core import work_head\n"
        "from llm_core.inside.layer_record import recorded_layer\n"
        "from llm_core.samples import TEXT, sample\n"
        "work = work_head(None, recorded_layer(sample('minilm-l6-mlm', TEXT), 'encoder', 3), 1, 8)\n"
        "assert work.weights[2] > 0.99\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
