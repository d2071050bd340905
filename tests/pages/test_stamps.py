"""What the app sends to a component says how new it is, so that the browser can put it in order."""

from __future__ import annotations

import struct

import streamlit as st

from pages.shared.components import _stamped


def stamp(sent: bytes) -> float:
    return struct.unpack("<d", sent[-8:])[0]


def test_a_packet_keeps_its_stamp_until_another_one_is_sent(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    first = _stamped(b"one", "picture")
    assert first[:-8] == b"one"
    assert _stamped(b"one", "picture") == first
    second = _stamped(b"two", "picture")
    assert stamp(second) > stamp(first)
    assert stamp(_stamped(b"one", "picture")) > stamp(second)


def test_each_component_has_stamps_of_its_own(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    here = _stamped(b"one", "here")
    _stamped(b"two", "there")
    assert _stamped(b"one", "here") == here


def test_stamps_rise_even_while_the_clock_stands_still(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr("pages.shared.components.time.time", lambda: 1_790_000_000.0)
    stamps = [stamp(_stamped(bytes([turn]), "picture")) for turn in range(100)]
    assert stamps == sorted(set(stamps))


def test_plain_data_are_new_each_time(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    first, second = _stamped({"wait": 0}, "follow"), _stamped({"wait": 0}, "follow")
    assert second["stamp"] > first["stamp"]
    assert {**second, "stamp": 0} == {"wait": 0, "stamp": 0}
