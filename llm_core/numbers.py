"""Numbers as they are written everywhere in the project; ``frontend/shared/numbers.ts`` does the same.

A number is rounded once, here, when it is written. What is not zero is never written as zero, a bound is rounded to
the side on which it stays true, minus signs are true ones, and thousands are separated. ``tests/number_formats.json``
holds Python and TypeScript to one table.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

Number: TypeAlias = int | float | np.floating[Any] | np.integer[Any]

_SLACK = 1e-6
"""Of the last digit: a bound that misses it by less than this is that digit, and only floating point says otherwise."""


def percent(share: Number, decimals: int = 1) -> str:
    """0.0712 as "7.1 %"; what is not zero is never written as zero.

    Args:
        share: Of a whole, mostly from 0 to 1; a change may be negative.
        decimals: Digits after the point; none are written from 1,000 % on.
    """
    least = 0.1**decimals
    # As the browser multiplies: a product in single precision may round to the other side.
    percentage = 100 * float(share)
    text = decimal(percentage, 0 if abs(percentage) >= 999.95 else decimals)
    if percentage and not text.strip("0.,"):
        return f"{'< ' if percentage > 0 else '> −'}{least:.{decimals}f} %"
    return f"{text} %"


def at_least_percent(share: Number, decimals: int = 1) -> str:
    """A lower bound: 0.9358 as "93.5 %", which stays true, and never as 93.6 %."""
    return f"{decimal(math.floor(100 * float(share) * 10**decimals + _SLACK) / 10**decimals, decimals)} %"


def at_most_percent(share: Number, decimals: int = 1) -> str:
    """An upper bound: 0.9352 as "93.6 %", which stays true, and never as 93.5 %."""
    return f"{decimal(math.ceil(100 * float(share) * 10**decimals - _SLACK) / 10**decimals, decimals)} %"


def decimal(number: Number, decimals: int) -> str:
    """A number with so many digits after the point: "−1,234.50"; a zero has no sign."""
    text = f"{number:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def signed(number: Number, decimals: int) -> str:
    """The same with its sign: "+3.76", "−0.50"; a zero has none."""
    text = decimal(number, decimals)
    return text if text.startswith("−") or not text.strip("0.,") else f"+{text}"


def counted(count: int, one: str, several: str = "") -> str:
    """A number of things: "1 token", "1,024 tokens".

    Args:
        count: How many.
        one: What one is called.
        several: What several, or none, are called; by default ``one`` with an s.
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def four_digits(number: Number) -> str:
    """A number with four significant digits: 0.7131, −12.35, 1.200e−5."""
    if number == 0:
        return "0"
    digits, _, exponent = f"{number:.3e}".partition("e")
    power = int(exponent)
    text = f"{digits}e{power:+d}" if power < -4 or power > 5 else f"{number:.{max(0, 3 - power)}f}"
    return text.replace("-", "−")


def two_digits(number: Number) -> str:
    """A number with two significant digits and a power of ten, for sizes of errors: 1.1e−6."""
    if number == 0:
        return "0"
    digits, _, exponent = f"{number:.1e}".partition("e")
    return f"{digits}e{int(exponent):+d}".replace("-", "−")


_STEPS = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def in_bytes(count: float) -> str:
    """Bytes in decimal units, three digits: ``350 GB``."""
    return _scaled(count, _STEPS) + "B" if count >= 999.5 else f"{count:,.0f} B"


def in_parameters(count: float) -> str:
    """A count with M or B (thousand millions), three digits: ``175 B``."""
    return _scaled(count, ((1e9, "B"), (1e6, "M"), (1e3, "k"))) if count >= 1000 else f"{count:,.0f}"


def in_words(count: float) -> str:
    """A count with its thousands in words, three digits, for what must not be taken for bytes: ``350 billion``."""
    words = ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
    return _scaled(count, words) if count >= 1000 else f"{count:,.0f}"


def in_seconds(count: float) -> str:
    """A time, three digits: ``12.5 ms``."""
    return f"{_digits(count * 1000)} ms" if count < 0.9995 else f"{_digits(count)} s"


def times(ratio: float) -> str:
    """A ratio in words: ``1,300 times``; one is ``1.0 times``, since "1 times" is no English."""
    written = _digits(ratio)
    return f"{'1.0' if written == '1' else written} times"


def _scaled(count: float, steps: tuple[tuple[float, str], ...]) -> str:
    for size, unit in steps:
        # What would be rounded up to a thousand belongs to the next unit.
        if count >= 0.9995 * size:
            return f"{_digits(count / size)} {unit}"
    return f"{count:,.0f} "


def _digits(number: float) -> str:
    if number >= 99.95:
        return f"{float(f'{number:.3g}'):,.0f}"
    if number >= 0.01 or number == 0:
        return f"{number:.3g}"
    digits, _, exponent = f"{number:.1e}".partition("e")
    return f"{number:.2g}" if int(exponent) >= -4 else f"{digits}e−{-int(exponent)}"
