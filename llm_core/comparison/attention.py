"""Rows of the table of differences that say where attention can go, where it goes, and what that allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from llm_core.comparison.outcomes import Blank
from llm_core.comparison.table import Difference, Side, listed, with_verb
from llm_core.masks import MaskKind
from llm_core.numbers import percent
from llm_core.shapes import Stack

Row: TypeAlias = Callable[[Sequence[Side]], Difference | None]

SHAPES: dict[MaskKind, str] = {
    "full": "full square",
    "causal": "triangle",
    "sliding window": "band",
    "other": "shape of its own",
}


def mask_shape(side: Side, stack: Stack) -> str:
    """The shape of a stack's masks in words, for example ``"triangle"``."""
    kinds = list(dict.fromkeys(side.trace.mask(stack, layer).kind for layer in side.trace.layers(stack)))
    if stack == "cross":
        return "full rectangle" if kinds == ["full"] else "rectangle with gaps"
    # A window that never opens forward is a triangle with its far corner cut off.
    shapes = [
        "band below the diagonal" if k == "sliding window" and not side.looks_ahead(stack) else SHAPES[k] for k in kinds
    ]
    if shapes == ["full square"] and len(side.trace.query_tokens(stack)) == 1:
        return "single cell"
    return " or ".join(shapes)


def _mask(sides: Sequence[Side]) -> Difference:
    values = tuple(
        "; ".join(_of_stack(side, stack, mask_shape(side, stack)) for stack in side.trace.stacks) for side in sides
    )
    blind = [_place(side, stack) for side in sides for stack in side.trace.stacks if _is_blind(side, stack)]
    seeing = [_place(side, stack) for side in sides for stack in side.trace.stacks if side.looks_ahead(stack)]
    parts = []
    if blind:
        parts.append(
            f"In {listed(blind)} a token sees itself and what stands before it: a triangle, since a word that may be "
            "looked at need not be guessed."
        )
    if seeing:
        parts.append(f"In {listed(seeing)} nothing is closed: the text is there as a whole from the start.")
    return Difference("Shape of the mask", values, " ".join(parts) or "One token has nothing to be kept from.")


def _forward(sides: Sequence[Side]) -> Difference:
    values, parts = [], []
    for side in sides:
        stacks = [stack for stack in side.trace.stacks if stack != "cross"]
        shares = {stack: side.surveys[stack].directions.overall("forward") for stack in stacks}
        values.append("; ".join(_of_stack(side, stack, f"{percent(shares[stack])}") for stack in stacks))
        for stack in stacks:
            place = _place(side, stack)
            if not _is_blind(side, stack):
                parts.append(
                    f"{_capital(place)} sends {percent(shares[stack])} of its attention forward, so a word's vector "
                    "knows what follows it."
                )
            else:
                parts.append(
                    f"{_capital(place)} cannot look ahead: {percent(shares[stack])} of attention goes forward."
                )
    return Difference("Attention that goes forward", tuple(values), " ".join(parts))


def _cross(sides: Sequence[Side]) -> Difference | None:
    with_source = [side for side in sides if "cross" in side.trace.stacks]
    if not with_source:
        return None
    values = tuple(
        f"all {len(side.trace.key_tokens('cross'))} source tokens, in {side.profile.geometry.layers['cross']} layers"
        if side in with_source
        else "none"
        for side in sides
    )
    without = [side.name for side in sides if "cross" not in side.trace.stacks and not side.looks_ahead(side.own_stack)]
    parts = []
    for side in with_source:
        words = side.surveys["cross"].directions.overall("words")
        parts.append(
            f"Before it writes a word, the decoder of {side.name} looks at its own words so far and at the whole "
            f"source, also at what comes later in it; {percent(words)} of that look goes to words."
        )
    if without:
        parts.append(f"{with_verb(without, 'has', 'have')} no second text to look at, only what stands before.")
    return Difference("Looks at a source", values, " ".join(parts))


