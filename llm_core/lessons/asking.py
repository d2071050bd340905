"""A question of a lesson put to what a model did: its options, the right one, and what to say to each choice."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from llm_core.errors import LlmCoreError, NotAskableError
from llm_core.heads.captions import listed
from llm_core.heads.guidance import guidance
from llm_core.lessons.answer import Answer
from llm_core.lessons.evidence import Evidence, place_of
from llm_core.lessons.facts import general_facts
from llm_core.lessons.kinds import Asked
from llm_core.lessons.markup import filled_in
from llm_core.lessons.pictures import PLACE
from llm_core.lessons.records import Question
from llm_core.lessons.registry import kinds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Put:
    """A question as it is asked of one model and text.

    Attributes:
        question: The question, with the markup of lessons.
        answer: The options.
        facts: What may stand in its texts: the model's and those of the answer, by name.
    """

    question: Question
    answer: Answer
    facts: Mapping[str, str]

    @property
    def ask(self) -> str:
        """The question, its facts filled in."""
        return filled_in(self.question.ask, self.facts)

    @property
    def explain(self) -> str:
        """What to say after any choice, its facts filled in."""
        return filled_in(self.question.explain, self.facts)

    def verdict(self, chosen: int) -> str:
        """What the data say of a choice and, if it is wrong, of the right one; the file's explanation comes after it.

        Args:
            chosen: Place of the chosen option, from 0.
        """
        option, right = self.answer.options[chosen], self.answer.options[self.answer.right]
        said = [] if option.is_right else [option.because, f"The answer is: {right.label}."]
        return " ".join(part for part in (*said, right.because, self.answer.note) if part)


def put(question: Question, evidence: Evidence) -> Put:
    """Compute a question's options and its one right answer.

    Raises:
        NotAskableError: The question is not for this model, or has no one answer for this text.
    """
    family = evidence.trace.family
    if question.families and family not in question.families:
        raise NotAskableError(
            f"This question is for {listed(question.families)} models, and this one is of the family {family}."
        )
    try:
        answer = kinds()[question.kind].compute(evidence, Asked(question.arguments, question.labels))
    except NotAskableError:
        raise
    except LlmCoreError as error:
        raise NotAskableError(str(error)) from error
    return Put(question, replace(answer, note=_note(evidence, question, answer)), _facts(evidence, answer))


def put_all(questions: Sequence[Question], evidence: Evidence) -> tuple[Put | str, ...]:
    """Each question of a lesson with its answer, or why it cannot be asked."""
    return tuple(_put_or_why(question, evidence) for question in questions)


def _put_or_why(question: Question, evidence: Evidence) -> Put | str:
    try:
        return put(question, evidence)
    except NotAskableError as error:
        return str(error)
    except Exception:
        logger.exception("The answer %s failed with %s", question.kind, evidence.trace.model_name)
        return "Its answer could not be worked out for this model and text. Choose others."


def _facts(evidence: Evidence, answer: Answer) -> Mapping[str, str]:
    return {**general_facts(evidence), **answer.facts}


def _note(evidence: Evidence, question: Question, answer: Answer) -> str:
    """What an answer says of itself or, if it is about one head that training guided, what is said of such a head."""
    if answer.note or set(PLACE) - set(kinds()[question.kind].arguments):
        return answer.note
    place = place_of(evidence, question.arguments)
    return " ".join(map(str, guidance(evidence.trace, place.stack, place.layer, [place.head], place.query)))
