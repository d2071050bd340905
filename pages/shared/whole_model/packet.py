"""What the picture of the whole model is sent: rows, links, shares, and what is inside the block that is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token
from llm_core.whole_model.blocks import main_stack
from llm_core.whole_model.distribution import MOST_CANDIDATES
from llm_core.whole_model.picture import Outcomes, PictureNumbers
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.rows import Rows, rows_of
from pages.shared.asking import ask, task
from pages.shared.components.packing import pack, token_fields
from pages.shared.components.whole_model import (
    InsideBlock,
    SequenceName,
    WholeModelEndings,
    WholeModelHeader,
    WholeModelLitRow,
    WholeModelOverview,
    WholeModelRow,
    WholeModelSequence,
    WholeModelStack,
    WholeModelTokensOut,
    WholeModelVectorsOut,
)
from pages.shared.whole_model.place import Place, sequence_of, token_of
from pages.shared.whole_model.words import HEADLESS, HINT, aside, before_out, caption, left_out, legend, ways

Inside: TypeAlias = tuple[InsideBlock, Mapping[str, np.ndarray]]
"""What is inside a block: words, and arrays by name."""

MOST_TEXT = 200
"""Of a longer text only the beginning stands below a saved picture."""


@dataclass(frozen=True, eq=False)
class Overview:
    """The picture before anything opens, the same for every visitor: made once for a trace and a record.

    Attributes:
        rows: By sequence, which tokens share a row.
        header: What the packet says of it.
        arrays: Its numbers.
    """

    rows: Mapping[SequenceName, Rows]
    header: WholeModelOverview
    arrays: Mapping[str, np.ndarray]


def overview(trace: Trace, record: WholeRecord | None) -> Overview:
    """Read the picture off a trace and, as far as there is one, what the model was asked.

    Args:
        trace: What a pass recorded.
        record: What a trace cannot tell; None while the model is still being asked.
    """
    numbers: PictureNumbers = ask(task("whole_model.picture:picture_numbers", trace))
    links = numbers.flow.links
    sequences: dict[SequenceName, tuple[Token, ...]] = {"source": trace.tokens}
    if trace.family == "encoder-decoder":
        sequences["target"] = trace.target_tokens
    rows = {name: rows_of(len(tokens)) for name, tokens in sequences.items()}
    arrays: dict[str, np.ndarray] = {}
    for (stack, layer), found in links.items():
        arrays[f"links.{stack}.{layer}.attention"] = np.stack([found.query, found.key, found.weight]).astype(np.float32)
    stacks: list[WholeModelStack] = []
    for stack in trace.stacks:
        if stack == "cross":
            continue
        if stack in numbers.first:
            arrays[f"first.{stack}"] = numbers.first[stack]
        stacks.append(
            {
                "stack": stack,
                "sequence": sequence_of(trace, stack),
                "layers": list(trace.layers(stack)),
                "cross": list(trace.layers("cross")) if stack == "decoder" and "cross" in trace.stacks else None,
            }
        )
    arrays |= _shares(trace, record, rows)
    decoders = None if trace.family == "encoder" else sequence_of(trace, "decoder")
    output, outcome = _output(trace, record, rows, numbers)
    arrays |= outcome
    header: WholeModelOverview = {
        "model": trace.model_name,
        "text": trace.text[:MOST_TEXT],
        "family": trace.family,
        "sequences": {
            # A decoder's heads rest on its first token, whatever it is.
            name: _sequence(sequences[name], rows[name], 0 if name == decoders else None)
            for name in sequences
        },
        "stacks": stacks,
        "output": output,
        "legend": legend(trace, record),
        "leftOut": left_out(trace, record, rows, links),
        "aside": aside(trace),
        "hint": HINT,
        "caption": caption(trace),
        "complete": record is not None,
    }
    return Overview(rows, header, arrays)


def _sequence(tokens: tuple[Token, ...], rows: Rows, resting: int | None) -> WholeModelSequence:
    first = token_fields([tokens[start] for start in rows.starts])
    last = token_fields([tokens[place] for place in rows.last])
    sent: list[WholeModelRow] = []
    for row, start in enumerate(rows.starts):
        rests = row == resting or (tokens[start].is_special and not rows.pooled)
        size = int(rows.sizes[row])
        sent.append({**first[row], "position": int(start), "count": size, "last": last[row], "rests": rests})
    return {"rows": sent, "tokens": len(tokens), "pooled": rows.pooled}


def _shares(trace: Trace, record: WholeRecord | None, rows: Mapping[SequenceName, Rows]) -> dict[str, np.ndarray]:
    """By stack, how much each block adds, shape (layer row); -1 where that is not known."""
    if record is None:
        return {}
    told: dict[str, np.ndarray] = {}
    for prefix, kept in (("adds.", record.additions), ("adds.network.", record.feed_forward)):
        for stack, layers in kept.items():
            if not layers:
                continue
            own = rows[sequence_of(trace, stack)]
            of = trace.layers("decoder" if stack == "cross" else stack)
            unknown = np.full(len(own), -1.0)
            told[f"{prefix}{stack}"] = np.stack(
                [own.mean(layers[layer]) if layer in layers else unknown for layer in of]
            ).astype(np.float32)
    return told


def _output(
    trace: Trace, record: WholeRecord | None, rows: Mapping[SequenceName, Rows], numbers: PictureNumbers
) -> tuple[WholeModelTokensOut | WholeModelVectorsOut, dict[str, np.ndarray]]:
    """What comes out at each row: the likeliest tokens, or vectors where the model has no head that says words."""
    sequence = sequence_of(trace, main_stack(trace))
    if numbers.last is not None or numbers.outcomes is None:
        vectors: WholeModelVectorsOut = {
            "kind": "vectors",
            "sequence": sequence,
            "title": "What comes out: vectors",
            "short": "Sentence vector",
            "meaning": HEADLESS,
        }
        return vectors, {} if numbers.last is None else {"last": numbers.last}
    tokens: WholeModelTokensOut = {
        "kind": "tokens",
        "sequence": sequence,
        "title": "What comes out",
        "before": [before_out(trace, int(place)) for place in rows[sequence].last],
        "rows": [token_fields([vocabulary_token(record, number) for number in row]) for row in numbers.outcomes.tokens],
    }
    return tokens, {"candidates": numbers.outcomes.shares.astype(np.float32)}


def vocabulary_token(record: WholeRecord | None, number: int) -> Token:
    """A token of the vocabulary; by its number while the model that could name it is not there."""
    known = None if record is None else record.vocabulary.get(int(number))
    return known or Token(int(number), f"#{int(number)}", f"#{int(number)}")


def whole_packet(
    trace: Trace,
    record: WholeRecord | None,
    made: Overview,
    place: Place,
    version: str,
    detail: Inside | None,
    *,
    insides: Collection[Inside] = (),
    standalone: bool = False,
) -> bytes:
    """One packet for the component.

    Args:
        trace: What a pass recorded.
        record: What the model was asked, or None.
        made: From :func:`overview`, of the two.
        place: Where the visitor is.
        version: Names the trace and the record; the picture is built anew when it changes.
        detail: What is inside the open block, with its arrays, or None.
        insides: What is inside other blocks, for a picture that cannot ask for it.
        standalone: True for a picture without a server behind it.
    """
    sequence = sequence_of(trace, main_stack(trace))
    position = token_of(trace, place, sequence)
    token: WholeModelLitRow | None = None
    if place.token is not None:
        token = {"sequence": place.token[0], "row": made.rows[place.token[0]].row_of(place.token[1])}
    header: WholeModelHeader = {
        **made.header,
        "version": version,
        "reading": trace.identity,
        "fileName": f"{trace.model_name.rstrip('/').rpartition('/')[2]}-whole-model",
        "standalone": standalone,
        "chosenRow": made.rows[sequence].row_of(position),
        "endings": _endings(trace, record, position),
        "ways": {} if standalone else ways(trace, place, head_inside(detail)),
        "place": {
            "block": None if place.block is None else place.block.name,
            "head": place.head,
            "token": token,
            "number": place.number,
        },
        "detail": None if detail is None else detail[0],
        "insides": [told for told, _ in insides],
    }
    inner = {} if detail is None else {f"d.{name}": array for name, array in detail[1].items()}
    for number, (_, arrays) in enumerate(insides):
        inner |= {f"{number}.{name}": array for name, array in arrays.items()}
    return pack(header, {**made.arrays, **inner})


def head_inside(detail: Inside | None) -> int | None:
    """The head that an open attention block shows, or None."""
    return detail[0]["head"] if detail is not None and detail[0]["kind"] == "attention" else None


def _endings(trace: Trace, record: WholeRecord | None, position: int) -> WholeModelEndings | None:
    if trace.logits is None:
        return None
    found = outcomes_of(trace, position)
    token = trace.query_tokens(main_stack(trace))[position]
    pairs = zip(found.tokens[0], found.shares[0], strict=True)
    return {
        "token": token_fields([token])[0],
        "before": before_out(trace, position),
        "tokens": [(token_fields([vocabulary_token(record, number)])[0], float(share)) for number, share in pairs],
    }


def outcomes_of(trace: Trace, position: int) -> Outcomes:
    """The likeliest tokens to come out at a position of a trace that has scores."""
    found: Outcomes = ask(task("whole_model.picture:outcomes_at", trace, [position], MOST_CANDIDATES))
    return found