def _blank(sides: Sequence[Side]) -> Difference | None:
    asked = [(side, side.profile.outcome.blank) for side in sides]
    if not any(blank is not None for _, blank in asked):
        return None
    parts = []
    for side, blank in asked:
        if blank is None:
            continue
        if blank.reason:
            parts.append(blank.reason)
        elif blank.after:
            parts.append(
                f"{side.name} reads both sides of the blank and puts “{blank.candidates[0].token.text}” first "
                f"({percent(blank.candidates[0].probability)}){_own_word(blank)}."
            )
        else:
            parts.append(
                f"{side.name} has read only “{_ending(blank.before)}” when it must guess, and says "
                f"“{blank.candidates[0].token.text}” ({percent(blank.candidates[0].probability)}){_own_word(blank)}: "
                "what stands after the blank does not reach it."
            )
    return Difference("Fills a blank", tuple(_blank_value(blank) for _, blank in asked), " ".join(parts))


def _blank_value(blank: Blank | None) -> str:
    if blank is None:
        return "not asked"
    if not blank.candidates:
        return "cannot"
    seen = "from both sides" if blank.after else "from what stands before"
    return f"“{blank.candidates[0].token.text}” {percent(blank.candidates[0].probability)}, {seen}"


def _own_word(blank: Blank) -> str:
    first = blank.candidates[0].token.text.casefold()
    if blank.probability is None or first == blank.word.casefold():
        return ""
    return f", “{blank.word}” gets {percent(blank.probability)}"


def _first_token(sides: Sequence[Side]) -> Difference:
    shares = [side.surveys[side.own_stack].directions.overall("first token") for side in sides]
    most = int(np.argmax(shares))
    tokens = [side.trace.tokens[0].text for side in sides]
    sentence = (
        f"{sides[most].name} rests {percent(shares[most])} of its attention on its first token, “{tokens[most]}”: "
        "heads with nothing to do put their attention there."
        if shares[most] >= 0.25
        else "No model rests much of its attention on the first token here."
    )
    values = tuple(f"{percent(share)} on “{token}”" for share, token in zip(shares, tokens, strict=True))
    return Difference("Rests on the first token", values, sentence)


def _entropy(sides: Sequence[Side]) -> Difference | None:
    bits = [
        float(np.nanmean(side.surveys[side.own_stack].scores.entropy)) if _can_vary(side) else np.nan for side in sides
    ]
    if np.isnan(bits).all():
        return None
    values = tuple("one token" if np.isnan(bit) else f"{bit:.2f} bits" for bit in bits)
    most, least = int(np.nanargmax(bits)), int(np.nanargmin(bits))
    sentence = (
        f"On average over all heads, a token of {sides[most].name} spreads its attention as if evenly over "
        f"{2 ** bits[most]:.1f} tokens"
    )
    if most != least:
        sentence += f", one of {sides[least].name} over {2 ** bits[least]:.1f}"
    return Difference("How spread attention is", values, sentence + ".")


def _can_vary(side: Side) -> bool:
    return bool(np.isfinite(side.surveys[side.own_stack].scores.entropy).any())


def _is_blind(side: Side, stack: Stack) -> bool:
    return stack != "cross" and not side.looks_ahead(stack) and len(side.trace.query_tokens(stack)) > 1


def _of_stack(side: Side, stack: Stack, value: str) -> str:
    return value if len(side.trace.stacks) == 1 else f"{stack}: {value}"


def _place(side: Side, stack: Stack) -> str:
    return side.name if len(side.trace.stacks) == 1 else f"the {stack} of {side.name}"


def _capital(text: str) -> str:
    """A sentence's beginning; model names keep their case."""
    return "T" + text[1:] if text.startswith("the ") else text


def _ending(text: str, most: int = 40) -> str:
    return text.rstrip() if len(text) <= most else "…" + text.rstrip()[-most:]


ATTENTION_ROWS: tuple[Row, ...] = (_mask, _forward, _cross, _blank, _first_token, _entropy)
