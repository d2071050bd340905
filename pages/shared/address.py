"""What pages read from the address and write into it: numbers that values begin with, and only what has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

_NUMBER = re.compile(r"[0-9]{1,7}")

Choice = TypeVar("Choice")


def chosen_or(chosen: Choice | None, otherwise: Choice) -> Choice:
    """What a control says, or else its usual value.

    An address such as ``?method=`` empties even a control that requires a choice, which Streamlit's types do not say.
    """
    return otherwise if chosen is None else chosen


def number_in(value: str | None) -> int | None:
    """The whole number that a value of the address begins with, or None: anything at all may stand there."""
    found = _NUMBER.match(value or "")
    return int(found[0]) if found else None


def write_address(names: Sequence[str], said: Mapping[str, Sequence[str]]) -> None:
    """Make the address say exactly this for some of its parameters; the others stay as they are.

    Args:
        names: The parameters that are spoken of.
        said: Values of those that are to stand there; the rest are taken out.
    """
    for name in names:
        if name not in said and name in st.query_params:
            del st.query_params[name]
        elif name in said and st.query_params.get_all(name) != list(said[name]):
            st.query_params[name] = list(said[name])
