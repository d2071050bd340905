"""What is inside a block that is open: its numbers, for the head and the token that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from llm_core.numbers import percent, two_digits
from llm_core.recording.trace_record import Trace
from llm_core.whole_model.blocks import Block, main_stack
from llm_core.whole_model.distribution import MOST_CANDIDATES, candidates
from llm_core.whole_model.picture import AttentionInside, VectorsOut
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.rows import MOST_ROWS
from pages.shared.asking import ask, task
from pages.shared.components.packing import TokenChip, exact, token_fields
from pages.shared.components.whole_model import (
    InsideAttention,
    InsideBlock,
    InsideEmbedding,
    InsideNetwork,
    WholeModelTable,
)
from pages.shared.guided import guidance_of
from pages.shared.whole_model.packet import vocabulary_token
from pages.shared.whole_model.place import Place, sequence_of, token_of
from pages.shared.whole_model.words import before_out, in_sight

if TYPE_CHECKING:
    from llm_core.feed_forward.neuron_record import FeedForwardNeurons, PushedToken

Detail: TypeAlias = tuple[InsideBlock, dict[str, np.ndarray]]


def problem(block: Block, words: str) -> Detail:
    """Why there is nothing to show inside a block."""
    return {"kind": "problem", "block": block.name, "problem": words}, {}


def attention_detail(trace: Trace, place: Place, block: Block) -> tuple[InsideAttention, dict[str, np.ndarray]]:
    """Queries, keys, values, weights and mixed values of one head, for the tokens that have room."""
    stack, layer = block.stack, block.layer
    position = token_of(trace, place, sequence_of(trace, stack))
    queries = _window(len(trace.query_tokens(stack)), position)
    keys = queries
    if stack == "cross":
        keys = _window(len(trace.tokens), token_of(trace, place, "source"))
    where = (stack, layer, place.head, position, queries.tolist(), keys.tolist())
    found: AttentionInside = ask(task("whole_model.picture:attention_inside", trace, *where))
    head, (strongest, share) = found.head, found.strongest
    arrays = {"weights": exact(found.weights, found.visible), **found.vectors}
    note = ""
    if not found.vectors:
        note = " This model hands out its weights but not its queries, keys and values."
    elif found.together > 1:
        note = f" {found.together} heads share these keys and values."
    queries_all, keys_all = trace.query_tokens(stack), trace.key_tokens(stack)
    if len(queries) < len(queries_all) or len(keys) < len(keys_all):
        note += f" Shown: {len(queries)} of {len(queries_all):,} tokens, those around the one followed."
    mask = trace.mask(stack, layer).kind
    closed = "" if mask == "full" else " Hatched: the mask closes it."
    guided = guidance_of(trace, stack, layer, [head], position)
    detail: InsideAttention = {
        "kind": "attention",
        "block": block.name,
        "head": head,
        "heads": trace.heads(stack, layer),
        "query": position,
        "queryPositions": queries.tolist(),
        "keyPositions": keys.tolist(),
        "queryTokens": token_fields([queries_all[place] for place in queries]),
        "keyTokens": token_fields([keys_all[place] for place in keys]),
        "caption": f"Head {head}: “{queries_all[position].text}” looks most at "
        f"“{keys_all[strongest].text}” with {percent(share)}.",
        "note": " ".join([f"{closed}{note}".strip(), *map(str, guided)]).strip(),
    }
    return detail, {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _window(tokens: int, position: int) -> np.ndarray:
    """Positions that have room: all of a short text, else those around one."""
    if tokens <= MOST_ROWS:
        return np.arange(tokens)
    room = 3 * MOST_ROWS // 4
    start = max(0, min(position - room // 2, tokens - room))
    return np.arange(start, start + room)


def neuron_detail(told: FeedForwardNeurons, block: Block) -> Detail:
    """The strongest neurons for a token."""
    gated = f"{told.function}, gated" if told.is_gated else told.function
    off = two_digits(100 * told.largest_difference)
    checked = f"All {told.count:,} neurons added up are the library’s own output to within {off} % of its largest."
    pushes = (
        "Most and least: whose logit at this token the neuron raises most and least (or lowers), by itself, as if no "
        "layer came after; point at a token for the number, beside the mean of the whole vocabulary."
        if told.unread is None
        else told.unread
    )
    detail: InsideNetwork = {
        "kind": "feed_forward",
        "block": block.name,
        "token": token_fields([told.token])[0],
        "count": told.count,
        "share": told.share,
        "neurons": [
            {
                "index": neuron.index,
                "activation": neuron.activation,
                "adds": neuron.adds,
                "share": neuron.share,
                "mean": neuron.mean_logit,
                "up": _pushed(neuron.promotes),
                "down": _pushed(neuron.suppresses),
            }
            for neuron in told.neurons
        ],
        "note": f"{pushes} Activation function: {gated}. {checked}",
    }
    return detail, {}


def _pushed(tokens: Sequence[PushedToken] | None) -> list[tuple[TokenChip, float]] | None:
    if tokens is None:
        return None
    return [
        (field, pushed.logit) for field, pushed in zip(token_fields([p.token for p in tokens]), tokens, strict=True)
    ]


def embedding_detail(trace: Trace, record: WholeRecord | None, place: Place, block: Block) -> Detail:
    """The rows of the tables that become a token's first vector."""
    states = trace.states.get(block.stack, ())
    if not states:
        return problem(block, f"{trace.model_name} does not hand out its first vectors.")
    sequence = sequence_of(trace, block.stack)
    position = token_of(trace, place, sequence)
    token = trace.query_tokens(block.stack)[position]
    first = states[0][position]
    beginning = None if record is None else record.beginnings.get(block.stack)
    names = {
        "token": ("Token", f"the row of “{token.text}”, number {token.id:,} of the vocabulary"),
        "position": ("Position", f"the row of place {position}"),
        "other": ("Segment", "the row of the part of the text it is in"),
    }
    arrays = {"first": np.asarray(first, np.float32)}
    tables: list[WholeModelTable] = []
    added = np.zeros_like(first)
    for number, table in enumerate(() if beginning is None else beginning.tables):
        name, words = names[table.kind]
        tables.append({"name": name, "words": f"{words} ({table.name})"})
        arrays[f"table{number}"] = np.asarray(table.vectors[position], np.float32)
        added = added + table.vectors[position]
    note = "Each cell is a number: blue above zero, orange below, the background for zero. Tables share one scale."
    first_words = ""
    if beginning is None:
        note += " Which tables this is the sum of could not be told" + (
            " yet: the model is still being asked." if record is None else " for this model."
        )
    elif beginning.norm is not None:
        first_words = f"the sum, normalised ({beginning.norm.kind})"
        added = beginning.norm(added)
    if beginning is not None:
        note += f" Largest difference from the library’s own vector: {two_digits(np.abs(added - first).max())}."
        if not any(table.kind == "position" for table in beginning.tables):
            note += " There is no position here: this model tells places apart inside its attention."
    detail: InsideEmbedding = {
        "kind": "embedding",
        "block": block.name,
        "token": token_fields([token])[0],
        "width": len(first),
        "tables": tables,
        "firstName": "First vector",
        "firstWords": first_words,
        "note": note,
    }
    return detail, arrays


