"""Packets for the picture of a head's inside."""

from __future__ import annotations

from tests.made_heads import made_packet

PACKETS = {"inside-head": made_packet}
