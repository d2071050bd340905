"""What a pane of the comparison says in words and numbers: outcomes, parameters, measures, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llm_core.comparison.costs import BYTES_A_NUMBER, POSITIONS, cache_in_words
from llm_core.comparison.outcomes import Blank, Candidate
from llm_core.comparison.table import Side
from llm_core.measures.parameters import ParameterBlocks
from llm_core.numbers import counted, in_bytes, in_words
from llm_core.shapes import Stack
from pages.shared.components.architectures import HiddenWord, ParameterCount, ScoredToken
from pages.shared.components.packing import token_fields

STACK_NAMES: dict[Stack, str] = {"encoder": "encoder", "decoder": "decoder", "cross": "cross-attention"}
BLOCK_NAMES = {
    "embedding": "embedding",
    "attention": "attention",
    "cross_attention": "cross-attention",
    "feed_forward": "feed-forward",
    "normalisation": "normalisation",
    "head": "head",
    "other": "other",
}


def blank_fields(blank: Blank | None, text: str) -> HiddenWord | None:
    """The hidden word as the browser takes it; ``unseen`` is what the model did not get to see of the text."""
    if blank is None:
        return None
    return {
        "word": blank.word,
        "before": blank.before,
        "after": blank.after,
        "unseen": text[len(blank.before) + len(blank.word) + len(blank.after) :],
        "candidates": candidates_fields(blank.candidates),
        "probability": blank.probability,
        "reason": blank.reason,
    }


def candidates_fields(candidates: Sequence[Candidate]) -> list[ScoredToken]:
    """Candidates as chips with their probability."""
    fields = token_fields([candidate.token for candidate in candidates])
    return [
        {**field, "probability": candidate.probability} for field, candidate in zip(fields, candidates, strict=True)
    ]


def parameters_fields(blocks: ParameterBlocks) -> list[ParameterCount]:
    """Parameters by block."""
    return [{"name": label, "count": getattr(blocks, field)} for field, label in BLOCK_NAMES.items()]


def about(side: Side) -> str:
    """A model in one line."""
    shape = side.profile.geometry
    layers = " + ".join(str(count) for stack, count in shape.layers.items() if stack != "cross")
    heads = max(shape.heads.values())
    total = in_words(side.profile.parameters.total)
    plural = "layer" if layers == "1" else "layers"
    return f"{shape.architecture} · {layers} {plural} × {counted(heads, 'head')} · {total} parameters"


def measures(side: Side) -> list[tuple[str, str]]:
    """A model's measures as names and values."""
    shape = side.profile.geometry
    several = len(shape.layers) > 1

    def by_stack(counts: Mapping[Stack, int]) -> str:
        if not several or len(set(counts.values())) == 1:
            return f"{next(iter(counts.values())):,}" + (" in each" if several else "")
        return ", ".join(f"{count:,} {STACK_NAMES[stack]}" for stack, count in counts.items())

    stacked = {stack: count for stack, count in shape.layers.items() if stack != "cross"}
    limit = "no limit told" if shape.token_limit is None else counted(shape.token_limit, "token")
    return [
        (
            "layers",
            " + ".join(f"{count} {STACK_NAMES[stack]}" if several else f"{count}" for stack, count in stacked.items()),
        ),
        ("heads a layer", by_stack(shape.heads)),
        ("key/value heads", by_stack(shape.key_value_heads)),
        ("width", f"{shape.d_model:,}"),
        ("width of a head", "not told" if shape.d_head is None else f"{shape.d_head:,}"),
        ("feed-forward width", "not told" if shape.d_feed_forward is None else f"{shape.d_feed_forward:,}"),
        ("positions", f"{POSITIONS[shape.positions]}, {limit}"),
        ("vocabulary", f"{shape.vocabulary:,}"),
    ]


def costs(side: Side) -> list[tuple[str, str]]:
    """What a trace cost, as names and values."""
    trace, profile = side.trace, side.profile
    matrices = sum(
        trace.heads(stack, layer) * len(trace.query_tokens(stack)) * len(trace.key_tokens(stack))
        for stack in trace.stacks
        for layer in trace.layers(stack)
    )
    return [
        ("time of this pass", f"{1000 * trace.seconds:,.0f} ms"),
        ("runs for the answer", f"{profile.outcome.passes:,}"),
        ("weights in memory", in_bytes(profile.parameters.total * BYTES_A_NUMBER)),
        ("kept by this trace", in_bytes(trace.nbytes)),
        ("its attention matrices", in_bytes(matrices * BYTES_A_NUMBER)),
        ("keys and values", cache_in_words(profile)),
    ]
