"""What the model was asked beyond the trace: shipped, kept from before, or asked now by a thread for everybody."""

from __future__ import annotations

import logging

import llm_core
from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.whole_model.blocks import Block
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.samples import NEURONS, TOKENS, WholeSample, sample_whole
from pages.shared.asking import is_loaded
from pages.shared.notices import Shown

logger = logging.getLogger(__name__)

AT_ONCE = 256
"""Texts of so many tokens run through a model so fast that nothing needs to be shown meanwhile."""


@st.cache_resource
def _records() -> Workshop[WholeRecord]:
    return Workshop(BoundedCache(64, 200_000_000))


@st.cache_resource
def _networks() -> WeakKeyDictionary[LoadedModel, Workshop[ObservedFeedForward]]:
    """By model: what was observed shares its weights, and must not keep them when it is let go of."""
    return WeakKeyDictionary()


def shipped(shown: Shown) -> WholeSample | None:
    """What ships for the picture shown, or None; a file that cannot be read counts as none, and the model is asked."""
    if not shown.shipped:
        return None
    try:
        return sample_whole(shown.trace.model_name, shown.trace.text)
    except llm_core.BrokenDataError:
        logger.exception("What ships for the picture of %s cannot be read", shown.trace.model_name)
        return None


def known_record(shown: Shown) -> WholeRecord | None:
    """What the model was asked, if that is there or takes no time worth showing."""
    sample = shipped(shown)
    if sample is not None:
        return sample.record
    ready = _records().ready(_key(shown))
    if (
        ready is None
        and len(shown.trace.tokens) + len(shown.trace.target_tokens) <= AT_ONCE
        and is_loaded(shown.request.model)
    ):
        return record(shown, ignore_progress)
    return ready


def record(shown: Shown, report: ProgressCallback) -> WholeRecord:
    """What the model is asked, waiting for it; ``report`` may raise to stop waiting.

    Raises:
        LlmCoreError: The model cannot be used.
    """

    def make(progress: ProgressCallback) -> WholeRecord:
        # Here, since the first picture must not wait for torch.
        from llm_core.whole_model.asking import whole_record

        model = models().get(llm_core.find_model(shown.request.model), ignore_progress)
        return whole_record(model, shown.trace, progress=progress)

    return _records().get(_key(shown), make, report)


def known_neurons(shown: Shown, block: Block, position: int) -> FeedForwardNeurons | None:
    """The strongest neurons of a block at a token, if they ship or the model is here.

    Raises:
        LlmCoreError: The model has no neurons that can be told.
    """
    sample = shipped(shown)
    if sample is not None and (block.stack, block.layer, position) in sample.neurons:
        return sample.neurons[block.stack, block.layer, position]
    return neurons(shown, block, position, ignore_progress) if is_loaded(shown.request.model) else None


def neurons(shown: Shown, block: Block, position: int, report: ProgressCallback) -> FeedForwardNeurons:
    """The strongest neurons of a block at a token, waiting for the model.

    Raises:
        LlmCoreError: The model cannot be used, or has no neurons that can be told.
    """
    from llm_core.feed_forward.observing import observe_feed_forward
    from llm_core.feed_forward.strongest import strongest_neurons

    model = models().get(llm_core.find_model(shown.request.model), report)

    def make(progress: ProgressCallback) -> ObservedFeedForward:
        return observe_feed_forward(model, shown.trace, block.stack, block.layer, progress=progress)

    networks = _networks().setdefault(model, Workshop(BoundedCache(48, 200_000_000)))
    observed = networks.get((_key(shown), block), make, report)
    return strongest_neurons(model, observed, [position], count=NEURONS, tokens=TOKENS)[0]
