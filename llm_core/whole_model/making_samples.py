"""Making what ships for the picture of a model; needs the model."""

from __future__ import annotations

from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.feed_forward.observing import observe_feed_forward
from llm_core.feed_forward.strongest import strongest_neurons
from llm_core.models.loading import LoadedModel
from llm_core.recording.trace_record import Trace
from llm_core.whole_model.asking import whole_record
from llm_core.whole_model.blocks import main_stack
from llm_core.whole_model.samples import NEURONS, TOKENS, path_of_whole, save_whole


def make_sample(model: LoadedModel, trace: Trace) -> None:
    """Write what the picture of a traced text needs, with the neurons of every layer at every token."""
    networks: list[FeedForwardNeurons] = []
    for stack in trace.stacks:
        if stack == "cross":
            continue
        for layer in trace.layers(stack):
            observed = observe_feed_forward(model, trace, stack, layer)
            # What reads words out of an encoder-decoder's encoder does not exist, so only numbers are kept there.
            tokens = TOKENS if stack == main_stack(trace) else 0
            networks += strongest_neurons(model, observed, count=NEURONS, tokens=tokens)
    save_whole(whole_record(model, trace), networks, path_of_whole(trace.model_name))
