"""Every packet that is recorded for the frontend's unit tests.

Each module of this folder names some in ``PACKETS``: functions without arguments that build a packet by the code of
the page, from traces whose numbers are given by hand, so that every machine makes the same bytes.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import tests.recorded as package

FOLDER = Path(__file__).parents[2] / "frontend" / "recorded"


def recorded() -> dict[str, bytes]:
    """The packets by name, built now."""
    found = {one.name for one in pkgutil.iter_modules(package.__path__)}
    names = sorted(found - {"packets", "__main__"})
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return {name: build() for module in modules for name, build in module.PACKETS.items()}
