"""Computed answers: options of which exactly one is right, each with the numbers that speak for or against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from llm_core.errors import NotAskableError

MOST_OPTIONS = 4

NOISE = 5e-4
"""Values that differ by less than this share of the larger one are alike: rounding may have put either first."""


def alike(one: float, other: float) -> bool:
    """True if two values may stand in either order: what lies between them is within :data:`NOISE`."""
    return abs(one - other) <= NOISE * max(abs(one), abs(other))


def beside(value: float, bound: float) -> bool:
    """True if a value lies so near a bound between two outcomes (1 %) that neither is clearly right."""
    return abs(value - bound) <= 0.01 * abs(bound)


@dataclass(frozen=True)
class Option:
    """One of the answers that can be chosen.

    Attributes:
        label: What it says; no other option of the question says the same.
        is_right: True for exactly one of them.
        because: What the data say about this option, as a sentence; may be empty.
    """

    label: str
    is_right: bool
    because: str = ""


@dataclass(frozen=True)
class Answer:
    """The options of a question and what was found on the way.

    Attributes:
        options: At least two, in the order shown.
        facts: What was found, by name, for the question and its explanation.
        note: What has to be said beside the answer, as sentences: of a head that training guided; mostly empty.
    """

    options: tuple[Option, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        labels = [option.label for option in self.options]
        if len(set(labels)) != len(labels) or sum(option.is_right for option in self.options) != 1:
            raise ValueError(f"Expected different options of which one is right, got {self.options!r}.")
        if len(labels) < 2:
            raise ValueError(f"Expected at least two options, got {labels}.")

    @property
    def right(self) -> int:
        """Place of the right option, from 0."""
        return next(place for place, option in enumerate(self.options) if option.is_right)


def number_answer(
    right: float,
    others: Iterable[tuple[float, str]],
    say: Callable[[float], str],
    *,
    because: str,
    facts: Mapping[str, str] | None = None,
) -> Answer:
    """An answer that is a number, between others that are taken for it easily.

    Args:
        right: The right number.
        others: Wrong numbers with what each of them really is, the most tempting first. Those that would be
            written like the right one, or like one before, are left out.
        say: Writes a number.
        because: What the data say about the right one.
        facts: See :class:`Answer`.
    """
    options = {say(right): (right, Option(say(right), True, because))}
    for number, what in others:
        if len(options) < MOST_OPTIONS and number >= 0 and say(number) not in options:
            options[say(number)] = (number, Option(say(number), False, what))
    if len(options) < 2:
        raise NotAskableError(f"Every number that could be taken for {say(right)} is the same here.")
    ordered = sorted(options.values(), key=lambda pair: pair[0])
    return Answer(tuple(option for _, option in ordered), facts or {})


def ranked_answer(
    labels: Sequence[str],
    values: Sequence[float],
    say: Callable[[float], str],
    *,
    sentence: Callable[[str, str], str],
    what: str,
    rivals: Sequence[int] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Answer:
    """An answer that is the one with the highest value.

    Args:
        labels: What can be chosen; those of the options shown must differ.
        values: A value for each; the highest is right.
        say: Writes a value; what is written the same, or is within :data:`NOISE`, is a tie.
        sentence: Says a label and its written value.
        what: What they are, in the plural, for the sentence that there is a tie.
        rivals: Places of the wrong options, the most tempting first; None for those that come next in value.
        facts: See :class:`Answer`.

    Raises:
        NotAskableError: There is nothing to choose between, or the first two are alike.
    """
    order = sorted(range(len(labels)), key=lambda place: -values[place])
    if len(order) < 2:
        raise NotAskableError(f"There are not two {what} to choose between.")
    best = order[0]
    if say(values[best]) == say(values[order[1]]) or alike(values[best], values[order[1]]):
        raise NotAskableError(
            f"Two {what} share the first place with {say(values[best])}: {labels[best]} and {labels[order[1]]}."
        )
    chosen = [best]
    for place in rivals if rivals is not None else order[1:]:
        if len(chosen) < MOST_OPTIONS and place not in chosen and labels[place] not in {labels[one] for one in chosen}:
            chosen.append(place)
    if len(chosen) < 2:
        raise NotAskableError(f"There are not two {what} to choose between.")
    options = tuple(
        Option(labels[place], place == best, sentence(labels[place], say(values[place]))) for place in sorted(chosen)
    )
    return Answer(options, facts or {})


def outcome_answer(
    outcome: str, labels: Mapping[str, str], *, because: str, facts: Mapping[str, str] | None = None
) -> Answer:
    """An answer that is one of some outcomes, which the lesson's file puts into words.

    Args:
        outcome: Which of them it is.
        labels: Words for each outcome.
        because: What the data say.
        facts: See :class:`Answer`.
    """
    return Answer(
        tuple(Option(label, name == outcome, because if name == outcome else "") for name, label in labels.items()),
        facts or {},
    )
