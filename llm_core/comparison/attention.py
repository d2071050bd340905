"""Rows of the table of differences that say where attention can go, where it goes, and what that allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from llm_core.comparison.directions import first_position
from llm_core.comparison.outcomes import Blank
from llm_core.comparison.spreads import elsewhere, usually
from llm_core.comparison.survey import MOST_ROWS, spread
from llm_core.comparison.table import Difference, Side, with_verb
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal, percent
from llm_core.recording.masks import MaskKind
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
    places: dict[str, list[str]] = {sentence: [] for sentence in _WHAT_MASKS_DO}
    for side in sides:
        for stack in side.trace.stacks:
            sentence = _what_the_mask_does(side, stack)
            if sentence is not None:
                places[sentence].append(_place(side, stack))
    parts = [sentence.format(listed(named)) for sentence, named in places.items() if named]
    return Difference("Shape of the mask", values, " ".join(parts) or "One token has nothing to be kept from.")


_CAUSAL = (
    "In {} a token sees itself and what stands before it: a triangle, since a word that may be looked at need not be "
    "guessed."
)
_WINDOW_IN_PART = "In {} a token sees itself and what stands before it, in some layers only what stands near."
_WINDOW = "In {} a token sees itself and, of what stands before it, only what stands near."
_NOT_AHEAD = "In {} no token sees what follows it, and some not all of what stands before."
_OPEN = "In {} nothing is closed: the text is there as a whole from the start."
_OPEN_IN_PART = "In {} a token also sees what follows it, but not in every layer as far as the text goes."
_WHAT_MASKS_DO = (_CAUSAL, _WINDOW_IN_PART, _WINDOW, _NOT_AHEAD, _OPEN, _OPEN_IN_PART)


def _what_the_mask_does(side: Side, stack: Stack) -> str | None:
    """The sentence for a stack's masks; None for cross-attention and where there is one token."""
    if stack == "cross" or len(side.trace.query_tokens(stack)) < 2:
        return None
    kinds = {side.trace.mask(stack, layer).kind for layer in side.trace.layers(stack)}
    if side.looks_ahead(stack):
        return _OPEN if kinds == {"full"} else _OPEN_IN_PART
    known: dict[frozenset[MaskKind], str] = {
        frozenset({"causal"}): _CAUSAL,
        frozenset({"sliding window"}): _WINDOW,
        frozenset({"causal", "sliding window"}): _WINDOW_IN_PART,
    }
    return known.get(frozenset(kinds), _NOT_AHEAD)


def _forward(sides: Sequence[Side]) -> Difference:
    values, parts = [], []
    for side in sides:
        stacks = [stack for stack in side.trace.stacks if stack != "cross"]
        shares = {stack: side.surveys[stack].directions.overall("forward") for stack in stacks}
        values.append("; ".join(_of_stack(side, stack, f"{percent(shares[stack])}") for stack in stacks))
        for stack in stacks:
            place, count = _place(side, stack), len(side.trace.query_tokens(stack))
            if count < 2:
                parts.append(f"{_capital(place)} has one token, and nowhere else to look.")
            elif side.looks_ahead(stack):
                follows = ": a word's vector knows what follows it" if percent(shares[stack]) != percent(0) else ""
                parts.append(
                    f"{_capital(place)} sends {percent(shares[stack])} of its attention forward on this text of "
                    f"{_sample(side, stack)}{elsewhere(side, stack, 'forward')}{follows}."
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
        f"{_all(len(side.trace.key_tokens('cross')), 'source token')}, in "
        f"{counted(side.profile.geometry.layers['cross'], 'layer')}"
        if side in with_source
        else "none"
        for side in sides
    )
    without = [side.name for side in sides if side.trace.family == "decoder"]
    parts = []
    for side in with_source:
        words = side.surveys["cross"].directions.overall("words")
        kinds = {side.trace.mask("cross", layer).kind for layer in side.trace.layers("cross")}
        reach = "the whole source, also at what comes later in it" if kinds == {"full"} else "the source"
        source = _all(len(side.trace.key_tokens("cross")), "source token")
        parts.append(
            f"Before it writes a word, the decoder of {side.name} looks at its own words so far and at {reach}; here "
            f"{percent(words)} of that look at {source} goes to words, over {_sample(side, 'cross')} of its own"
            f"{elsewhere(side, 'cross', 'words')}."
        )
    if without:
        parts.append(f"{with_verb(without, 'has', 'have')} no second text to look at, only what stands before.")
    return Difference("Looks at a source", values, " ".join(parts))


def _blank(sides: Sequence[Side]) -> Difference | None:
    asked = [(side, side.profile.outcome.blank) for side in sides]
    if not any(blank is not None for _, blank in asked):
        return None
    parts = [blank_sentence(side, blank) for side, blank in asked if blank is not None]
    return Difference(
        "Fills a blank",
        tuple("not asked" if blank is None else _blank_value(side, blank) for side, blank in asked),
        " ".join(parts),
    )


def blank_sentence(side: Side, blank: Blank) -> str:
    """What a model says of the hidden word, and what it has read of the text for it."""
    if blank.reason:
        return blank.reason
    first = blank.candidates[0]
    said = f"“{first.token.text}” ({percent(first.probability)})"
    if side.trace.family == "encoder":
        sides = [words for words, text in (("before", blank.before), ("after", blank.after)) if text.strip()]
        reads = "reads both sides of the blank" if len(sides) == 2 else f"reads what stands {sides[0]} the blank"
        return f"{side.name} {reads} and puts {said} first{_own_word(blank)}."
    unseen = _unseen(side, blank)
    rest = ": what stands after the blank does not reach it" if unseen.strip() else ""
    read = f"has read only “{_ending(blank.before)}” when it must guess"
    return f"{side.name} {read}, and says {said}{_own_word(blank)}{rest}."


