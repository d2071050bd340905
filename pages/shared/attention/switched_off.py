"""Which heads the visitor has switched off, kept for the model in use and written to the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

import streamlit as st

from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.looking import NAMES

Off: TypeAlias = dict[tuple[Stack, int], tuple[int, ...]]
PARAMETER = "off"
_HEAD = re.compile(r"(encoder|decoder|cross)\.(\d{1,4})\.(\d{1,4})")


def switched_off(trace: Trace) -> Off:
    """The heads that are off, by stack and layer; those that the model in use does not have are forgotten."""
    if "off" not in st.session_state:
        named = [_HEAD.fullmatch(value) for value in st.query_params.get_all(PARAMETER)]
        heads = [(stack, int(m[2]), int(m[3])) for m in named if m for stack in NAMES if stack == m[1]]
        st.session_state["off"] = _grouped(heads)
    known = _existing(trace, st.session_state["off"])
    _write(known)
    return known


def set_switched_off(trace: Trace, stack: Stack, pairs: object) -> None:
    """Switch exactly these (layer, head) pairs of a stack off; other stacks stay as they are."""
    others = [(s, layer, head) for (s, layer), heads in switched_off(trace).items() if s != stack for head in heads]
    wanted = pairs if isinstance(pairs, list) else []
    own = [(stack, *pair) for pair in wanted if isinstance(pair, list) and list(map(type, pair)) == [int, int]]
    st.session_state["off"] = _existing(trace, _grouped([*others, *own]))


def take_over(trace: Trace, told: object) -> None:
    """Switch off what the browser asks for, ``{"off": [stack, (layer, head) pairs]}``; all else changes nothing."""
    asked = told.get("off") if isinstance(told, Mapping) else None
    if isinstance(asked, list) and len(asked) == 2 and asked[0] in trace.stacks:
        set_switched_off(trace, asked[0], asked[1])


def off_by_stack(trace: Trace) -> dict[str, list[tuple[int, int]]]:
    """The (layer, head) pairs that are off, by stack."""
    off = switched_off(trace)
    return {
        stack: [(layer, head) for (where, layer), heads in off.items() if where == stack for head in heads]
        for stack in trace.stacks
    }


def reset() -> None:
    """Switch every head on again."""
    st.session_state["off"] = {}


def _grouped(heads: list[tuple[Stack, int, int]]) -> Off:
    grouped: dict[tuple[Stack, int], set[int]] = {}
    for stack, layer, head in heads:
        grouped.setdefault((stack, layer), set()).add(head)
    return {where: tuple(sorted(some)) for where, some in sorted(grouped.items())}


def _existing(trace: Trace, off: Mapping[tuple[Stack, int], tuple[int, ...]]) -> Off:
    kept: Off = {}
    for (stack, layer), heads in off.items():
        if stack in trace.stacks and layer in trace.layers(stack):
            there = tuple(head for head in heads if head < trace.heads(stack, layer))
            if there:
                kept[stack, layer] = there
    return kept


def _write(off: Off) -> None:
    said = [f"{stack}.{layer}.{head}" for (stack, layer), heads in off.items() for head in heads]
    if st.query_params.get_all(PARAMETER) != said:
        if said:
            st.query_params[PARAMETER] = said
        else:
            del st.query_params[PARAMETER]
