"""What every lesson may say about the model in use, in words."""

from __future__ import annotations

from collections.abc import Mapping

from llm_core.heads.guidance import in_words
from llm_core.lessons.evidence import Evidence
from llm_core.numbers import decimal, four_digits, in_parameters
from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace

GENERAL = (
    *("model", "family", "tokens", "layers", "heads", "d_model", "d_head"),
    *("d_feed_forward", "vocabulary", "parameters", "context", "scaling", "guided"),
)
"""Names of the facts that every text of a lesson may use."""

UNKNOWN = "an unknown number of"


def general_facts(evidence: Evidence) -> Mapping[str, str]:
    """The facts of :data:`GENERAL`, each as words or a number with its thousands separated."""
    trace, geometry, parameters = evidence.trace, evidence.geometry, evidence.parameters
    stack = trace.stacks[0]
    width = next((states[0].shape[-1] for states in trace.states.values() if states), None)
    layers = " + ".join(str(len(trace.layers(stack))) for stack in trace.stacks if stack != "cross")
    return {
        "model": trace.model_name,
        "family": trace.family,
        "tokens": f"{len(trace.tokens):,}",
        "layers": layers,
        "heads": str(trace.heads(stack, trace.layers(stack)[0])),
        "d_model": _count(width),
        "d_head": _count(geometry.d_head if geometry else None),
        "d_feed_forward": _count(geometry.d_feed_forward if geometry else None),
        "vocabulary": _count(geometry.vocabulary if geometry else None),
        "parameters": in_parameters(parameters.total) if parameters else UNKNOWN,
        "context": _count(geometry.token_limit if geometry else None),
        "scaling": scaling_of(trace),
        "guided": _guided(evidence),
    }


def _guided(evidence: Evidence) -> str:
    """Whether training told heads what to do, as the beginning of a sentence."""
    trace = evidence.trace
    if not trace.guided_heads:
        return f"No head of {trace.model_name} is known to have been told what to do"
    told = " and ".join(
        f"{in_words(one.stack, one.layer, one.head)}, which {one.by} guided to {one.taught}"
        for one in trace.guided_heads
    )
    return f"Nobody told the heads of {trace.model_name} what to do, but for {told}"


def scaling_of(trace: Trace) -> str:
    """What the stack that reads does with the product of a query and a key, as the rest of a sentence."""
    stack = trace.stacks[0]
    record = trace.record(stack, trace.layers(stack)[0])
    if not isinstance(record, AttentionRecord):
        return "does not tell what it does with the product"
    width = record.query.shape[-1]
    if abs(record.scaling - width**-0.5) < 1e-6:
        return f"divides by the root of {width}, which is {decimal(width**0.5, 2)}"
    if record.scaling == 1:
        return "leaves the division out, since its matrices have learned the right size"
    return f"multiplies the product by {four_digits(record.scaling)} instead"


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
