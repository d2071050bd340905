"""Numbers in an address, and what a page writes into it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.address import number_in


@pytest.mark.parametrize(
    ("value", "number"),
    [("7", 7), ("12abc", 12), ("99999999999", 9_999_999), ("NaN", None), ("-1", None), ("٣", None), ("", None)],
)
def test_a_number_is_read_off_the_beginning_of_a_value(value, number):
    assert number_in(value) == number
    assert number_in(None) is None


def script() -> None:
    from pages.shared.address import write_address

    write_address(("head", "token", "gone"), {"head": ["1", "2"], "token": ["5"]})


def test_only_the_parameters_spoken_of_are_written_or_taken_out():
    app = AppTest.from_function(script)
    app.query_params.update({"gone": "1", "token": "3", "model": "kept"})
    app.run()
    assert not app.exception
    told = {name: [value] if isinstance(value, str) else value for name, value in app.query_params.items()}
    assert told == {"head": ["1", "2"], "token": ["5"], "model": ["kept"]}
