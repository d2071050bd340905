"""Figures that others have published of their models, each with its source, read from ``data/models.toml``."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from llm_core.errors import BrokenDataError
from llm_core.scale.parameter_formula import DESIGNS, Design, Widths, matrix_parameters, parameter_count
from llm_core.scale.sizes import AttentionShape, Dimensions
from llm_core.shapes import Family, Stack

DATA = Path(__file__).parent / "data" / "models.toml"

FIGURES = (
    *("parameters", "context", "vocabulary", "layers", "decoder_layers", "d_model", "d_feed_forward"),
    *("heads", "key_value_heads", "d_head", "positions"),
)
"""What may be published of a model; what is left out has not been."""

_SHAPE = ("layers", "d_model", "d_feed_forward", "heads", "vocabulary")
_WORDS = ("name", "maker", "about", "named", "family", "design", "tied", "gated", "head")


@dataclass(frozen=True)
class Source:
    """Where a figure was published.

    Attributes:
        title: Of the paper, page or file.
        url: Its address.
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
    figures: Mapping[str, Figure]

    def value(self, figure: str) -> int | None:
        """A figure's number, or None if it is not published."""
        return self.figures[figure].value if figure in self.figures else None

    @property
    def widths(self) -> Widths | None:
        """The sizes that decide its number of parameters; None if they are not published."""
        if self.family is None or not all(name in self.figures for name in _SHAPE):
            return None
        d_model, heads = self.figures["d_model"].value, self.figures["heads"].value
        shared = self.value("key_value_heads") or heads
        d_head = self.value("d_head") or d_model // heads
        layers = self.figures["layers"].value
        below = self.value("decoder_layers") or layers
        counts: dict[Stack, int] = {
            "encoder": {"encoder": layers},
            "decoder": {"decoder": layers},
            "encoder-decoder": {"encoder": layers, "decoder": below, "cross": below},
        }[self.family]  # type: ignore[assignment]
        return Widths(
            d_model=d_model,
            d_feed_forward=self.figures["d_feed_forward"].value,
            vocabulary=self.figures["vocabulary"].value,
            positions=self.value("positions") or self.value("context") or 0,
            attention={stack: AttentionShape(count, heads, shared, d_head) for stack, count in counts.items()},
            tied=self.tied,
            gated=self.gated,
            head=self.head,
        )

    @property
    def counted(self) -> int | None:
        """Parameters that follow from the published shape, to hold against the published number."""
        widths = self.widths
        return None if widths is None or self.design is None else parameter_count(self.design, widths)

    @property
    def dimensions(self) -> Dimensions:
        """What is known of its size."""
        widths = self.widths
        return Dimensions(
            family=self.family,
            parameters=self.value("parameters"),
            matrix_parameters=matrix_parameters(self.design, widths) if self.design and widths else None,
            context=self.value("context"),
            vocabulary=self.value("vocabulary"),
            attention=widths.attention if widths else {},
            d_model=self.value("d_model"),
        )


@cache
def published_models() -> tuple[PublishedModel, ...]:
    """The models of the data file, in its order.

    Raises:
        BrokenDataError: The file cannot be read.
    """
    return read_published(DATA.read_text(encoding="utf-8"))


def read_published(text: str) -> tuple[PublishedModel, ...]:
    """Read a file of published figures.

    Raises:
        BrokenDataError: It is no TOML, or a figure lacks its source or date; the line is named.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenDataError(f"The file of published figures is no TOML: {error}. Mend that place.") from error
    places = _Places(text)
    listed, models = data.get("sources", {}), data.get("models", [])
    if not isinstance(listed, dict) or not isinstance(models, list):
        raise BrokenDataError("The file of published figures needs [sources.NAME] and [[models]], line 1.")
    sources = {key: _source(key, fields, places) for key, fields in listed.items()}
    return tuple(_model(number, fields, sources, places) for number, fields in enumerate(models))


class _Places:
    """Where in the file things stand, since the TOML reader does not keep lines."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def source(self, key: str, field: str = "") -> int:
        return self._find([n for n, line in enumerate(self._lines) if line.strip() == f"[sources.{key}]"], 0, field)

    def model(self, number: int, field: str = "") -> int:
        return self._find([n for n, line in enumerate(self._lines) if line.strip() == "[[models]]"], number, field)

    def _find(self, headings: list[int], number: int, field: str) -> int:
        start = headings[number] if number < len(headings) else 0
        for line in range(start + 1, len(self._lines)):
            if self._lines[line].startswith("["):
                break
            if field and re.match(rf"{re.escape(field)}\s*=", self._lines[line]):
                return line + 1
        return start + 1


def _source(key: str, fields: Any, places: _Places) -> Source:
    for name, kind in (("title", str), ("url", str), ("date", datetime.date)):
        if not isinstance(fields.get(name), kind) or not fields[name]:
            raise _broken(places.source(key, name), f"source {key} needs a {name}, got {fields.get(name)!r}")
    if not fields["url"].startswith("https://"):
        raise _broken(places.source(key, "url"), f"source {key} needs a url with https://, got {fields['url']!r}")
    return Source(fields["title"], fields["url"], fields["date"], bool(fields.get("read", False)))


def _model(number: int, fields: dict[str, Any], sources: Mapping[str, Source], places: _Places) -> PublishedModel:
    for name in ("name", "maker"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise _broken(places.model(number, name), f"a model needs a {name}, got {fields.get(name)!r}")
    for name, allowed in (("family", get_args(Family)), ("design", DESIGNS), ("head", ("pooler", "masked"))):
        if name in fields and fields[name] not in allowed:
            raise _broken(places.model(number, name), f"{name} is one of {', '.join(allowed)}, got {fields[name]!r}")
    figures = {}
    for name, told in fields.items():
        if name in _WORDS:
            continue
        if name not in FIGURES:
            raise _broken(places.model(number, name), f"{name} is no figure; there are {', '.join(FIGURES)}")
        figures[name] = _figure(name, told, sources, places.model(number, name))
    return PublishedModel(
        name=fields["name"],
        maker=fields["maker"],
        about=str(fields.get("about", "")),
        named=tuple(fields.get("named", ())),
        family=fields.get("family"),
        design=fields.get("design"),
        tied=bool(fields.get("tied", True)),
        gated=bool(fields.get("gated", False)),
        head=fields.get("head", "pooler"),
        figures=figures,
    )


def _figure(name: str, told: Any, sources: Mapping[str, Source], line: int) -> Figure:
    if not isinstance(told, dict):
        raise _broken(line, f"{name} needs {{ value, source }}, got {told!r}")
    value, source = told.get("value"), told.get("source")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _broken(line, f"{name} needs a whole number above 0 as its value, got {value!r}")
    if not isinstance(source, str) or source not in sources:
        raise _broken(line, f"{name} needs one of the listed sources, got {source!r}")
    return Figure(value, sources[source], str(told.get("where", "")))


def _broken(line: int, what: str) -> BrokenDataError:
    return BrokenDataError(f"Line {line} of the file of published figures: {what}. Mend that line.")
