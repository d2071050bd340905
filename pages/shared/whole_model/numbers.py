"""The numbers of the picture as a table and as files, and how it is read."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from llm_core.figures.palette import Theme
from llm_core.numbers import percent
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.whole_model.blocks import blocks_of, main_stack
from llm_core.whole_model.distribution import MOST_CANDIDATES
from llm_core.whole_model.picture import Outcomes
from llm_core.whole_model.record import WholeRecord
from pages.shared.asking import ask, task
from pages.shared.strict_json import strict_json
from pages.shared.whole_model.packet import vocabulary_token

MOST_TOKENS = 512
"""The tables of longer texts speak of their first tokens."""


def block_table(trace: Trace, record: WholeRecord | None) -> dict[str, list[Any]]:
    """One row for each attention and feed-forward block: how much it adds, and where it looks, as columns."""
    columns: dict[str, list[Any]] = {name: [] for name in ("block", "adds to the stream", "most", "at")}
    for block in blocks_of(trace):
        if block.part not in {"attention", "feed_forward"}:
            continue
        shares = _shares(record, block.part, block.stack, block.layer)
        tokens = trace.query_tokens(block.stack)
        where = None if shares is None else int(shares.argmax())
        columns["block"].append(block.name.replace(".", " ").replace("_", "-"))
        columns["adds to the stream"].append("not known" if shares is None else percent(float(shares.mean())))
        columns["most"].append("" if shares is None or where is None else percent(float(shares[where])))
        columns["at"].append("" if where is None else f"{tokens[where].label} [{where}]")
    return columns


def outcome_table(trace: Trace, record: WholeRecord | None) -> dict[str, list[Any]]:
    """One row for each token: what comes out there, as columns; empty for a model without an output head."""
    if trace.logits is None:
        return {}
    found = _outcomes(trace, record, 3)
    tokens = trace.query_tokens(main_stack(trace))[:MOST_TOKENS]
    columns: dict[str, list[Any]] = {
        "position": list(range(len(tokens))),
        "token": [token.label for token in tokens],
    }
    for place in range(found.tokens.shape[1]):
        said = zip(found.tokens[:, place], found.shares[:, place], strict=True)
        columns[f"{place + 1}."] = [
            f"{vocabulary_token(record, number).label} {percent(float(share))}" for number, share in said
        ]
    return columns


def as_json(trace: Trace, record: WholeRecord | None) -> str:
    """Tokens, what each block adds to each, the mean attention of every layer, and what comes out."""
    told: dict[str, Any] = {
        "model": trace.model_name,
        "text": trace.text,
        "tokens": [token.label for token in trace.tokens],
        "target_tokens": [token.label for token in trace.target_tokens],
        "adds_to_the_stream": {},
        "attention_mean_of_heads": {},
    }
    means = ask(task("whole_model.picture:mean_attention", trace, MOST_TOKENS))
    for block in blocks_of(trace):
        if block.part not in {"attention", "feed_forward"}:
            continue
        shares = _shares(record, block.part, block.stack, block.layer)
        told["adds_to_the_stream"][block.name] = None if shares is None else _rounded(shares)
        mean = means.get((block.stack, block.layer))
        if block.part == "attention" and mean is not None:
            told["attention_mean_of_heads"][block.name] = [_rounded(row) for row in mean]
    if trace.logits is not None:
        found = _outcomes(trace, record, MOST_CANDIDATES)
        told["outcomes"] = [
            [
                [vocabulary_token(record, number).text, float(f"{share:.6g}")]
                for number, share in zip(numbers, shares, strict=True)
            ]
            for numbers, shares in zip(found.tokens, found.shares, strict=True)
        ]
    return strict_json(told)


def as_csv(trace: Trace, record: WholeRecord | None) -> str:
    """What each block adds to each token's stream, relative to the stream, a line each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["block", "position", "token", "share_added"])
    for block in blocks_of(trace):
        if block.part not in {"attention", "feed_forward"}:
            continue
        shares = _shares(record, block.part, block.stack, block.layer)
        if shares is not None:
            tokens = trace.query_tokens(block.stack)
            writer.writerows(
                [block.name, place, tokens[place].label, f"{share:.6g}"] for place, share in enumerate(shares)
            )
    return out.getvalue()


def explanation(trace: Trace, theme: Theme) -> str:
    """How the picture is read and used, in the colours it uses, as HTML within Markdown."""
    colour = theme.encoder if trace.family == "encoder" else theme.decoder
    attention = f"<b style='color:{colour}'>attention</b>"
    query, key, value = (
        f"<b style='color:{shade}'>{word}</b>"
        for word, shade in (("queries", theme.query), ("keys", theme.key), ("values", theme.value))
    )
    kinds = {
        "encoder": "This is an **encoder**: its lines go up and down, since every token may look at every other.",
        "decoder": "This is a **decoder**: its lines only go down, since no token may look at what comes after it.",
        "encoder-decoder": "This is an **encoder-decoder**: the encoder reads the whole text, and the decoder writes "
        f"another one, looking at the first through <b style='color:{theme.cross}'>cross-attention</b>.",
    }
    return (
        "Read it from left to right. The text is cut into tokens, and each token becomes a vector: a row of numbers, "
        "drawn as its first ones. From there each token has a line of its own, its *residual stream*: every block "
        "reads it and adds something to it.\n\n"
        f"In each layer {attention} comes first: a line from one token to another carries a part of what the first one "
        "holds, the stronger the larger the weight. Then the feed-forward network works on each token by itself. The "
        "larger a dot or a lens, the more the block adds there, relative to the length of the stream it adds to; the "
        "bars below are the mean over all tokens.\n\n"
        f"{kinds[trace.family]}\n\n"
        f"Click a block and it opens: {query}, {key} and {value} of one head, the strongest neurons of a feed-forward "
        "network, the numbers of an embedding, or the scores of what comes out with a temperature to turn. A click "
        "beside it, or Escape, closes it. With the keyboard: Tab to the tokens or the blocks, the arrow keys from one "
        "to the next, Enter to choose, Escape to let go."
    )


def _shares(record: WholeRecord | None, part: str, stack: Stack, layer: int) -> np.ndarray | None:
    if record is None:
        return None
    return (record.additions if part == "attention" else record.feed_forward).get(stack, {}).get(layer)


def _outcomes(trace: Trace, record: WholeRecord | None, most: int) -> Outcomes:
    """What comes out at each of the tokens that tables speak of."""
    positions = range(min(MOST_TOKENS, len(trace.query_tokens(main_stack(trace)))))
    likeliest = None if record is None else record.candidates[: len(positions), :most]
    found: Outcomes = ask(task("whole_model.picture:outcomes_at", trace, list(positions), most, likeliest))
    return found


def _rounded(numbers: np.ndarray) -> list[float]:
    return [float(f"{number:.6g}") for number in numbers]
