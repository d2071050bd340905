"""Which block is open and which token is followed: kept in the visitor's session, written to the address, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from llm_core.recording.trace_record import Trace
from llm_core.whole_model.blocks import Block, find_block, main_stack
from llm_core.whole_model.opening import opening_token
from pages.shared.address import number_in, write_address
from pages.shared.components.whole_model import SequenceName

_OWN_PARAMETERS = ("block", "head", "token", "source")


@dataclass(frozen=True)
class Place:
    """Where a visitor is in the picture.

    Attributes:
        block: The block that is open, or None.
        head: The head looked at in an open attention block, or None for the one that is worth most to see.
        token: Which token's path stays lit, as sequence and position, or None.
        number: Which of the browser's choices this answers, counted by it.
    """

    block: Block | None = None
    head: int | None = None
    token: tuple[SequenceName, int] | None = None
    number: int = 0


def place_in(trace: Trace) -> Place:
    """Where the visitor is, from the session or, for a new session, from the address; and write it there."""
    reading = trace.identity
    asked = {name: st.query_params[name] for name in _OWN_PARAMETERS if name in st.query_params}
    known: tuple[object, Place] | None = st.session_state.get("whole_place")
    written = st.session_state.get("whole_written")
    if known is None:
        place = _usable(trace, Place(), _from_address(trace, asked))
    elif known[0] == reading and written is not None and asked and asked != written:
        # A link led here: what the address says rules.
        place = _usable(trace, Place(number=known[1].number), _from_address(trace, asked))
    elif known[0] != reading:
        # Another model or text: a block of the same name stays open, a token of another text does not stay lit.
        block = known[1].block
        place = Place(None if block is None else find_block(trace, block.name), number=known[1].number)
    else:
        place = known[1]
    st.session_state["whole_place"] = (reading, place)
    _write(trace, place)
    return place


def choose(trace: Trace, choice: object) -> None:
    """Take over what the browser says the visitor chose, as far as the trace has it."""
    known: tuple[object, Place] | None = st.session_state.get("whole_place")
    if known is None or not isinstance(choice, Mapping):
        return
    number = choice.get("number")
    place = replace(known[1], number=number if isinstance(number, int) else known[1].number)
    # The address that came with a choice may be older than the choice.
    st.session_state["whole_written"] = None
    st.session_state["whole_place"] = (known[0], _usable(trace, place, choice))


def token_of(trace: Trace, place: Place, sequence: SequenceName) -> int:
    """Position, in a sequence, of the token that an open block speaks of: the lit one, else one worth asking about."""
    if place.token is not None and place.token[0] == sequence:
        return place.token[1]
    if sequence == sequence_of(trace, main_stack(trace)):
        return opening_token(trace)
    words = [position for position, token in enumerate(trace.tokens) if token.is_word]
    return words[len(words) // 2] if words else 0


def sequence_of(trace: Trace, stack: str) -> SequenceName:
    """Which text a stack's stream belongs to."""
    return "target" if trace.family == "encoder-decoder" and stack != "encoder" else "source"


def _usable(trace: Trace, known: Place, choice: Mapping[str, Any]) -> Place:
    block = find_block(trace, choice["block"]) if "block" in choice else known.block
    head = choice.get("head")
    heads = trace.heads(block.stack, block.layer) if block is not None and block.part == "attention" else 0
    usable_head = head if isinstance(head, int) and not isinstance(head, bool) and 0 <= head < heads else None
    token = known.token
    if "token" in choice:
        token = _token(trace, choice["token"])
    return replace(known, block=block, head=usable_head, token=token)


def _token(trace: Trace, chosen: object) -> tuple[SequenceName, int] | None:
    if not isinstance(chosen, Mapping):
        return None
    sequence, position = chosen.get("sequence"), chosen.get("position")
    tokens = {"source": trace.tokens, "target": trace.target_tokens}.get(str(sequence), ())
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < len(tokens):
        return None
    return ("target" if sequence == "target" else "source", position)


def _from_address(trace: Trace, asked: Mapping[str, str]) -> dict[str, Any]:
    choice: dict[str, Any] = {"block": asked.get("block"), "head": number_in(asked.get("head"))}
    for name, sequence in (("source", "source"), ("token", sequence_of(trace, main_stack(trace)))):
        position = number_in(asked.get(name))
        if position is not None:
            choice["token"] = {"sequence": sequence, "position": position}
    return choice


def _write(trace: Trace, place: Place) -> None:
    said: dict[str, str] = {}
    if place.block is not None:
        said["block"] = place.block.name
    if place.head is not None:
        said["head"] = str(place.head)
    if place.token is not None:
        own = place.token[0] == sequence_of(trace, main_stack(trace))
        said["token" if own else "source"] = str(place.token[1])
    write_address(_OWN_PARAMETERS, {name: [value] for name, value in said.items()})
    st.session_state["whole_written"] = said
