"""Messages between Python and the components, held against what is declared of them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

import numpy as np
from jaxtyping import AbstractArray
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import get_type_hints, is_typeddict

from pages.shared.components import Component


def unpack(packet: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of a packet, read as the browser reads it."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    arrays = {}
    for name, described in header["arrays"].items():
        dtype = np.dtype(described["dtype"])
        count = int(np.prod(described["shape"]))
        start = 4 + length + described["offset"]
        arrays[name] = np.frombuffer(packet, dtype, count, start).reshape(described["shape"])
    return header, arrays


def check_sent(component: Component, data: object) -> None:
    """Fail if what is sent to a component is not what its module declares.

    Args:
        component: Who is sent it.
        data: A packet, or plain JSON for a component that declares ``data``.
    """
    if component.data is not None:
        _check(component.data, json.dumps(data))
        return
    assert isinstance(data, bytes), f"{component.name} is sent packets, not {type(data).__name__}"
    header, arrays = unpack(data)
    del header["arrays"]
    _check(component.header, json.dumps(header))
    _check_arrays(component, arrays)


def check_received(component: Component, name: str, value: object) -> None:
    """Fail if what a component sends under a name is not what its module declares."""
    shapes = get_type_hints(component.sends)
    assert name in shapes, f"{component.name} declares no {name}; it sends {', '.join(shapes) or 'nothing'}"
    _check(shapes[name], json.dumps(value))


def _check(shape: Any, text: str) -> None:
    _adapter(shape).validate_json(text, strict=True)


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    _close(shape)
    return TypeAdapter(shape)


def _close(shape: Any) -> None:
    """Let every record within a shape hold what it declares and nothing else."""
    if is_typeddict(shape):
        if "__pydantic_config__" in vars(shape):
            return
        shape.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)
        for hint in get_type_hints(shape).values():
            _close(hint)
    for inner in get_args(shape):
        _close(inner)


def _check_arrays(component: Component, arrays: dict[str, np.ndarray]) -> None:
    shape = component.arrays
    if not is_typeddict(shape):  # a mapping from any name to one kind of array, or None
        kind = get_args(shape)[1] if shape is not None else None
        hints = dict.fromkeys(arrays, kind) if kind is not None else {}
        required: frozenset[str] = frozenset()
    else:
        hints, required = get_type_hints(shape), shape.__required_keys__
    strange = set(arrays) - set(hints)
    assert not strange, f"{component.name} declares no arrays {sorted(strange)}"
    missing = required - set(arrays)
    assert not missing, f"{component.name} misses the arrays {sorted(missing)}"
    for name, array in arrays.items():
        kinds = [one for one in (get_args(hints[name]) or (hints[name],)) if issubclass(one, AbstractArray)]
        kept = f"{component.name}: {name} is {array.dtype} of shape {array.shape}, not {hints[name]}"
        assert any(isinstance(array, kind) for kind in kinds), kept