def _unseen(side: Side, blank: Blank) -> str:
    """What stands in the text after the hidden word and was not read."""
    return side.trace.text[len(blank.before) + len(blank.word) + len(blank.after) :]


def _sample(side: Side, stack: Stack) -> str:
    """Over how many tokens a mean was taken."""
    count, read = len(side.trace.query_tokens(stack)), side.surveys[stack].rows
    return counted(count, "token") if read >= count else f"{counted(count, 'token')}, of which {read:,} were read"


def _all(count: int, one: str) -> str:
    return f"all {counted(count, one)}" if count > 1 else counted(count, one)


def _blank_value(side: Side, blank: Blank) -> str:
    if not blank.candidates:
        return "cannot"
    both = side.trace.family == "encoder" and blank.before.strip() and blank.after.strip()
    only = "before" if side.trace.family != "encoder" or blank.before.strip() else "after"
    seen = "from both sides" if both else f"from what stands {only}"
    return f"“{blank.candidates[0].token.text}” {percent(blank.candidates[0].probability)}, {seen}"


def _own_word(blank: Blank) -> str:
    first = blank.candidates[0].token.text.strip().casefold()
    if blank.probability is None or first == blank.word.casefold():
        return ""
    return f", “{blank.word}” gets {percent(blank.probability)}"


FEWEST_TOKENS = 8
"""Of shorter texts nothing is said of resting: a few tokens put much on the first one however they look."""

RESTS = 0.25
"""A model rests on its first token if it puts as much there, and twice as much as even attention would."""


def even_share(side: Side, stack: Stack) -> float:
    """What the first token would get of attention that is spread evenly over all that the masks leave open."""
    tokens = side.trace.query_tokens(stack)
    rows = spread(len(tokens), MOST_ROWS)
    rows = rows[[not tokens[row].is_padding for row in rows]]
    first = first_position(tokens)
    later = rows > first
    shares = []
    for layer in side.trace.layers(stack):
        opened = side.trace.mask(stack, layer).rows(rows)
        places = opened.sum(axis=1) + side.trace.has_sink(stack, layer)
        even = opened[:, first] / np.maximum(places, 1)
        shares.append(float(even[later].sum()) / max(len(rows), 1))
    return float(np.mean(shares))


def _first_token(sides: Sequence[Side]) -> Difference:
    shares = [side.surveys[side.own_stack].directions.overall("first token") for side in sides]
    tokens = [side.trace.tokens[0].text for side in sides]
    values = tuple(f"{percent(share)} on “{token}”" for share, token in zip(shares, tokens, strict=True))
    counts = [len(side.trace.query_tokens(side.own_stack)) for side in sides]
    told = [place for place, count in enumerate(counts) if count >= FEWEST_TOKENS]
    if not told:
        return Difference(
            "Rests on the first token", values, f"Nothing is said of texts of fewer than {FEWEST_TOKENS} tokens."
        )
    resting = [
        place for place in told if shares[place] >= max(RESTS, 2 * even_share(sides[place], sides[place].own_stack))
    ]
    if not resting:
        there = [
            f"{_own_place(sides[place])} puts {percent(shares[place])} there"
            f"{elsewhere(sides[place], sides[place].own_stack, 'first token')}"
            for place in told
        ]
        said = f"No model rests on its first token on this text: {listed(there)}."
        return Difference("Rests on the first token", values, said)
    parts = [
        _rests(sides[place], shares[place], tokens[place])
        for place in sorted(resting, key=lambda place: -shares[place])
    ]
    why = "Such a first token is where heads put attention that they have no use for (Xiao et al. 2023)."
    return Difference("Rests on the first token", values, " ".join([*parts, why]))


def _rests(side: Side, share: float, token: str) -> str:
    stack = side.own_stack
    return (
        f"{_capital(_own_place(side))} rests {percent(share)} of its attention on its first token, “{token}”, on this "
        f"text of {_sample(side, stack)}{elsewhere(side, stack, 'first token')}; even attention would put "
        f"{percent(even_share(side, stack))} there."
    )


def _entropy(sides: Sequence[Side]) -> Difference | None:
    bits = [
        float(np.nanmean(side.surveys[side.own_stack].scores.entropy)) if _can_vary(side) else np.nan for side in sides
    ]
    if np.isnan(bits).all():
        return None
    values = tuple("one token" if np.isnan(bit) else f"{decimal(bit, 2)} bits" for bit in bits)
    most, least = int(np.nanargmax(bits)), int(np.nanargmin(bits))
    over = [decimal(2**bit, 1) for bit in bits]
    sentence = (
        f"On average over all heads, on this text, a token of {_own_place(sides[most])} that sees more than one "
        f"spreads its attention as if evenly over {over[most]} of {counted(len(sides[most].trace.tokens), 'token')}"
    )
    if most != least and over[most] != over[least]:
        sentence += f", one of {_own_place(sides[least])} over {over[least]} of {len(sides[least].trace.tokens):,}"
        sentence += usually(sides[most], sides[least])
    elif most != least:
        sentence += f", and one of {_own_place(sides[least])} over as many"
    return Difference("How spread attention is", values, f"{sentence}.")


def _own_place(side: Side) -> str:
    """The stack of a model that reads the text, in words."""
    return _place(side, side.own_stack)


def _can_vary(side: Side) -> bool:
    return bool(np.isfinite(side.surveys[side.own_stack].scores.entropy).any())


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
