"""What each family is trained to do, as an example made of the text itself."""

from __future__ import annotations

from dataclasses import dataclass

from llm_core.comparison.outcomes import word_to_hide
from llm_core.comparison.words import Span, words_of
from llm_core.shapes import Family

BLANK = "____"


@dataclass(frozen=True)
class TrainingExample:
    """What a model is given in training, and what it should answer.

    Attributes:
        given: What it reads.
        answer: What it is to say.
    """

    given: str
    answer: str


@dataclass(frozen=True)
class Objective:
    """A training objective.

    Attributes:
        name: The field's name for it.
        sentence: What it asks for, in one line.
        source: Where it was described.
        examples: Made of the text; empty if it is too short for one.
    """

    name: str
    sentence: str
    source: str
    examples: tuple[TrainingExample, ...]


def objective(family: Family, text: str, *, hidden: Span | None = None, target: str = "") -> Objective:
    """The objective of a family with examples made of a text.

    Args:
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        text: The text.
        hidden: The word to hide from an encoder; None for :func:`llm_core.comparison.outcomes.word_to_hide`.
        target: What the decoder of an encoder-decoder reads or writes.
    """
    words = words_of(text)
    if family == "encoder":
        hidden = hidden or word_to_hide(text)
        examples = [] if hidden is None else [_with_blank(text, hidden)]
        return Objective(
            "Masked word",
            "Guess the hidden word from both of its sides.",
            "Devlin et al. 2019, BERT, section 3.1",
            tuple(examples),
        )
    if family == "decoder":
        return Objective(
            "Next word",
            "Guess the next word from the words before it, again and again.",
            "Radford et al. 2018, Improving language understanding, section 3.1",
            tuple(
                TrainingExample(text[: word[0]].rstrip(), text[slice(*word)]) for word in _spread(words) if word[0] > 0
            ),
        )
    return Objective(
        "Source to target",
        "Read one text whole, then write another, word by word.",
        "Sutskever et al. 2014; Raffel et al. 2020, T5, section 2",
        (TrainingExample(text, target),) if target else (),
    )


def _with_blank(text: str, hidden: Span) -> TrainingExample:
    return TrainingExample(text[: hidden[0]] + BLANK + text[hidden[1] :], text[slice(*hidden)])


def _spread(words: tuple[Span, ...]) -> tuple[Span, ...]:
    """The second word, one in the middle and the last."""
    return tuple(
        dict.fromkeys(words[place] for place in (1, len(words) // 2, len(words) - 1) if 0 < place < len(words))
    )
