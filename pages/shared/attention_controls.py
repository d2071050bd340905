"""The choices of the Attention page: stack, layer, heads, token and window, kept in the URL."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from llm_core.examples import View, opening_view
from llm_core.shapes import Stack
from llm_core.trace_record import Trace
from pages.shared.notices import Shown

MOST_HEADS = 12
EVERYTHING = -1
"""Stands for all tokens where one can be chosen."""

WINDOWED = 64
"""Texts of more tokens get a slider that chooses the part to show."""

VIEWS = {"lines": "Lines", "matrix": "Matrix", "bertviz-heads": "BertViz heads", "bertviz-model": "BertViz model"}
STACKS: dict[Stack, str] = {"encoder": "Encoder", "decoder": "Decoder", "cross": "Cross"}
NAMES: dict[Stack, str] = {"encoder": "encoder", "decoder": "decoder", "cross": "cross-attention"}


@dataclass(frozen=True)
class Choice:
    """What the visitor looks at.

    Attributes:
        view: One of :data:`VIEWS`.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads shown, at least one.
        query: Position of the token whose attention is singled out, or None.
        window: First and one past last token shown, or None for all.
        several_stacks: True if the trace has more than this stack.
    """

    view: str
    stack: Stack
    layer: int
    heads: tuple[int, ...]
    query: int | None
    window: tuple[int, int] | None
    several_stacks: bool

    @property
    def place(self) -> str:
        """Where this is, as the beginning of a sentence."""
        which = f"{NAMES[self.stack]} " if self.several_stacks else ""
        heads = f"head {self.heads[0]}" if len(self.heads) == 1 else f"the mean of {len(self.heads)} heads"
        return f"In {which}layer {self.layer}, {heads}"


def draw_view() -> str:
    """Draw the choice of picture, one of :data:`VIEWS`."""
    view = st.segmented_control(
        "Picture",
        list(VIEWS),
        key="view",
        default="lines",
        required=True,
        format_func=VIEWS.__getitem__,
        bind="query-params",
        wrap=True,
        label_visibility="collapsed",
    )
    return view or "lines"


def draw(shown: Shown, view: str) -> Choice:
    """Draw the controls and give what they and the choice of picture say."""
    trace = shown.trace
    stack = _stack(trace)
    _reopen_for_new(trace, stack)
    opening = _opening(trace, stack)
    layers = trace.layers(stack)
    layer = st.select_slider("Layer", layers, value=opening.layer, key="layer", bind="query-params")
    count = trace.heads(stack, layer)
    heads = st.pills(
        "Heads",
        list(range(count)),
        selection_mode="multi",
        default=[min(opening.head, count - 1)],
        key="head",
        bind="query-params",
        wrap=True,
    )
    with st.container(horizontal=True):
        st.button("All heads", on_click=_set_heads, args=(list(range(min(count, MOST_HEADS))),))
        st.button("One head", on_click=_set_heads, args=([heads[0] if heads else 0],))
    chosen = _usable(heads, count)
    _say_groups(trace, stack, layer)
    query = _query(trace, stack, opening.query)
    window = _window(trace, stack, view)
    return Choice(view, stack, layer, chosen, query, window, len(trace.stacks) > 1)


def _stack(trace: Trace) -> Stack:
    if len(trace.stacks) == 1:
        return trace.stacks[0]
    chosen = st.pills(
        "Attention of the",
        list(trace.stacks),
        key="stack",
        default="cross",
        required=True,
        format_func=STACKS.__getitem__,
        wrap=True,
        bind="query-params",
    )
    return chosen or "cross"


def _identity(trace: Trace, stack: Stack) -> tuple[object, ...]:
    return (trace.model_name, trace.text, tuple(token.id for token in trace.target_tokens), stack)


def _opening(trace: Trace, stack: Stack) -> View:
    """The view to open at, worked out once for what is being read."""
    key = ("opening", *_identity(trace, stack))
    known = st.session_state.get("opening")
    if known is None or known[0] != key:
        known = st.session_state["opening"] = (key, opening_view(trace, stack))
    return known[1]


def _reopen_for_new(trace: Trace, stack: Stack) -> None:
    """Go to the opening view when the text, the model or the stack has changed; the URL rules the first time."""
    identity = _identity(trace, stack)
    before = st.session_state.get("reading")
    st.session_state["reading"] = identity
    if before is None or before == identity:
        return
    opening = _opening(trace, stack)
    st.session_state["layer"] = opening.layer
    st.session_state["head"] = [opening.head]
    st.session_state["token"] = EVERYTHING if opening.query is None else opening.query


def _set_heads(heads: list[int]) -> None:
    st.session_state["head"] = heads


def _usable(heads: list[int] | None, count: int) -> tuple[int, ...]:
    chosen = tuple(sorted(head for head in heads or [] if 0 <= head < count))
    if len(chosen) > MOST_HEADS:
        st.caption(f"The first {MOST_HEADS} of {len(chosen)} chosen heads are drawn, one colour each.")
    return chosen[:MOST_HEADS] or (0,)


def _say_groups(trace: Trace, stack: Stack, layer: int) -> None:
    heads, shared = trace.heads(stack, layer), trace.key_value_heads(stack, layer)
    if shared < heads:
        size = heads // shared
        groups = ", ".join(f"{start}–{start + size - 1}" for start in range(0, heads, size))
        st.caption(f"Grouped heads: {groups} each share one key/value head.")


def _query(trace: Trace, stack: Stack, opening: int | None) -> int | None:
    tokens = trace.query_tokens(stack)
    chosen = st.selectbox(
        "Token that looks",
        [EVERYTHING, *range(len(tokens))],
        index=0 if opening is None else opening + 1,
        key="token",
        bind="query-params",
        format_func=lambda place: "all tokens" if place == EVERYTHING else f"{place}  {tokens[place].label}",
        help="Single out one token, or choose all. In the lines you can also click a token on the left.",
    )
    return None if chosen is None or chosen == EVERYTHING or chosen >= len(tokens) else chosen


def _window(trace: Trace, stack: Stack, view: str) -> tuple[int, int] | None:
    longest = max(len(trace.query_tokens(stack)), len(trace.key_tokens(stack)))
    if longest <= WINDOWED or view.startswith("bertviz"):
        return None
    start, end = st.slider(
        "Part of the text, in tokens",
        0,
        longest,
        value=(0, longest if view == "matrix" else WINDOWED),
        key=f"window-{view}-{longest}",
        help="The matrix shows any length; the lines are easiest to read with some dozens of tokens.",
    )
    return start, max(end, start + 1)
