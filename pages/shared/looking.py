"""What the visitor looks at on the pages about heads: stack, layer, heads, tokens and part of the text.

It is kept in the session and written to the URL, so that a pasted address opens the same picture. Whatever comes from
the URL or from the browser is checked against the trace, since either may say anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from llm_core.figures.windows import Window, window_of
from llm_core.heads.examples import LONGEST_SEARCHED, View
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.address import number_in, write_address
from pages.shared.asking import ask, task
from pages.shared.components.attention import AttentionPlace

MOST_HEADS = 12
NAMES: dict[Stack, str] = {"encoder": "encoder", "decoder": "decoder", "cross": "cross-attention"}
_OWN_PARAMETERS = ("stack", "layer", "head", "token", "key", "rows", "columns")


@dataclass(frozen=True)
class Looking:
    """A place in a trace.

    Attributes:
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads looked at, at least one and at most :data:`MOST_HEADS`.
        query: Position of the token whose attention is singled out, or None.
        key: Position it is looked at with, or None.
        rows: Query positions shown.
        columns: Key positions shown.
        without_first: True to leave lines to the first token out.
        number: Which of the browser's choices this answers, counted by it.
        several_stacks: True if the trace has more than this stack.
    """

    stack: Stack
    layer: int
    heads: tuple[int, ...]
    query: int | None
    key: int | None
    rows: Window
    columns: Window
    without_first: bool = False
    number: int = 0
    several_stacks: bool = False

    @property
    def place(self) -> str:
        """Where this is, as the beginning of a sentence."""
        which = f"{NAMES[self.stack]} " if self.several_stacks else ""
        heads = f"head {self.heads[0]}" if len(self.heads) == 1 else f"the mean of {len(self.heads)} heads"
        return f"In {which}layer {self.layer}, {heads}"


def looking_at(trace: Trace) -> Looking:
    """Where the visitor looks in a trace, and remember it; a new text or model opens at a head worth seeing.

    A page calls it where the address may have been changed by hand, that is whenever the whole page runs.
    """
    reading = trace.identity
    known: Looking | None = st.session_state.get("looking")
    written = st.session_state.get("looking_written")
    asked = {name: st.query_params.get_all(name) for name in _OWN_PARAMETERS if name in st.query_params}
    going: Mapping[str, Any] | None = st.session_state.pop("asked_place", None)
    if st.session_state.get("reading") not in (None, reading):
        known = opening(trace)
    elif going is not None:
        known = _on_the_way(trace, known, going)
    elif known is None or (written is not None and asked != written):
        known = _from_url(trace, asked, opening(trace, _stack_of(trace, asked)))
    st.session_state["reading"], st.session_state["looking"] = reading, known
    _write(trace, known)
    return known


def ask_to_look(stack: object, layer: object, head: object = None) -> None:
    """Ask from anywhere for another place; the next page about heads checks it against its trace and goes there."""
    st.session_state["asked_place"] = {"stack": stack, "layer": layer} | ({} if head is None else {"heads": [head]})


def still_looking_at(trace: Trace) -> Looking:
    """Where the visitor looks, for a part of a page that runs alone.

    The address that such a run is told may be older than what was chosen last, so it is not asked.
    """
    known: Looking | None = st.session_state.get("looking")
    if known is None or st.session_state.get("reading") != trace.identity:
        return looking_at(trace)
    _write(trace, known)
    return known


def choice_of(place: Looking) -> AttentionPlace:
    """A place in the names of the browser's choice."""
    return {
        "stack": place.stack,
        "layer": place.layer,
        "heads": list(place.heads),
        "query": place.query,
        "key": place.key,
        "rows": (place.rows.start, place.rows.end),
        "columns": (place.columns.start, place.columns.end),
        "withoutFirst": place.without_first,
    }


def choose(trace: Trace, choice: Mapping[str, Any] | None) -> None:
    """Take over what the browser says the visitor chose."""
    known: Looking | None = st.session_state.get("looking")
    if known is None or not isinstance(choice, Mapping):
        return
    # The address that came with a choice may be older than the choice: what is chosen rules, and is written there.
    st.session_state["looking_written"] = None
    number = choice.get("number")
    number = number if isinstance(number, int) else known.number
    stack = choice.get("stack")
    if stack in trace.stacks and stack != known.stack:
        st.session_state["looking"] = replace(opening(trace, stack), number=number)
        return
    st.session_state["looking"] = replace(_usable(trace, known, choice), number=number)


