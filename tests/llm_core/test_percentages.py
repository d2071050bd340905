"""Shares are written one way."""

from llm_core.percentages import percent


def test_what_is_not_zero_is_never_written_as_zero():
    assert [percent(share) for share in (0, 0.0001, 0.0712, 0.9999, 1)] == [
        "0.0 %",
        "< 0.1 %",
        "7.1 %",
        "100.0 %",
        "100.0 %",
    ]
    assert [percent(share, 0) for share in (0, 0.001, 0.5)] == ["0 %", "< 1 %", "50 %"]