def output_detail(trace: Trace, record: WholeRecord | None, place: Place, block: Block, *, rounded: bool) -> Detail:
    """The scores of the whole vocabulary at a token, or the vectors of an encoder without a head."""
    stack = main_stack(trace)
    position = token_of(trace, place, sequence_of(trace, stack))
    token = token_fields([trace.query_tokens(stack)[position]])[0]
    if trace.logits is None:
        out: VectorsOut = ask(task("whole_model.picture:vectors_out", trace, position))
        note = "This model gives no scores for words. What it is good for: sentences whose means lie near each other."
        arrays = {"last": out.last, "sentence": out.sentence}
        words = f"the mean of {out.tokens} vectors, {len(out.last):,} numbers"
        return {"kind": "vectors", "block": block.name, "token": token, "words": words, "note": note}, arrays
    scores = np.asarray(trace.logits[position], np.float32)
    shown = [int(number) for number in candidates(scores, MOST_CANDIDATES)]
    seen = in_sight(trace, position)
    seen += " " if seen else ""
    precision = " The scores that ship with the app have three significant digits." if rounded else ""
    return {
        "kind": "output",
        "block": block.name,
        "token": token,
        "before": before_out(trace, position),
        "words": f"one score for each of {len(scores):,} tokens",
        "candidates": [
            {"id": number, "token": token_fields([vocabulary_token(record, number)])[0]} for number in shown
        ],
        "note": f"{seen}Scores are divided by the temperature before the softmax: below 1 the likeliest gain, above 1 "
        f"the others. Computed in your browser over the whole vocabulary.{precision}",
    }, {"scores": scores}
