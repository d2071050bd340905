"""What the head view is sent: tokens once a text, then the heads of a layer, those asked for first, and no head twice.

The browser says with each choice what it holds, so a change of head is answered with a few hundred bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s

import numpy as np

from llm_core.engine.task import Task
from llm_core.figures.screen import MOST_LINKS, Screen, block_of
from llm_core.figures.thumbnails import Thumbnails
from llm_core.figures.windows import Window
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from pages.shared.asking import ask, task
from pages.shared.components.attention import AttentionArrays, AttentionHeader, AttentionHeads, AttentionPart
from pages.shared.components.packing import TokenChip, exact, in_half_percents, pack, token_fields
from pages.shared.looking import NAMES, Looking, choice_of

MAP_SIDE = 48
RULER_LABELS = 34
WRITTEN_OUT = 64
"""Up to so many tokens a side every weight is printed, so it travels as it is; else in steps of half a percent."""

MORE_SECONDS = 0.08
"""Heads that were not asked for are added to an answer until it has taken so long; the browser asks for the rest."""


@dataclass(frozen=True)
class Held:
    """What the browser says it has.

    Attributes:
        reading: Name of the text whose tokens it has, or "".
        heads: By name of the part of a layer, the heads it has.
    """

    reading: str = ""
    heads: Mapping[str, Sequence[int]] | None = None

    @classmethod
    def said(cls, choice: object) -> Held:
        """What a choice of the browser says; anything that is not as expected counts as nothing held."""
        held = choice.get("holds") if isinstance(choice, Mapping) else None
        if not isinstance(held, Mapping) or not isinstance(held.get("heads"), Mapping):
            return cls()
        heads = {str(name): some for name, some in held["heads"].items() if isinstance(some, list)}
        return cls(str(held.get("reading", "")), heads)


def attention_packet(
    trace: Trace,
    place: Looking,
    held: Held | None = None,
    *,
    standalone: bool = False,
    more_seconds: float = MORE_SECONDS,
) -> bytes:
    """One packet for the head view.

    Args:
        trace: What a pass recorded.
        place: What the visitor looks at.
        held: What the browser has already.
        standalone: True for a picture without a server behind it, which offers no layers and no zoom.
        more_seconds: How long other heads of the layer may be added to those looked at.
    """
    held = held or Held()
    reading = reading_name(trace, standalone=standalone)
    part = _name(reading, place.stack, place.layer, place.rows, place.columns)
    here = set((held.heads or {}).get(part, ())) if held.reading == reading else set()
    header: AttentionHeader = {
        "reading": {"id": reading},
        "answer": {**choice_of(place), "part": part, "number": place.number},
    }
    arrays: AttentionArrays = {}
    if held.reading != reading:
        sources, arrays["sourceTokens"] = _vocabulary(trace.tokens)
        header["reading"] |= {"tokens": {"source": sources}, "standalone": standalone}
        if trace.target_tokens:
            header["reading"]["tokens"]["target"], arrays["targetTokens"] = _vocabulary(trace.target_tokens)
    shown = _screens_of(trace, place, here, more_seconds)
    if shown:
        header["part"] = _part(trace, place, part, shown[0])
        header["heads"] = _add_heads(trace, place, shown, arrays)
    if place.query is not None and block_of(trace.heads(place.stack, place.layer), place.rows, place.columns) > 1:
        _add_row(trace, place, place.query, arrays)
    return pack(header, arrays)


def reading_name(trace: Trace, *, standalone: bool = False) -> str:
    """The name by which the browser knows what is being read; see :func:`attention_packet`."""
    return _name(trace.identity, standalone)


def _name(*what: object) -> str:
    return blake2s(repr(what).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _part(trace: Trace, place: Looking, name: str, one: Screen) -> AttentionPart:
    stack, layer = place.stack, place.layer
    looking, looked_at = _names(trace, stack)
    return {
        "id": name,
        "stack": stack,
        "stacks": [(name, "Cross-attention" if name == "cross" else name.capitalize()) for name in trace.stacks],
        "stackName": NAMES[stack].capitalize(),
        "colour": stack,
        "layers": list(trace.layers(stack)),
        "layer": layer,
        "headCount": trace.heads(stack, layer),
        "keyValueHeads": trace.key_value_heads(stack, layer),
        "rows": (one.rows.start, one.rows.end),
        "columns": (one.columns.start, one.columns.end),
        "queryCount": len(trace.query_tokens(stack)),
        "keyCount": len(trace.key_tokens(stack)),
        "block": one.block,
        "rulerSteps": (_ruler_step(one.rows), _ruler_step(one.columns)),
        "querySequence": looking,
        "keySequence": looked_at,
        "possible": one.possible,
        "mostLinks": MOST_LINKS,
    }


def _screens_of(trace: Trace, place: Looking, here: set[int], seconds: float) -> list[Screen]:
    """Heads that the browser lacks: those looked at, then as many more as can be had in the time given."""
    wanted = [head for head in place.heads if head not in here]
    shown = [one for one in screens_at(trace, place) if one.head in wanted] if wanted else []
    count = trace.heads(place.stack, place.layer)
    others = [head for head in range(count) if head not in here and head not in place.heads]
    if others and seconds > 0:
        where = (place.stack, place.layer, others, place.rows, place.columns)
        shown += ask(task("figures.screen:screens_in_time", trace, *where, seconds))
    return shown


def screens_at(trace: Trace, place: Looking) -> Sequence[Screen]:
    """The screens of the heads that are looked at; each is kept, so that another one beside them costs no more."""

    def one(head: int) -> Task:
        return task("figures.screen:screens", trace, place.stack, place.layer, [head], place.rows, place.columns)

    found: Sequence[Screen] = ask(task("figures.screen:together", [one(head) for head in place.heads]))
    return found


def _add_heads(trace: Trace, place: Looking, shown: list[Screen], arrays: AttentionArrays) -> AttentionHeads:
    """Put the weights of some heads among the arrays; gives what the header says of them."""
    first = shown[0]
    cells, open_cells = np.stack([one.cells for one in shown]), first.open_cells
    written_out = max(first.rows.size, first.columns.size) <= WRITTEN_OUT
    arrays["cells"] = (exact if written_out else in_half_percents)(cells, open_cells)
    if first.block > 1:
        links = [one.links for one in shown]
        weight = np.concatenate([link.weight for link in links])
        arrays["linkQuery"] = np.concatenate([link.query for link in links]).astype(np.uint16)
        arrays["linkKey"] = np.concatenate([link.key for link in links]).astype(np.uint16)
        arrays["linkWeight"] = exact(weight)
    if (first.rows.size, first.columns.size) != (
        len(trace.query_tokens(place.stack)),
        len(trace.key_tokens(place.stack)),
    ):
        whole = _map(trace, place)
        arrays["maps"] = in_half_percents(whole.cells[[one.head for one in shown]], whole.open_cells)
    return {
        "heads": [one.head for one in shown],
        "linkCounts": [len(one.links.weight) for one in shown],
        "totals": [one.total for one in shown],
        "weightsOnFirst": [one.weight_on_first for one in shown],
    }


def _map(trace: Trace, place: Looking) -> Thumbnails:
    found: Thumbnails = ask(task("figures.thumbnails:thumbnails", trace, place.stack, place.layer, MAP_SIDE))
    return found


def _add_row(trace: Trace, place: Looking, query: int, arrays: AttentionArrays) -> None:
    """What the kept token gives each key of the part shown, over all heads: a pooled matrix does not tell."""
    weights = trace.attention(place.stack, place.layer, None, [query])[:, 0]
    arrays["row"] = exact(weights[:, place.columns.start : place.columns.end])


def _names(trace: Trace, stack: Stack) -> tuple[str, str]:
    """Which of the page's token sequences look and are looked at."""
    if stack == "cross":
        return "target", "source"
    both = "target" if stack == "decoder" and trace.family == "encoder-decoder" else "source"
    return both, both


def _vocabulary(tokens: Sequence[Token]) -> tuple[list[TokenChip], np.ndarray]:
    """Every chip that is there, told once, and which of them stands at each position."""
    fields = token_fields(tokens)
    places: dict[tuple[object, ...], int] = {}
    at = np.array([places.setdefault(tuple(chip.values()) + tuple(chip), len(places)) for chip in fields], np.uint16)
    first = np.unique(at, return_index=True)[1]
    return [fields[place] for place in first], at


def _ruler_step(window: Window) -> int:
    """Of how many tokens one is named beside lines that are too dense for all of them."""
    return max(1, -(-window.size // RULER_LABELS))
