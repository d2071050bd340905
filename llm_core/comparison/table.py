"""Several models, or texts, side by side: what a side is, and what a row of their table of differences says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llm_core.comparison.model_profile import ModelProfile
from llm_core.comparison.survey import Survey, survey
from llm_core.heads.captions import listed
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack


@dataclass(frozen=True, eq=False)
class Side:
    """One model with one text.

    Attributes:
        name: What it is called in sentences.
        trace: What it did with the text.
        surveys: What its heads do, by stack.
        profile: Parameters, measures, and what comes out.
    """

    name: str
    trace: Trace
    surveys: Mapping[Stack, Survey]
    profile: ModelProfile

    @property
    def nbytes(self) -> int:
        """Bytes of the trace and of what was read off it."""
        return self.trace.nbytes + sum(found.overview.nbytes for found in self.surveys.values())

    @property
    def own_stack(self) -> Stack:
        """The stack that reads the text: the decoder of a decoder, otherwise the encoder."""
        return self.trace.stacks[0]

    def looks_ahead(self, stack: Stack) -> bool:
        """True if the mask of any layer lets a token look at later ones of its own sequence."""
        return stack != "cross" and any(self.trace.mask(stack, layer).looks_ahead for layer in self.trace.layers(stack))


def side(name: str, trace: Trace, profile: ModelProfile, *, progress: ProgressCallback = ignore_progress) -> Side:
    """A side of a comparison, with the attention of every stack surveyed.

    Args:
        name: What to call it in sentences.
        trace: What a model did with a text.
        profile: That model's own numbers.
        progress: Told after each layer that was read. What it raises stops the work.
    """
    share = 1 / len(trace.stacks)
    surveys = {
        stack: survey(trace, stack, progress=within(progress, share * place, share * (place + 1)))
        for place, stack in enumerate(trace.stacks)
    }
    return Side(name, trace, surveys, profile)


@dataclass(frozen=True)
class Difference:
    """One row of the table of differences.

    Attributes:
        name: What is compared, a few words.
        values: One for each side, as it is to be shown.
        sentence: What follows from it.
    """

    name: str
    values: tuple[str, ...]
    sentence: str


def with_verb(names: Sequence[str], one: str, several: str) -> str:
    """Names as a list with the verb that goes with their number."""
    return f"{listed(names)} {one if len(names) == 1 else several}"
