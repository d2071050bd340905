"""What travels to a component: a small JSON header in front of numbers as they lie in memory.

Streamlit sends bytes as they are only if they are the *whole* of a component's data, hence one packet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NotRequired

import numpy as np
from typing_extensions import TypedDict

from llm_core.finite import is_finite
from llm_core.text.tokens import Token
from pages.shared.strict_json import strict_json

MASKED = -1.0
"""Stands for "cannot look" among weights that are printed."""

MASKED_BYTE, STEPS = 255, 200
"""Among weights of one byte, what stands for "cannot look", and the steps: half a percent each."""


class TokenChip(TypedDict):
    """A token as a chip shows it: text, raw token, id; leading space, continues a word, special, padding."""

    t: str
    r: str
    i: int
    s: NotRequired[Literal[1]]
    c: NotRequired[Literal[1]]
    x: NotRequired[Literal[1]]
    p: NotRequired[Literal[1]]


def pack(header: Mapping[str, Any], arrays: Mapping[str, Any], *, ruling_out: Collection[str] = ()) -> bytes:
    """One packet: header length (four bytes, little-endian), header, arrays, each from a multiple of 8.

    The header gains ``arrays``: by name its ``dtype``, ``shape`` and ``offset`` behind the header.

    Args:
        header: What JSON can say.
        arrays: Numbers by name.
        ruling_out: Names of arrays of scores, in which minus infinity stands for what is ruled out.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    described, offset, parts = {}, 0, []
    for name, array in arrays.items():
        numbers = array[array != -np.inf] if name in ruling_out else array
        if array.dtype.kind == "f" and not is_finite(numbers):
            raise ValueError(f"“{name}” holds a number that is none: NaN or infinity.")
        raw = np.ascontiguousarray(array).tobytes()
        described[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
        parts.append(raw + bytes(-len(raw) % 8))
        offset += len(parts[-1])
    text = strict_json({**header, "arrays": described}).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + b"".join(parts)


def exact(weights: np.ndarray, open_cells: np.ndarray | bool = True) -> np.ndarray:
    """Weights as the trace has them, four bytes each, for numbers that are printed; :data:`MASKED` where none is."""
    return np.where(open_cells, weights, np.float32(MASKED)).astype(np.float32)


def in_half_percents(weights: np.ndarray, open_cells: np.ndarray) -> np.ndarray:
    """In which half percent each weight from 0 to 1 lies, one byte each: enough for colours and for "about 12 %".

    Step 24 is from 12.0 to 12.5 %, so that whole percents come out right; 200 is 100 %, and :data:`MASKED_BYTE` stands
    where a query cannot look.
    """
    steps = np.floor(np.clip(weights, 0, 1).astype(np.float64) * STEPS)
    return np.where(open_cells, steps, MASKED_BYTE).astype(np.uint8)


def token_fields(tokens: Sequence[Token]) -> list[TokenChip]:
    """What a chip needs to know of each token; what is not so is left out."""
    return [_chip(token) for token in tokens]


def _chip(token: Token) -> TokenChip:
    chip: TokenChip = {"t": token.text, "r": token.raw, "i": token.id}
    if token.leading_space:
        chip["s"] = 1
    if token.continues:
        chip["c"] = 1
    if token.is_special:
        chip["x"] = 1
    if token.is_padding:
        chip["p"] = 1
    return chip
