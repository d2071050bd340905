"""Whether models fit on a graphics card, as far as that can be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from llm_core.scale.published import Card
from llm_core.scale.sizes import Dimensions, cache_bytes, weight_bytes


@dataclass(frozen=True)
class Fitting:
    """How many models a card holds with their weights, keys and values.

    Attributes:
        fit: Models that surely fit.
        too_large: Models that surely do not.
        unknown: Models whose keys and values are not known, and whose weights alone would fit.
    """

    fit: int
    too_large: int
    unknown: int

    @property
    def models(self) -> int:
        """How many were asked about."""
        return self.fit + self.too_large + self.unknown


def fitting(sizes: Iterable[Dimensions], card: Card, tokens: int, bits: int) -> Fitting:
    """Hold models against a card; those of unknown parameters are left out.

    Args:
        sizes: Which models.
        card: Which card.
        tokens: Length of the text.
        bits: Bits a number, of weights and of keys and values.
    """
    fit = too_large = unknown = 0
    for size in sizes:
        if size.parameters is None:
            continue
        weights, cache = weight_bytes(size.parameters, bits), cache_bytes(size, tokens, bits)
        if weights + (cache or 0) > card.memory.value:
            too_large += 1
        elif cache is None:
            unknown += 1
        else:
            fit += 1
    return Fitting(fit, too_large, unknown)


def cards_needed(nbytes: int, card: Card) -> int:
    """How many cards hold so many bytes, at least one."""
    return max(1, -(-nbytes // card.memory.value))
