"""Large numbers are written one way, with three digits."""

from llm_core.amounts import in_bytes, in_parameters, in_seconds, in_words, times


def test_amounts_are_said_with_three_digits():
    assert [in_bytes(n) for n in (0, 999, 999_600, 350e9, 1.337e12)] == ["0 B", "999 B", "1 MB", "350 GB", "1.34 TB"]
    assert [in_bytes(n) for n in (12, 8200, 538_000_000)] == ["12 B", "8.2 kB", "538 MB"]
    assert [in_parameters(n) for n in (12, 22_713_216, 175e9, 999_999_999)] == ["12", "22.7 M", "175 B", "1 B"]
    assert [in_words(n) for n in (160, 22_713_216, 350e9)] == ["160", "22.7 million", "350 billion"]
    assert [in_seconds(n) for n in (0.0125, 12.34)] == ["12.5 ms", "12.3 s"]
    assert [times(n) for n in (7837.2, 4.0, 0.5)] == ["7,840 times", "4 times", "0.5 times"]
