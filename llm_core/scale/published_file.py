"""Reading the files of published figures, with the line of whatever is wrong in one."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from llm_core.errors import BrokenDataError
from llm_core.scale.parameter_formula import DESIGNS
from llm_core.scale.published import FIGURES, Card, Figure, PublishedModel, Source
from llm_core.shapes import Family

DATA = Path(__file__).parent / "data"
FILES = ("models.toml", "open_models.toml")
"""The models of the introduction and of the catalog, then those that came since."""

_WORDS = ("name", "maker", "about", "named", "family", "design", "tied", "gated", "head", "in_part", "source")
_OWN_FILES = ("llm_core/",)


@cache
def published_models() -> tuple[PublishedModel, ...]:
    """The models of the data files, in their order.

    Raises:
        BrokenDataError: A file cannot be read.
    """
    return tuple(model for name in FILES for model in read_published((DATA / name).read_text(encoding="utf-8")))


@cache
def card() -> Card:
    """The graphics card that sizes are held against, of the file ``card.toml``.

    Raises:
        BrokenDataError: The file cannot be read.
    """
    return read_card((DATA / "card.toml").read_text(encoding="utf-8"))


def read_published(text: str) -> tuple[PublishedModel, ...]:
    """Read a file of published figures.

    A figure is ``{ value, source, where }``, or a number alone if its model has a ``source`` for all such figures.

    Raises:
        BrokenDataError: It is no TOML, or a figure lacks its source or date; the line is named.
    """
    data, places = _parsed(text)
    models = data.get("models", [])
    if not isinstance(models, list):
        raise BrokenDataError("The file of published figures needs [sources.NAME] and [[models]], line 1.")
    sources = _sources(data, places)
    return tuple(_model(number, fields, sources, places) for number, fields in enumerate(models))


def read_card(text: str) -> Card:
    """Read the file of the graphics card that sizes are held against.

    Raises:
        BrokenDataError: It is no TOML, or the figure lacks its source or date; the line is named.
    """
    data, places = _parsed(text)
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise _broken(1, f"the card needs a name, got {name!r}")
    return Card(name, _figure("memory", data.get("memory"), _sources(data, places), None, 1))


def _parsed(text: str) -> tuple[dict[str, Any], _Places]:
    try:
        return tomllib.loads(text), _Places(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenDataError(f"The file of published figures is no TOML: {error}. Mend that place.") from error


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


def _sources(data: Mapping[str, Any], places: _Places) -> dict[str, Source]:
    listed = data.get("sources", {})
    if not isinstance(listed, dict):
        raise BrokenDataError("The file of published figures needs [sources.NAME], line 1.")
    return {key: _source(key, fields, places) for key, fields in listed.items()}


def _source(key: str, fields: Any, places: _Places) -> Source:
    for name, kind in (("title", str), ("url", str), ("date", datetime.date)):
        if not isinstance(fields.get(name), kind) or not fields[name]:
            raise _broken(places.source(key, name), f"source {key} needs a {name}, got {fields.get(name)!r}")
    if not fields["url"].startswith(("https://", *_OWN_FILES)):
        raise _broken(
            places.source(key, "url"),
            f"source {key} needs a url with https://, or a file of this project, got {fields['url']!r}",
        )
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
        figures[name] = _figure(name, told, sources, fields.get("source"), places.model(number, name))
    return PublishedModel(
        name=fields["name"],
        maker=fields["maker"],
        about=str(fields.get("about", "")),
        named=tuple(fields.get("named", ())),
        family=fields.get("family"),
        design=fields.get("design"),
        tied=bool(fields.get("tied", True)),
        gated=bool(fields.get("gated", fields.get("design") == "llama")),
        head=fields.get("head", "pooler"),
        in_part=bool(fields.get("in_part", False)),
        figures=figures,
    )


def _figure(name: str, told: Any, sources: Mapping[str, Source], usual: Any, line: int) -> Figure:
    if isinstance(told, int) and usual is not None:
        told = {"value": told, "source": usual}
    if not isinstance(told, dict):
        raise _broken(line, f"{name} needs {{ value, source }}, got {told!r}")
    value, source = told.get("value"), told.get("source", usual)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _broken(line, f"{name} needs a whole number above 0 as its value, got {value!r}")
    if not isinstance(source, str) or source not in sources:
        raise _broken(line, f"{name} needs one of the listed sources, got {source!r}")
    return Figure(value, sources[source], str(told.get("where", "")))


def _broken(line: int, what: str) -> BrokenDataError:
    return BrokenDataError(f"Line {line} of the file of published figures: {what}. Mend that line.")
