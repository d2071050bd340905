"""Numbers are written one way, in Python and in the browser."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import numbers
from llm_core.numbers import counted, in_bytes, in_parameters, in_seconds, in_words, percent, times

TABLE = json.loads((Path(__file__).parents[1] / "number_formats.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(set(TABLE) - {"thousands", "counted"}))
def test_numbers_are_written_as_the_browser_writes_them(name):
    write = getattr(numbers, name)
    assert [write(*given) for *given, _ in TABLE[name]] == [written for *_, written in TABLE[name]]


def test_things_are_counted_as_the_browser_counts_them():
    assert [counted(count, "token") for count, _ in TABLE["counted"]] == [written for _, written in TABLE["counted"]]
    assert [f"{count:,}" for count, _ in TABLE["thousands"]] == [written for _, written in TABLE["thousands"]]
    assert [counted(count, "box", "boxes") for count in (0, 1, 2)] == ["0 boxes", "1 box", "2 boxes"]


def test_what_is_not_zero_is_never_written_as_zero():
    assert percent(1e-12) == "< 0.1 %"
    assert [percent(share, 0) for share in (0, 0.001, 0.5)] == ["0 %", "< 1 %", "50 %"]


@given(st.floats(0, 1), st.integers(0, 2))
def test_a_lower_bound_stays_true_when_it_is_rounded(share, decimals):
    least = float(numbers.at_least_percent(share, decimals)[:-2])
    assert 100 * share - 10.0**-decimals - 1e-6 < least <= 100 * share + 1e-6


@given(st.floats(0, 1), st.integers(0, 2))
def test_an_upper_bound_stays_true_when_it_is_rounded(share, decimals):
    most = float(numbers.at_most_percent(share, decimals)[:-2])
    assert 100 * share - 1e-6 <= most < 100 * share + 10.0**-decimals + 1e-6


def test_amounts_are_said_with_three_digits():
    assert [in_bytes(n) for n in (0, 999, 999_600, 350e9, 1.337e12)] == ["0 B", "999 B", "1 MB", "350 GB", "1.34 TB"]
    assert [in_bytes(n) for n in (12, 999.7, 8200, 538_000_000)] == ["12 B", "1 kB", "8.2 kB", "538 MB"]
    assert [in_parameters(n) for n in (12, 22_713_216, 175e9, 999_999_999)] == ["12", "22.7 M", "175 B", "1 B"]
    assert [in_words(n) for n in (160, 22_713_216, 350e9)] == ["160", "22.7 million", "350 billion"]
    assert [in_seconds(n) for n in (0.0125, 0.9997, 12.34)] == ["12.5 ms", "1 s", "12.3 s"]
    assert [times(n) for n in (7837.2, 4.0, 1.001, 0.5)] == ["7,840 times", "4 times", "1.0 times", "0.5 times"]
    assert times(2.1e-6) == "2.1e−6 times"


def test_a_share_in_single_precision_is_written_as_the_browser_writes_it():
    shares = np.random.default_rng(0).random(20_000).astype(np.float32)
    assert [percent(share) for share in shares] == [percent(float(share)) for share in shares]
    rounded = [f"{100 * share:.1f} %" for share in shares]
    assert rounded != [percent(share) for share in shares]  # what a product in single precision would have said
