"""What travels between Python and the browser is declared once, and written as TypeScript."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

import numpy as np
import pytest
from jaxtyping import Float, Float32, UInt8, UInt16
from pydantic import ValidationError
from typing_extensions import TypedDict

from frontend.generate import components, main, messages, palette, typescript_of
from pages.shared.components import Component
from pages.shared.components.packing import pack
from tests.messages import check_received, check_sent


class Inner(TypedDict):
    """A record within a record."""

    name: str
    share: float | None


class Header(TypedDict):
    """Everything a header can hold."""

    count: int
    kind: Literal["one", "two"]
    pair: tuple[int, str]
    rows: list[Inner]
    by_name: NotRequired[dict[str, list[int | None]]]


class Arrays(TypedDict, total=False):
    """Arrays of known kinds."""

    cells: UInt8[np.ndarray, "row column"] | UInt16[np.ndarray, "row column"]
    vector: Float32[np.ndarray, " number"]


class Sends(TypedDict):
    """What comes back."""

    choice: Inner


COMPONENT = Component("made_up", header=Header, arrays=Arrays, sends=Sends)
SENT = {"count": 1, "kind": "one", "pair": (2, "b"), "rows": [{"name": "a", "share": None}]}
CELLS = np.zeros((2, 3), np.uint8)


def test_types_are_written_as_typescript():
    declared: dict[str, str] = {}
    assert typescript_of(Header, declared) == "Header"
    assert declared["Header"] == (
        "/** Everything a header can hold. */\n"
        "export interface Header {\n"
        "  count: number;\n"
        '  kind: "one" | "two";\n'
        "  pair: [number, string];\n"
        "  rows: Inner[];\n"
        "  by_name?: Record<string, (number | null)[]>;\n"
        "}"
    )
    assert "  share: number | null;" in declared["Inner"]
    assert typescript_of(Arrays, declared) == "Arrays"
    assert "  cells?: Shaped<Uint8Array> | Shaped<Uint16Array>;" in declared["Arrays"]
    assert "  /** number */\n  vector?: Shaped<Float32Array>;" in declared["Arrays"]


def test_a_mapping_need_not_hold_every_name_it_could_hold():
    assert typescript_of(dict[Literal["one", "two"], int], {}) == 'Partial<Record<"one" | "two", number>>'


@pytest.mark.parametrize("shape", [set[int], complex, Float[np.ndarray, " any"]])
def test_what_a_message_cannot_hold_is_refused(shape):
    with pytest.raises(TypeError, match="A message is made of"):
        typescript_of(shape, {})


def test_the_written_declarations_are_those_of_today(capsys, monkeypatch, tmp_path):
    assert main(["--check"]) == 0
    monkeypatch.setattr("frontend.generate.FOLDER", tmp_path)
    assert main(["--check"]) == 1
    assert "messages.ts, palette.css" in capsys.readouterr().err
    assert main([]) == 0
    assert (tmp_path / "messages.ts").read_text("utf-8") == messages()
    assert (tmp_path / "palette.css").read_text("utf-8") == palette()


def test_every_component_declares_what_it_is_sent():
    found = components()
    assert len(found) >= 16
    assert [one.name for one in found if one.header is None and one.data is None] == []


def test_a_packet_as_declared_passes():
    check_sent(COMPONENT, pack(SENT, {"cells": CELLS}))
    check_received(COMPONENT, "choice", {"name": "a", "share": 0.5})


@pytest.mark.parametrize(
    "change",
    [{"count": "1"}, {"kind": "three"}, {"pair": [2]}, {"more": 1}, {"rows": [{"name": "a"}]}, {"count": None}],
)
def test_a_header_that_is_not_as_declared_is_found(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        check_sent(COMPONENT, pack({**SENT, **change}, {}))


@pytest.mark.parametrize(
    "arrays", [{"cells": CELLS[0]}, {"cells": CELLS.astype(np.float32)}, {"others": CELLS}, {"vector": CELLS}]
)
def test_arrays_that_are_not_as_declared_are_found(arrays):
    with pytest.raises(AssertionError):
        check_sent(COMPONENT, pack(SENT, arrays))


@pytest.mark.parametrize(("name", "value"), [("choice", {"name": 1, "share": None}), ("other", {}), ("choice", None)])
def test_what_comes_back_and_is_not_as_declared_is_found(name, value):
    with pytest.raises((ValidationError, AssertionError)):
        check_received(COMPONENT, name, value)
