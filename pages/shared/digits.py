"""Numbers with few significant digits, as pages and pictures write them (``frontend/shared/numbers.ts`` does the same).

Minus signs are true ones. ``tests/number_formats.json`` holds both sides to one table.
"""

from __future__ import annotations


def four_digits(number: float) -> str:
    """A number with four significant digits: 0.7131, −12.35, 1.200e−5."""
    if number == 0:
        return "0"
    digits, _, exponent = f"{number:.3e}".partition("e")
    power = int(exponent)
    text = f"{digits}e{power:+d}" if power < -4 or power > 5 else f"{number:.{max(0, 3 - power)}f}"
    return text.replace("-", "−")


def two_digits(number: float) -> str:
    """A number with two significant digits and a power of ten, for sizes of errors: 1.1e−6."""
    if number == 0:
        return "0"
    digits, _, exponent = f"{number:.1e}".partition("e")
    return f"{digits}e{int(exponent):+d}".replace("-", "−")
