"""Kinds of answers: small functions that compute an answer, named by lesson files with their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from llm_core.lessons.answer import Answer
from llm_core.lessons.evidence import Evidence

Compute: TypeAlias = Callable[["Evidence", "Asked"], Answer]


@dataclass(frozen=True)
class Argument:
    """Something a lesson's file may say about a question or a picture.

    Attributes:
        default: What holds if the file says nothing.
        words: Words it may be.
        number: True if it may be a whole number from 0.
        fraction: True if it may be any number above 0.
        free: True if it may be any text.
    """

    default: str | int | float | bool
    words: tuple[str, ...] = ()
    number: bool = False
    fraction: bool = False
    free: bool = False

    def takes(self, value: object) -> bool:
        """True if a value from a file will do."""
        if isinstance(value, bool):
            return isinstance(self.default, bool)
        if isinstance(value, int) and self.number:
            return value >= 0
        if isinstance(value, int | float) and self.fraction:
            return value > 0
        return isinstance(value, str) and (value in self.words or (self.free and bool(value.strip())))

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        kinds = ['"' + '", "'.join(self.words) + '"'] if self.words else []
        kinds += ["a whole number from 0"] if self.number else []
        kinds += ["a number above 0"] if self.fraction else []
        kinds += ["a text"] if self.free else []
        kinds += ["true or false"] if isinstance(self.default, bool) else []
        return " or ".join(kinds)


@dataclass(frozen=True)
class Asked:
    """What a question asks of a kind of answer.

    Attributes:
        arguments: Every argument of the kind, by name.
        labels: What each outcome is called, for kinds that have outcomes.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of answer.

    Attributes:
        name: What lesson files call it.
        about: What it computes, in a sentence.
        arguments: What may be said, by name.
        facts: Names of the facts it finds, for the question and its explanation.
        outcomes: What can come out, if that is a fixed list; the lesson's file has a label for each.
        compute: The function.
    """

    name: str
    about: str
    arguments: Mapping[str, Argument]
    facts: tuple[str, ...]
    outcomes: tuple[str, ...]
    compute: Compute


REGISTERED: dict[str, Kind] = {}
"""What the modules that have been imported define, by name; see :func:`llm_core.lessons.registry.kinds`."""


def answers(
    *,
    arguments: Mapping[str, Argument] | None = None,
    facts: tuple[str, ...] = (),
    outcomes: tuple[str, ...] = (),
) -> Callable[[Compute], Compute]:
    """Register a function as a kind of answer under its own name; its docstring says what it computes."""

    def register(compute: Compute) -> Compute:
        name = compute.__name__
        about = (compute.__doc__ or "").strip().partition("\n")[0]
        REGISTERED[name] = Kind(name, about, arguments or {}, facts, outcomes, compute)
        return compute

    return register
