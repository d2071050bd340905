"""Tasks are named in strings: each name is a function of the core."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tasks_named():
    """(file, name) of every ``task("module:name", ...)`` in the app."""
    for file in [*(ROOT / "pages").rglob("*.py"), *(ROOT / "llm_core" / "engine").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"task", "Task"} and node.args):
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant) and name.value:
                yield file, name.value
            else:
                assert file.parent.name == "engine", f"{file} names a task in another way than by a string"


def test_every_task_that_is_named_is_a_function_of_the_core():
    named = list(tasks_named())
    assert len(named) > 5
    for file, name in named:
        module, _, path = name.partition(":")
        found = importlib.import_module(f"llm_core.{module}")
        for attribute in path.split("."):
            found = getattr(found, attribute, None)
        assert callable(found), f"{file} asks for {name}, which there is not"
