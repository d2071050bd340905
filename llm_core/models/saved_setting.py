"""A setting that a model's own files bring along; what becomes of it says :mod:`llm_core.models.saved_settings`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SavedSetting:
    """A setting that a model's files bring along.

    Attributes:
        name: Its name in the library.
        value: What the files say, as text.
        applied: True if it changes scores and is applied; False if it is set aside, and the visitor's own rules.
    """

    name: str
    value: str
    applied: bool
