"""Rows of the table of differences that say what a model is made of and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.comparison.attention import Row
from llm_core.comparison.table import Difference, Side, with_verb
from llm_core.measures.geometry import Geometry, Positions
from llm_core.numbers import in_bytes, in_words, percent

BYTES_A_NUMBER = 4
"""Weights, keys and values are float32 here."""

POSITIONS: dict[Positions, str] = {
    "learned": "learned table",
    "fixed": "fixed waves",
    "rotary": "rotary angles",
    "relative": "bias by distance",
    "unknown": "not told",
}
_VERBS: dict[Positions, tuple[str, str]] = {
    "learned": ("adds", "add"),
    "fixed": ("adds", "add"),
    "rotary": ("turns", "turn"),
    "relative": ("adds", "add"),
    "unknown": ("does not tell", "do not tell"),
}
_WHAT_FOLLOWS: dict[Positions, str] = {
    "learned": "a learned vector for each place, and no place is known beyond the table",
    "fixed": "waves of fixed lengths to the vectors, one set for each place",
    "rotary": "queries and keys by an angle for each place, so that their match depends on the distance",
    "relative": "to each score a number that depends on the distance alone",
    "unknown": "how places are marked",
}


def _tokens(sides: Sequence[Side]) -> Difference:
    plain = [sum(not token.is_special for token in side.trace.tokens) for side in sides]
    special = [len(side.trace.tokens) - count for side, count in zip(sides, plain, strict=True)]
    values = tuple(
        f"{count:,}" + (f" + {extra} special" if extra else "") + f", from {side.profile.geometry.vocabulary:,}"
        for side, count, extra in zip(sides, plain, special, strict=True)
    )
    per_token = [len(side.trace.text) / max(count, 1) for side, count in zip(sides, plain, strict=True)]
    most = per_token.index(max(per_token))
    sentence = f"A token of {sides[most].name} stands for {per_token[most]:.1f} characters here, spaces included"
    fewest = per_token.index(min(per_token))
    if most != fewest:
        sentence += f"; one of {sides[fewest].name} for {per_token[fewest]:.1f}, so the same text takes more steps"
    return Difference("Tokens, and the vocabulary they come from", values, sentence + ".")


def _depth(sides: Sequence[Side]) -> Difference:
    values = tuple(_layers(side.profile.geometry) for side in sides)
    depths = [side.profile.geometry.depth for side in sides]
    heads = [sum(g.layers[stack] * g.heads[stack] for stack in g.layers) for g in (s.profile.geometry for s in sides)]
    deepest = depths.index(max(depths))
    return Difference(
        "Layers × heads",
        values,
        f"{sides[deepest].name} has {heads[deepest]:,} attention matrices for one text; each of its {depths[deepest]} "
        "layers builds on what the one below it found.",
    )


def _layers(shape: Geometry) -> str:
    return " + ".join(
        f"{count} × {shape.heads[stack]}" + (f" {stack}" if len(shape.layers) > 1 else "")
        for stack, count in shape.layers.items()
    )


def cache_bytes(shape: Geometry) -> int | None:
    """Bytes of keys and values that a decoder keeps for each token it has read; None if it has no decoder."""
    if "decoder" not in shape.layers or shape.d_head is None:
        return None
    return 2 * shape.layers["decoder"] * shape.key_value_heads["decoder"] * shape.d_head * BYTES_A_NUMBER


def _cache(sides: Sequence[Side]) -> Difference | None:
    sizes = [cache_bytes(side.profile.geometry) for side in sides]
    if not any(sizes):
        return None
    values = tuple("nothing kept" if size is None else f"{in_bytes(size)} a token" for size in sizes)
    parts = []
    for side, size in zip(sides, sizes, strict=True):
        shape = side.profile.geometry
        if size is None:
            continue
        own, shared = shape.heads["decoder"], shape.key_value_heads["decoder"]
        if shared < own:
            parts.append(
                f"{side.name} lets {own // shared} heads share keys and values, and so keeps 1/{own // shared} of them."
            )
    without = [
        side.name for side, size in zip(sides, sizes, strict=True) if size is None and side.trace.family == "encoder"
    ]
    if without:
        parts.append(f"{with_verb(without, 'reads', 'read')} the text once, so nothing has to be kept.")
    sentence = " ".join(parts) or "Each head has keys and values of its own, all kept while a text is written."
    return Difference("Keys and values kept while writing", values, sentence)


def _parameters(sides: Sequence[Side]) -> Difference:
    totals = [side.profile.parameters.total for side in sides]
    tables = [side.profile.parameters.embedding / max(total, 1) for side, total in zip(sides, totals, strict=True)]
    values = tuple(
        f"{in_words(total)}, {percent(share, 0)} of it tables" for total, share in zip(totals, tables, strict=True)
    )
    largest, most = totals.index(max(totals)), tables.index(max(tables))
    smallest = totals.index(min(totals))
    sentence = (
        f"{percent(tables[most], 0)} of {sides[most].name} is its tables of tokens and places, which are looked up "
        "and not multiplied."
    )
    if totals[largest] > totals[smallest]:
        sentence = (
            f"{sides[largest].name} has {totals[largest] / totals[smallest]:.1f} times the parameters of "
            f"{sides[smallest].name}. "
        ) + sentence
    return Difference("Parameters", values, sentence)


def _positions(sides: Sequence[Side]) -> Difference:
    kinds = [side.profile.geometry.positions for side in sides]
    parts = []
    for kind in dict.fromkeys(kinds):
        names = [side.name for side in sides if side.profile.geometry.positions == kind]
        parts.append(f"{with_verb(names, *_VERBS[kind])} {_WHAT_FOLLOWS[kind]}.")
    return Difference("Positions", tuple(POSITIONS[kind] for kind in kinds), " ".join(parts))


def _limit(sides: Sequence[Side]) -> Difference:
    limits = [side.profile.geometry.token_limit for side in sides]
    values = tuple("no limit told" if limit is None else f"{limit:,} tokens" for limit in limits)
    known = {limit: side.name for side, limit in zip(sides, limits, strict=True) if limit is not None}
    if not known:
        return Difference("Longest text", values, "Only memory and time set an end.")
    longest = max(known)
    pages = longest * 0.75 / 400
    measure = f"about {pages:.0f} printed pages" if pages >= 2 else f"about {longest * 0.75:,.0f} English words"
    return Difference(
        "Longest text", values, f"{known[longest]} takes {longest:,} tokens, {measure}; beyond that it was not trained."
    )


def _runs(sides: Sequence[Side]) -> Difference:
    values, parts = [], []
    for side in sides:
        if side.trace.family == "encoder":
            values.append("1 pass for all blanks")
        elif side.trace.family == "decoder":
            values.append("1 pass a token")
        else:
            written = len(side.trace.target_tokens)
            values.append(f"1 encoder pass + 1 decoder pass a token ({written} here)")
    readers = [side.name for side in sides if side.trace.family == "encoder"]
    writers = [side.name for side in sides if side.trace.family != "encoder"]
    if readers:
        parts.append(f"{with_verb(readers, 'answers', 'answer')} at once, for every place of the text.")
    if writers:
        again = with_verb(writers, "has", "have")
        parts.append(f"{again} to run once more for each token, since every token depends on the one before.")
    return Difference("Runs for an answer", tuple(values), " ".join(parts))


def _time(sides: Sequence[Side]) -> Difference:
    seconds = [side.trace.seconds for side in sides]
    values = tuple(f"{1000 * second:,.0f} ms" for second in seconds)
    slow, fast = seconds.index(max(seconds)), seconds.index(min(seconds))
    if seconds[fast] <= 0 or slow == fast:
        return Difference("Time of this pass", values, "Measured on this machine, on this text.")
    ratio = seconds[slow] / seconds[fast]
    times = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"
    return Difference(
        "Time of this pass",
        values,
        f"{sides[slow].name} took {times} times as long as {sides[fast].name} for one pass "
        "over this text, measured while other panes may have been at work.",
    )


def _memory(sides: Sequence[Side]) -> Difference:
    weights = [side.profile.parameters.total * BYTES_A_NUMBER for side in sides]
    values = tuple(
        f"{in_bytes(weight)} weights + {in_bytes(side.trace.nbytes)} trace"
        for weight, side in zip(weights, sides, strict=True)
    )
    largest = weights.index(max(weights))
    return Difference(
        "Memory",
        values,
        f"{sides[largest].name} needs {in_bytes(weights[largest])} before it has read a word; what a trace keeps grows "
        "with the text.",
    )


COST_ROWS: tuple[Row, ...] = (_runs, _tokens, _depth, _parameters, _positions, _limit, _cache, _time, _memory)
