"""What the model was asked beyond the trace: shipped, known from before, or asked now, once for everybody."""

from __future__ import annotations

import logging

import llm_core
from llm_core.engine.task import Task
from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.whole_model.blocks import Block
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.samples import NEURONS, TOKENS, WholeSample, sample_whole
from pages.shared.asking import ask, is_loaded, known, model, task
from pages.shared.notices import Shown

logger = logging.getLogger(__name__)

AT_ONCE = 256
"""Texts of so many tokens run through a model so fast that nothing needs to be shown meanwhile."""


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
    short = len(shown.trace.tokens) + len(shown.trace.target_tokens) <= AT_ONCE
    if short and is_loaded(shown.request.model):
        return record(shown, ignore_progress)
    ready: WholeRecord | None = known(_record(shown))
    return ready


def record(shown: Shown, report: ProgressCallback) -> WholeRecord:
    """What the model is asked, waiting for it; ``report`` may raise to stop waiting.

    Raises:
        LlmCoreError: The model cannot be used.
    """
    found: WholeRecord = ask(_record(shown), report)
    return found


def _record(shown: Shown) -> Task:
    return task("whole_model.asking:whole_record", model(shown.request.model), shown.trace)


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
    used = model(shown.request.model)
    observed = task("feed_forward.observing:observe_feed_forward", used, shown.trace, block.stack, block.layer)
    wanted = task("feed_forward.strongest:strongest_neurons", used, observed, [position], count=NEURONS, tokens=TOKENS)
    found: FeedForwardNeurons = ask(wanted, report)[0]
    return found
