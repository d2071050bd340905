"""Packets for the model map: the shipped models of the three architectures."""

from __future__ import annotations

from functools import partial

from llm_core.samples import sample_map
from pages.shared.model_map.packet import map_packet


def shipped(model: str, page: str = "", *, large: bool = False) -> bytes:
    """The map of a model that ships with the app, as a page is sent it."""
    drawn = sample_map(model)
    assert drawn is not None
    return map_packet(drawn, page, large=large)


PACKETS = {
    "map-encoder": partial(shipped, "minilm-l6-mlm", "attention"),
    "map-decoder": partial(shipped, "smollm2-135m", "attention"),
    "map-encoder-decoder": partial(shipped, "t5-mini-en-fr", "attention"),
}
