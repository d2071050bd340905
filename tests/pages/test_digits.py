"""Numbers with few significant digits are written one way, in Python and in the browser."""

import json
from pathlib import Path

from pages.shared.digits import four_digits, two_digits

TABLE = json.loads((Path(__file__).parents[1] / "number_formats.json").read_text("utf-8"))


def test_numbers_are_written_as_the_browser_writes_them():
    assert [four_digits(number) for number, _ in TABLE["four_digits"]] == [said for _, said in TABLE["four_digits"]]
    assert [two_digits(number) for number, _ in TABLE["two_digits"]] == [said for _, said in TABLE["two_digits"]]
