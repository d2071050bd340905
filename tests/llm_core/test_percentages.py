"""Shares are written one way, in Python and in the browser."""

import json
from pathlib import Path

from llm_core.percentages import percent

TABLE = json.loads((Path(__file__).parents[1] / "number_formats.json").read_text("utf-8"))


def test_numbers_are_written_as_the_browser_writes_them():
    assert [percent(share) for share, _ in TABLE["percent"]] == [written for _, written in TABLE["percent"]]
    assert [f"{count:,}" for count, _ in TABLE["thousands"]] == [written for _, written in TABLE["thousands"]]


def test_what_is_not_zero_is_never_written_as_zero():
    assert percent(1e-12) == "< 0.1 %"
    assert [percent(share, 0) for share in (0, 0.001, 0.5)] == ["0 %", "< 1 %", "50 %"]
