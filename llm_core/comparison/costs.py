"""Rows of the table of differences that say what a model is made of and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from llm_core.comparison.attention import Row
from llm_core.comparison.model_profile import ModelProfile
from llm_core.comparison.table import Difference, Side, with_verb
from llm_core.heads.captions import listed
from llm_core.measures.geometry import Geometry, Positions
from llm_core.numbers import counted, decimal, in_bytes, in_words, percent
from llm_core.shapes import Stack

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
    "relative": "to each score a number that depends on the distance",
    "unknown": "how places are marked",
}


def _tokens(sides: Sequence[Side]) -> Difference:
    plain = [sum(not token.is_special for token in side.trace.tokens) for side in sides]
    special = [len(side.trace.tokens) - count for side, count in zip(sides, plain, strict=True)]
    values = tuple(
        f"{count:,}" + (f" + {extra} special" if extra else "") + f", from {side.profile.geometry.vocabulary:,}"
        for side, count, extra in zip(sides, plain, special, strict=True)
    )
    per_token = [_characters_read(side) / max(count, 1) for side, count in zip(sides, plain, strict=True)]
    written = [decimal(ratio, 1) for ratio in per_token]
    most, fewest = per_token.index(max(per_token)), per_token.index(min(per_token))
    sentence = f"A token of {sides[most].name} stands for {written[most]} characters on this text, spaces included"
    if written[most] != written[fewest]:
        sentence += f"; one of {sides[fewest].name} for {written[fewest]}"
        same_text = sides[most].trace.text == sides[fewest].trace.text and not _was_cut(sides)
        if same_text and plain[fewest] > plain[most]:
            sentence += f", so the same text takes {plain[fewest]:,} tokens instead of {plain[most]:,}"
    return Difference("Tokens, and the vocabulary they come from", values, sentence + ".")


def _was_cut(sides: Sequence[Side]) -> bool:
    return any(side.trace.tokens_cut for side in sides)


def _characters_read(side: Side) -> int:
    """Characters of the part of the text that the model took."""
    if not side.trace.tokens_cut:
        return len(side.trace.text)
    return max((token.end or 0 for token in side.trace.tokens), default=0) or len(side.trace.text)


def _depth(sides: Sequence[Side]) -> Difference:
    values = tuple(_layers(side.profile.geometry) for side in sides)
    deepest = max(sides, key=lambda side: side.profile.geometry.depth)
    trace = deepest.trace
    matrices = sum(trace.heads(stack, layer) for stack in trace.stacks for layer in trace.layers(stack))
    sentence = (
        f"{deepest.name} has {counted(matrices, 'attention matrix', 'attention matrices')} for one text, in "
        f"{counted(deepest.profile.geometry.depth, 'layer')}"
    )
    return Difference("Layers × heads", values, sentence + "; each layer builds on what the one below it found.")


def _layers(shape: Geometry) -> str:
    return " + ".join(
        f"{count} × {shape.heads[stack]}" + (f" {stack}" if len(shape.layers) > 1 else "")
        for stack, count in shape.layers.items()
    )


def cache_bytes(profile: ModelProfile) -> dict[Stack, int] | None:
    """Bytes that a decoder keeps of each token that it has read, and of each one of a source; None if not known."""
    return None if profile.kept is None else {stack: BYTES_A_NUMBER * count for stack, count in profile.kept.items()}


def cache_in_words(profile: ModelProfile) -> str:
    """What a model keeps of each token, in words."""
    sizes = cache_bytes(profile)
    if sizes is None:
        return "not known"
    if not sizes:
        return "nothing kept"
    said = f"{in_bytes(sizes['decoder'])} a token"
    return said + (f" + {in_bytes(sizes['cross'])} a token of the source" if "cross" in sizes else "")


def _cache(sides: Sequence[Side]) -> Difference | None:
    sizes = [cache_bytes(side.profile) for side in sides]
    if not any(sizes):
        return None
    values = tuple(cache_in_words(side.profile) for side in sides)
    parts, alone = [], []
    for side, size in zip(sides, sizes, strict=True):
        if not size:
            continue
        shape = side.profile.geometry
        own, shared = shape.heads["decoder"], shape.key_value_heads["decoder"]
        every = None if shape.d_head is None else 2 * BYTES_A_NUMBER * shape.layers["decoder"] * own * shape.d_head
        if every is None:
            continue
        if size["decoder"] == every:
            alone.append(side.name)
        elif size["decoder"] * own == every * shared:
            parts.append(
                f"{side.name} has {counted(shared, 'head')} with keys and values for {counted(own, 'head')} that look, "
                f"and so keeps {_fraction(shared, own)} of them."
            )
        else:
            parts.append(
                f"{side.name} keeps {percent(size['decoder'] / every)} of what keys and values of its own for each "
                "head would take."
            )
    if alone:
        parts.append(f"In {listed(alone)} each head has keys and values of its own, all kept while a text is written.")
    without = [side.name for side in sides if side.trace.family == "encoder"]
    if without:
        parts.append(f"{with_verb(without, 'reads', 'read')} the text once, so nothing has to be kept.")
    return Difference("Keys and values kept while writing", values, " ".join(parts))


def _fraction(part: int, whole: int) -> str:
    common = gcd(part, whole)
    return f"{part // common}/{whole // common}"


def _parameters(sides: Sequence[Side]) -> Difference:
    totals = [side.profile.parameters.total for side in sides]
    tables = [side.profile.parameters.embedding / max(total, 1) for side, total in zip(sides, totals, strict=True)]
    values = tuple(
        f"{in_words(total)}, {percent(share, 0)} of it tables" for total, share in zip(totals, tables, strict=True)
    )
    largest, most = totals.index(max(totals)), tables.index(max(tables))
    smallest = totals.index(min(totals))
    use = "which are looked up and not multiplied"
    if sides[most].profile.geometry.tied:
        use = "which are looked up; that of tokens is multiplied once more, for the scores at the end"
    sentence = f"{percent(tables[most], 0)} of {sides[most].name} is its tables of tokens and places, {use}."
    ratio = decimal(totals[largest] / max(totals[smallest], 1), 1)
    if ratio != "1.0":
        sentence = f"{sides[largest].name} has {ratio} times the parameters of {sides[smallest].name}. " + sentence
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
    longest = max((limit for limit in limits if limit is not None), default=None)
    if longest is None:
        return Difference("Longest text", values, "Only memory and time set an end.")
    names = list(dict.fromkeys(side.name for side, limit in zip(sides, limits, strict=True) if limit == longest))
    pages = longest * 0.75 / 400
    measure = f"roughly {pages:,.0f} printed pages" if pages >= 2 else f"roughly {longest * 0.75:,.0f} English words"
    fewer = [side.name for side, limit in zip(sides, limits, strict=True) if limit is not None and limit < longest]
    unlimited = [side.name for side, limit in zip(sides, limits, strict=True) if limit is None]
    others = f" {with_verb(list(dict.fromkeys(fewer)), 'takes', 'take')} less." if fewer else ""
    others += f" Of {listed(list(dict.fromkeys(unlimited)))} no limit is told." if unlimited else ""
    return Difference(
        "Longest text",
        values,
        f"{with_verb(names, 'takes', 'take')} up to {counted(longest, 'token')}, {measure}.{others}",
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
            values.append(f"1 encoder pass + 1 decoder pass a token ({written:,} here)")
    readers = [side.name for side in sides if side.trace.family == "encoder"]
    writers = [side.name for side in sides if side.trace.family != "encoder"]
    if readers:
        parts.append(f"{with_verb(readers, 'reads', 'read')} the text in one pass, for every place at once.")
    if writers:
        again = with_verb(writers, "has", "have")
        parts.append(f"{again} to run once more for each token, since every token depends on the one before.")
    return Difference("Runs for an answer", tuple(values), " ".join(parts))


def _time(sides: Sequence[Side]) -> Difference:
    seconds = [side.trace.seconds for side in sides]
    values = tuple(f"{1000 * second:,.0f} ms" for second in seconds)
    slow, fast = seconds.index(max(seconds)), seconds.index(min(seconds))
    if seconds[fast] <= 0 or slow == fast:
        return Difference("Time of this pass", values, "Measured on this machine, once, on this text.")
    same = sides[slow].trace.text == sides[fast].trace.text
    what = "this text" if same else "its text"
    ratio = seconds[slow] / seconds[fast]
    times = decimal(ratio, 0 if ratio >= 9.95 else 1)
    took = "about as long" if times == "1.0" else f"{times} times as long"
    return Difference(
        "Time of this pass",
        values,
        f"{sides[slow].name} took {took} as {sides[fast].name} for one pass over {what}, measured once, while other "
        "panes may have been at work.",
    )


def _memory(sides: Sequence[Side]) -> Difference:
    weights = [side.profile.parameters.total * BYTES_A_NUMBER for side in sides]
    values = tuple(
        f"{in_bytes(weight)} weights + {in_bytes(side.trace.nbytes)} trace"
        for weight, side in zip(weights, sides, strict=True)
    )
    names = list(
        dict.fromkeys(side.name for side, weight in zip(sides, weights, strict=True) if weight == max(weights))
    )
    before = "it has" if len(names) == 1 else "they have"
    return Difference(
        "Memory",
        values,
        f"{with_verb(names, 'needs', 'need')} {in_bytes(max(weights))} before {before} read a word; what a trace keeps "
        "grows with the text.",
    )


COST_ROWS: tuple[Row, ...] = (_runs, _tokens, _depth, _parameters, _positions, _limit, _cache, _time, _memory)
