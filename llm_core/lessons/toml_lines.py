"""Where in a TOML file things stand, since the standard library's reader does not keep lines."""

from __future__ import annotations

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and the number of a table in an array of tables."""

_TABLE = re.compile(r"\s*\[\s*([\w.-]+)\s*\]\s*(#.*)?$")
_TABLE_OF_ARRAY = re.compile(r"\s*\[\[\s*([\w.-]+)\s*\]\]\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=\s*(.*)$""")
_LONG = ('"""', "'''")


class TomlLines:
    """Finds the line of a table, of a key, or of a place within a text that goes over several lines.

    Args:
        text: The file, as TOML that has been read without an error.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._texts: dict[Path, int] = {}
        table: Path = ()
        counted: dict[str, int] = {}
        quotes = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if quotes:
                quotes = "" if quotes in line else quotes
                continue
            if header := _TABLE_OF_ARRAY.match(line):
                counted[header[1]] = counted.get(header[1], -1) + 1
                table = (header[1], counted[header[1]])
                self._lines[table] = number
                self._lines.setdefault(table[:1], number)
            elif header := _TABLE.match(line):
                table = tuple(header[1].split("."))
                if table[0] in counted:
                    table = (table[0], counted[str(table[0])], *table[1:])
                self._lines[table] = number
            elif key := _KEY.match(line):
                path = (*table, key[1] or key[2] or key[3])
                self._lines[path] = number
                quotes = self._begin_of_text(path, number, key[4])

    def _begin_of_text(self, path: Path, number: int, value: str) -> str:
        """Note where a value's text begins; gives the quotes that it ends with if that is on a later line."""
        for mark in _LONG:
            if value.startswith(mark):
                rest = value[len(mark) :]
                # A line break right after the opening quotes is not part of the text.
                self._texts[path] = number + 1 if not rest else number
                return "" if mark in rest else mark
        self._texts[path] = number
        return ""

    def of(self, *path: str | int) -> int:
        """The line of a table or key, from 1; that of the nearest table around it if it is not written in the file."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def within(self, path: Path, text: str, offset: int) -> int:
        """The line of a character of a key's text, from 1.

        Args:
            path: The way to the key.
            text: The key's text as it was read.
            offset: The character's place in it.
        """
        if path not in self._texts:
            return self.of(*path)
        return self._texts[path] + text.count("\n", 0, offset)
