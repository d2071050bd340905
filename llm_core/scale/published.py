"""Figures that others have published of their models, each with its source."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from llm_core.scale.attention_shape import AttentionShape, Latent
from llm_core.scale.parameter_formula import Design, Experts, Widths, matrix_parameters, parameter_count
from llm_core.scale.sizes import Dimensions
from llm_core.shapes import Family, Stack

FIGURES = (
    *("parameters", "active_parameters", "context", "vocabulary", "layers", "decoder_layers", "d_model"),
    *("d_feed_forward", "heads", "key_value_heads", "d_head", "d_value", "positions"),
    *("latent_key_value", "latent_query", "rotary", "window", "windowed_layers"),
    *("experts", "experts_used", "experts_shared", "expert_layers", "d_expert"),
)
"""What may be published of a model; what is left out has not been, or is not listed (see ``in_part``)."""

_SHAPE = ("layers", "d_model", "heads", "vocabulary")
_EXPERTS = ("experts", "experts_used", "expert_layers", "d_expert")


@dataclass(frozen=True)
class Source:
    """Where a figure was published.

    Attributes:
        title: Of the paper, page or file.
        url: Its address; for a file of this project its path from the project's folder.
        date: When it was published or, if it tells no date, read.
        read: True if ``date`` is when it was read.
    """

    title: str
    url: str
    date: datetime.date
    read: bool = False


@dataclass(frozen=True)
class Figure:
    """A published number.

    Attributes:
        value: The number.
        source: Where it was published.
        where: Table or section, or how it follows from what is told there.
    """

    value: int
    source: Source
    where: str = ""


@dataclass(frozen=True)
class Card:
    """A graphics card of a data centre, to hold sizes against.

    Attributes:
        name: What it is called.
        memory: Bytes that it holds, with the source and the date of that figure.
    """

    name: str
    memory: Figure


@dataclass(frozen=True)
class PublishedModel:
    """A model as its makers describe it.

    Attributes:
        name: What it is called; a catalog model's name is that of the catalog.
        maker: Who made it.
        about: What has to be known beside the figures; may be empty.
        named: The names by which an introduction to language models calls it.
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``; None if not published.
        design: Whose formula counts its parameters; None if the shape is not published.
        tied: The output head is the token table.
        gated: The feed-forward network has a third matrix.
        head: What stands on top of a BERT.
        in_part: More has been published than is listed.
        figures: By name, see :data:`FIGURES`.
    """

    name: str
    maker: str
    about: str
    named: tuple[str, ...]
    family: Family | None
    design: Design | None
    tied: bool
    gated: bool
    head: Literal["pooler", "masked"]
    in_part: bool
    figures: Mapping[str, Figure]

    def value(self, figure: str) -> int | None:
        """A figure's number, or None if it is not published."""
        return self.figures[figure].value if figure in self.figures else None

    @property
    def experts(self) -> Experts | None:
        """Its mixture of experts; None without one, or if its shape is not published."""
        if not all(name in self.figures for name in _EXPERTS):
            return None
        layers, count, used, d_expert = (
            self.figures[name].value for name in ("expert_layers", "experts", "experts_used", "d_expert")
        )
        return Experts(layers, count, used, self.value("experts_shared") or 0, d_expert)

    @property
    def widths(self) -> Widths | None:
        """The sizes that decide its number of parameters; None if they are not published."""
        experts = self.experts
        if self.family is None or not all(name in self.figures for name in _SHAPE):
            return None
        layers = self.figures["layers"].value
        everywhere = experts is not None and experts.layers == layers
        if "d_feed_forward" not in self.figures and not everywhere:
            return None
        below = self.value("decoder_layers") or layers
        counts: dict[Stack, int] = {
            "encoder": {"encoder": layers},
            "decoder": {"decoder": layers},
            "encoder-decoder": {"encoder": layers, "decoder": below, "cross": below},
        }[self.family]  # type: ignore[assignment]
        return Widths(
            d_model=self.figures["d_model"].value,
            d_feed_forward=self.value("d_feed_forward") or 0,
            vocabulary=self.figures["vocabulary"].value,
            positions=self.value("positions") or self.value("context") or 0,
            attention={stack: self._attention(count) for stack, count in counts.items()},
            tied=self.tied,
            gated=self.gated,
            head=self.head,
            experts=experts,
        )

    def _attention(self, layers: int) -> AttentionShape:
        heads = self.figures["heads"].value
        kept, rotary = self.value("latent_key_value"), self.value("rotary")
        return AttentionShape(
            layers=layers,
            heads=heads,
            key_value_heads=self.value("key_value_heads") or heads,
            d_head=self.value("d_head") or self.figures["d_model"].value // heads,
            d_value=self.value("d_value"),
            latent=None if kept is None or rotary is None else Latent(kept, rotary, self.value("latent_query")),
            window=self.value("window"),
            windowed_layers=self.value("windowed_layers") or 0,
        )

    @property
    def counted(self) -> int | None:
        """Parameters that follow from the published shape, to hold against the published number."""
        return self._count(active=False)

    @property
    def active_counted(self) -> int | None:
        """Those that one token uses, counted the same way."""
        return self._count(active=True)

    def _count(self, *, active: bool) -> int | None:
        widths = self.widths
        return None if widths is None or self.design is None else parameter_count(self.design, widths, active=active)

    @property
    def dimensions(self) -> Dimensions:
        """What is known of its size."""
        widths = self.widths
        parameters = self.value("parameters")
        all_used = widths is not None and widths.experts is None
        return Dimensions(
            family=self.family,
            parameters=parameters,
            active_parameters=parameters if all_used else self.value("active_parameters") or self.active_counted,
            matrix_parameters=matrix_parameters(widths, active=True) if widths else None,
            context=self.value("context"),
            vocabulary=self.value("vocabulary"),
            attention=widths.attention if widths else {},
            d_model=self.value("d_model"),
        )
