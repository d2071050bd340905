"""Lesson files read and checked: what is wrong with one is told with its file, its line and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from llm_core.errors import BrokenDataError
from llm_core.lessons.facts import GENERAL
from llm_core.lessons.kinds import Argument
from llm_core.lessons.markup import fault_in
from llm_core.lessons.pictures import PAGES, PICTURES
from llm_core.lessons.records import Action, Lesson, Picture, Question
from llm_core.lessons.registry import kinds
from llm_core.lessons.toml_lines import TomlLines
from llm_core.shapes import Family

FOLDER = Path(__file__).parent / "data"
FEWEST_QUESTIONS = 2

_FILE = re.compile(r"(\d{1,3})-[a-z0-9-]+\.toml")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Shelf:
    """Every lesson of a folder.

    Attributes:
        lessons: Those that can be read, in order.
        broken: What is wrong with each of the others, as a sentence with file and line.
    """

    lessons: tuple[Lesson, ...]
    broken: tuple[str, ...]


@cache
def lessons() -> Shelf:
    """The lessons that come with the app."""
    return read_folder(FOLDER)


def read_folder(folder: Path) -> Shelf:
    """Read every ``.toml`` file of a folder, in the order of the numbers that their names begin with."""
    read: dict[str, Lesson] = {}
    broken = []
    for path in sorted(folder.glob("*.toml")):
        try:
            lesson = read_lesson(path)
            for other in read.values():
                if lesson.name == other.name:
                    raise _at(path.name, 1, f"expected a name of its own, got {lesson.name!r} like {other.file}")
                if lesson.number == other.number:
                    raise _at(path.name, 1, f"expected a number of its own, got {lesson.number} like {other.file}")
        except BrokenDataError as error:
            broken.append(str(error))
        else:
            read[path.name] = lesson
    return Shelf(tuple(sorted(read.values(), key=lambda lesson: lesson.number)), tuple(broken))


def read_lesson(path: Path) -> Lesson:
    """Read one lesson.

    Raises:
        BrokenDataError: Something in the file is not as it has to be; the message names file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise _at(path.name, 1, f"expected a file that can be read, got {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise _at(path.name, line, "expected text in UTF-8, got other bytes") from error
    return parse_lesson(path.name, text)


def parse_lesson(file: str, text: str) -> Lesson:
    """Read one lesson from its text.

    Args:
        file: The file's name, such as ``01-tokens.toml``: its number is the lesson's.
        text: What it says.

    Raises:
        BrokenDataError: See :func:`read_lesson`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else max(1, text.count("\n") + (not text.endswith("\n")))
        raise _at(file, line, f"expected TOML, got something else ({error})") from error
    numbered = _FILE.fullmatch(file)
    if numbered is None:
        raise _at(file, 1, "expected a file name like 01-tokens.toml, got another; rename the file")
    return _Reader(file, text, data).lesson(int(numbered[1]))


class _Reader:
    """Takes a file's values one by one, each checked where it is taken."""

    def __init__(self, file: str, text: str, data: dict[str, Any]) -> None:
        self._file, self._data, self._lines = file, data, TomlLines(text)

    def lesson(self, number: int) -> Lesson:
        self._only(self._data, (), ("name", "title", "text", "picture", "action", "question"))
        name = self._text(self._data, (), "name")
        if not _NAME.fullmatch(name):
            raise self._broken(("name",), f"expected a name of small letters, digits and hyphens, got {name!r}")
        return Lesson(
            number=number,
            name=name,
            title=self._marked(self._data, (), "title", ()),
            file=self._file,
            text=self._marked(self._data, (), "text", GENERAL).strip(),
            picture=self._picture(),
            action=self._action(),
            questions=self._questions(),
        )

    def _picture(self) -> Picture:
        table = self._table(self._data, (), "picture")
        self._only(table, ("picture",), ("kind", *dict.fromkeys(name for some in PICTURES.values() for name in some)))
        kind = self._one_of(table, ("picture",), "kind", tuple(PICTURES))
        return Picture(kind, self._arguments(table, ("picture",), PICTURES[kind], ("kind",)))

    def _action(self) -> Action:
        table, where = self._table(self._data, (), "action"), ("action",)
        self._only(table, where, ("do", "page", "link", "show", "also_page", "also_link"))
        show = table.get("show", {})
        if not isinstance(show, dict) or not all(isinstance(value, str | int) for value in show.values()):
            raise self._broken((*where, "show"), f'expected {{ parameter = "value" }}, got {show!r}')
        return Action(
            do=self._marked(table, where, "do", GENERAL).strip(),
            page=self._one_of(table, where, "page", PAGES),
            label=self._text(table, where, "link"),
            show={name: str(value) for name, value in show.items()},
            also=self._also(table, where),
        )

    def _also(self, table: dict[str, Any], where: tuple[str | int, ...]) -> tuple[str, str] | None:
        if "also_page" not in table and "also_link" not in table:
            return None
        return self._one_of(table, where, "also_page", PAGES), self._text(table, where, "also_link")

    def _questions(self) -> tuple[Question, ...]:
        told = self._data.get("question", [])
        if not isinstance(told, list) or len(told) < FEWEST_QUESTIONS:
            got = len(told) if isinstance(told, list) else repr(told)
            raise self._broken(("question",), f"expected at least {FEWEST_QUESTIONS} [[question]], got {got}")
        return tuple(self._question(table, ("question", place)) for place, table in enumerate(told))

    def _question(self, table: Any, where: tuple[str | int, ...]) -> Question:
        if not isinstance(table, dict):
            raise self._broken(where, f"expected [[question]] with keys below it, got {table!r}")
        own = ("ask", "answer", "explain", "labels", "families")
        self._only(table, where, (*own, *dict.fromkeys(name for one in kinds().values() for name in one.arguments)))
        kind = kinds()[self._one_of(table, where, "answer", tuple(kinds()))]
        facts = (*GENERAL, *kind.facts)
        arguments = self._arguments(table, where, kind.arguments, own)
        return Question(
            ask=self._marked(table, where, "ask", facts).strip(),
            kind=kind.name,
            arguments=arguments,
            labels=self._labels(table, where, kind.outcomes),
            explain=self._marked(table, where, "explain", facts).strip(),
            families=self._families(table, where),
        )

    def _labels(self, table: dict[str, Any], where: tuple[str | int, ...], outcomes: tuple[str, ...]) -> dict[str, str]:
        path = (*where, "labels")
        told = table.get("labels", {})
        if not outcomes:
            if told:
                raise self._broken(path, f"expected no labels, since {table['answer']} finds its own, got {told!r}")
            return {}
        if not isinstance(told, dict):
            raise self._broken(path, f'expected labels = {{ {outcomes[0]} = "..." }}, got {told!r}')
        missing, unknown = (
            [name for name in outcomes if name not in told],
            [name for name in told if name not in outcomes],
        )
        if missing or unknown:
            at = (*path, unknown[0]) if unknown else path
            got = f"one for {unknown[0]!r}" if unknown else f"none for {missing[0]!r}"
            raise self._broken(at, f"expected a label for each of {', '.join(outcomes)}, got {got}")
        for name in told:
            self._marked(told, path, name, GENERAL)
        words = [str(told[name]).strip().casefold() for name in told]
        for place, (name, word) in enumerate(zip(told, words, strict=True)):
            if word in words[:place]:
                raise self._broken(
                    (*path, name), f"expected labels that differ, so that one answer is right, got {told[name]!r} twice"
                )
        return {name: told[name].strip() for name in told}

    def _families(self, table: dict[str, Any], where: tuple[str | int, ...]) -> tuple[Family, ...]:
        told = table.get("families", [])
        known = get_args(Family)
        if not isinstance(told, list) or any(name not in known for name in told):
            raise self._broken((*where, "families"), f"expected a list of {', '.join(known)}, got {told!r}")
        return tuple(told)

    def _arguments(
        self, table: dict[str, Any], where: tuple[str | int, ...], known: Mapping[str, Argument], own: tuple[str, ...]
    ) -> dict[str, Any]:
        self._only(table, where, (*own, *known))
        for name, argument in known.items():
            if name in table and not argument.takes(table[name]):
                raise self._broken((*where, name), f"expected {name} to be {argument.expected}, got {table[name]!r}")
        return {name: table.get(name, argument.default) for name, argument in known.items()}

    def _only(self, table: dict[str, Any], where: tuple[str | int, ...], known: Collection[str]) -> None:
        for name in table:
            if name not in known:
                raise self._broken((*where, name), f"expected only the keys {', '.join(known)}, got {name!r}")

    def _table(self, table: dict[str, Any], where: tuple[str | int, ...], key: str) -> dict[str, Any]:
        if not isinstance(table.get(key), dict):
            raise self._broken((*where, key), f"expected [{key}] with keys below it, got {table.get(key, 'none')!r}")
        return dict(table[key])

    def _text(self, table: dict[str, Any], where: tuple[str | int, ...], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            got = "none" if key not in table else repr(value)
            raise self._broken((*where, key), f'expected {key} = "some text", got {got}')
        return value

    def _one_of(self, table: dict[str, Any], where: tuple[str | int, ...], key: str, known: tuple[str, ...]) -> str:
        value = self._text(table, where, key)
        if value not in known:
            raise self._broken((*where, key), f"expected {key} to be one of {', '.join(known)}, got {value!r}")
        return value

    def _marked(self, table: dict[str, Any], where: tuple[str | int, ...], key: str, facts: Collection[str]) -> str:
        value = self._text(table, where, key)
        fault = fault_in(value, facts)
        if fault is not None:
            raise _at(self._file, self._lines.within((*where, key), value, fault.offset), fault.what)
        return value

    def _broken(self, path: tuple[str | int, ...], what: str) -> BrokenDataError:
        return _at(self._file, self._lines.of(*path), what)


def _at(file: str, line: int, what: str) -> BrokenDataError:
    return BrokenDataError(f"{file}, line {line}: {what}. Mend that line; the other lessons are not affected.")
