"""Large numbers as people say them."""

from __future__ import annotations

_STEPS = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def in_bytes(count: float) -> str:
    """Bytes in decimal units, three digits: ``350 GB``."""
    return _scaled(count, _STEPS) + "B" if count >= 1000 else f"{count:,.0f} B"


def in_parameters(count: float) -> str:
    """A count with M or B (thousand millions), three digits: ``175 B``."""
    return _scaled(count, ((1e9, "B"), (1e6, "M"), (1e3, "k"))) if count >= 1000 else f"{count:,.0f}"


def in_words(count: float) -> str:
    """A count with its thousands in words, three digits, for what must not be taken for bytes: ``350 billion``."""
    words = ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
    return _scaled(count, words) if count >= 1000 else f"{count:,.0f}"


def in_seconds(count: float) -> str:
    """A time, three digits: ``12.5 ms``."""
    return f"{_digits(count * 1000)} ms" if count < 1 else f"{_digits(count)} s"


def times(ratio: float) -> str:
    """A ratio in words: ``1,300 times``."""
    return f"{_digits(ratio)} times"


def _scaled(count: float, steps: tuple[tuple[float, str], ...]) -> str:
    for size, unit in steps:
        # What would be rounded up to a thousand belongs to the next unit.
        if count >= 0.9995 * size:
            return f"{_digits(count / size)} {unit}"
    return f"{count:,.0f} "


def _digits(number: float) -> str:
    if number >= 99.95:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.3g}" if number >= 0.01 or number == 0 else f"{number:.2g}"
