"""Every kind of answer that a lesson's file may name."""

from __future__ import annotations

from collections.abc import Mapping

from llm_core.lessons.answers import heads, looking, neurons, output, places, sizes, stream, tokens
from llm_core.lessons.kinds import REGISTERED, Kind

MODULES = (heads, looking, neurons, output, places, sizes, stream, tokens)
"""Where the kinds are defined; a module registers its own when it is imported."""


def kinds() -> Mapping[str, Kind]:
    """Every kind of answer, by name."""
    return REGISTERED
