"""What a comparison needs to know of a model beyond the trace: parameters, measures, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from llm_core.comparison.outcomes import Blank, Candidate, Outcome, outcome
from llm_core.comparison.words import Span
from llm_core.measures.geometry import Geometry, geometry
from llm_core.measures.parameters import ParameterBlocks, parameter_blocks
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True)
class ModelProfile:
    """A model's own numbers, without the model.

    Attributes:
        parameters: What its parameters are spent on.
        geometry: Its measures.
        outcome: What comes out for the text of the trace it was made with.
        kept: Numbers that it keeps of a token while it writes, by stack (see
            :func:`llm_core.measures.kept.kept_numbers`); None if that is not known.
    """

    parameters: ParameterBlocks
    geometry: Geometry
    outcome: Outcome
    kept: Mapping[Stack, int] | None = None


def model_profile(model: LoadedModel, trace: Trace, hidden: Span | None = None) -> ModelProfile:
    """Describe a model and what comes out of it for a text.

    Args:
        model: The model that made the trace.
        trace: What it did with the text.
        hidden: Where the word stands that is hidden; None for :func:`llm_core.comparison.outcomes.word_to_hide`.
    """
    from llm_core.measures.kept import kept_numbers

    return ModelProfile(
        parameter_blocks(model.model), geometry(model, trace), outcome(model, trace, hidden), kept_numbers(model)
    )


def as_fields(profile: ModelProfile) -> dict[str, Any]:
    """A profile as plain values that JSON can hold."""
    return asdict(profile)


def from_fields(fields: Mapping[str, Any]) -> ModelProfile:
    """A profile from what :func:`as_fields` gave."""
    told = fields["outcome"]
    blank = told["blank"]
    return ModelProfile(
        ParameterBlocks(**fields["parameters"]),
        Geometry(**fields["geometry"]),
        Outcome(
            told["family"],
            blank=None if blank is None else Blank(**{**blank, "candidates": _candidates(blank["candidates"])}),
            following=_candidates(told["following"]),
            written=_candidates(told["written"]),
            passes=told["passes"],
        ),
        fields.get("kept"),
    )


def _candidates(fields: list[dict[str, Any]]) -> tuple[Candidate, ...]:
    return tuple(Candidate(Token(**field["token"]), field["probability"]) for field in fields)
