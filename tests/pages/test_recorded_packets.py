"""The packets that the frontend's unit tests read are those the pages send."""

from __future__ import annotations

import pytest

from tests.recorded.packets import FOLDER, recorded


def test_no_recorded_packet_is_left_over():
    assert {file.stem for file in FOLDER.glob("*.packet")} == set(recorded())


@pytest.mark.parametrize("name", sorted(recorded()))
def test_recorded_packets_are_what_the_pages_send(name):
    same = (FOLDER / f"{name}.packet").read_bytes() == recorded()[name]
    assert same, "The page sends another packet now: look at the change, then run `python -m tests.recorded`."