def _on_the_way(trace: Trace, known: Looking | None, going: Mapping[str, Any]) -> Looking:
    stack = going["stack"]
    if stack not in trace.stacks:
        return known or opening(trace)
    if known is None or known.stack != stack:
        known = replace(opening(trace, stack), number=0 if known is None else known.number)
    return _usable(trace, known, going)


def opening(trace: Trace, stack: Stack | None = None) -> Looking:
    """Where to look first."""
    stack = stack or ("cross" if "cross" in trace.stacks else trace.stacks[0])
    view: View = ask(task("heads.examples:opening_view", trace, stack))
    queries, keys = len(trace.query_tokens(stack)), len(trace.key_tokens(stack))
    return Looking(
        stack=stack,
        layer=view.layer,
        heads=(view.head,),
        query=view.query,
        key=None,
        rows=window_of(None, queries),
        columns=window_of(None, keys),
        # The strongest links of a long text would all go to where attention rests.
        without_first=stack != "cross" and max(queries, keys) > LONGEST_SEARCHED,
        several_stacks=len(trace.stacks) > 1,
    )


def _usable(trace: Trace, known: Looking, choice: Mapping[str, Any]) -> Looking:
    """A place with as much of a choice as exists in the trace."""
    queries, keys = len(trace.query_tokens(known.stack)), len(trace.key_tokens(known.stack))
    layer = choice.get("layer")
    layer = layer if isinstance(layer, int) and layer in trace.layers(known.stack) else known.layer
    count = trace.heads(known.stack, layer)
    wanted = choice.get("heads", known.heads)
    heads = {head for head in wanted if _is_place(head, count)} if isinstance(wanted, list | tuple) else set()
    return replace(
        known,
        layer=layer,
        heads=tuple(sorted(heads))[:MOST_HEADS] or tuple(head for head in known.heads if head < count) or (0,),
        query=_position(choice, "query", queries, known.query),
        key=_position(choice, "key", keys, known.key),
        rows=_window(choice.get("rows"), queries, known.rows),
        columns=_window(choice.get("columns"), keys, known.columns),
        without_first=bool(choice.get("withoutFirst", known.without_first)),
    )


def _is_place(value: object, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _position(choice: Mapping[str, Any], name: str, count: int, otherwise: int | None) -> int | None:
    if name not in choice:
        return otherwise
    return choice[name] if _is_place(choice[name], count) else None


def _window(wanted: object, count: int, otherwise: Window) -> Window:
    if not isinstance(wanted, list | tuple) or len(wanted) != 2 or not all(isinstance(end, int) for end in wanted):
        return otherwise
    return window_of((wanted[0], wanted[1]), count)


def _stack_of(trace: Trace, asked: Mapping[str, list[str]]) -> Stack | None:
    wanted = asked.get("stack", [""])[0].lower()
    return next((stack for stack in trace.stacks if stack == wanted), None)


def _from_url(trace: Trace, asked: Mapping[str, list[str]], first: Looking) -> Looking:
    """A place from the address: numbers are read off the beginning of each value, and the rest is ignored."""
    choice: dict[str, Any] = {}
    numbers = {name: [number_in(value) for value in values] for name, values in asked.items()}
    if numbers.get("layer"):
        choice["layer"] = numbers["layer"][0]
    if numbers.get("head"):
        choice["heads"] = [head for head in numbers["head"] if head is not None]
    for name, field in (("token", "query"), ("key", "key")):
        if name in numbers:
            choice[field] = numbers[name][0]
    for name in ("rows", "columns"):
        ends = re.fullmatch(r"(\d{1,7})-(\d{1,7})", asked.get(name, [""])[0])
        if ends:
            choice[name] = [int(ends[1]), int(ends[2])]
    return _usable(trace, first, choice)


def _write(trace: Trace, place: Looking) -> None:
    """Put a place into the address; what is as it would be without saying so is left out."""
    first = opening(trace, place.stack)
    said: dict[str, list[str]] = {}
    if place.several_stacks:
        said["stack"] = [place.stack]
    said["layer"] = [str(place.layer)]
    said["head"] = [str(head) for head in place.heads]
    if place.query != first.query:
        said["token"] = ["all" if place.query is None else str(place.query)]
    if place.key is not None:
        said["key"] = [str(place.key)]
    for name, window, whole in (("rows", place.rows, first.rows), ("columns", place.columns, first.columns)):
        if window != whole:
            said[name] = [f"{window.start}-{window.end}"]
    write_address(_OWN_PARAMETERS, said)
    st.session_state["looking_written"] = said
