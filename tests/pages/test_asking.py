"""Tasks are named in strings: each name is a function of the core."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import llm_core
from pages.shared.asking import KINDS, engine_kind

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
        assert found.__module__.startswith("llm_core."), f"{name} is no function of the core"


def test_a_wrong_engine_is_said_in_a_sentence(monkeypatch):
    for kind in KINDS:
        monkeypatch.setenv("ATTENTION_ENGINE", kind)
        assert engine_kind() == kind
    monkeypatch.setenv("ATTENTION_ENGINE", "cloud")
    with pytest.raises(
        llm_core.SettingError, match="Expected one of local, inline, ray as ATTENTION_ENGINE, got “cloud”"
    ):
        engine_kind()
    monkeypatch.setenv("ATTENTION_ENGINE", "")
    assert engine_kind() == "local"


def test_a_server_with_a_wrong_engine_does_not_start():
    environment = {**os.environ, "ATTENTION_ENGINE": "cloud"}
    command = [sys.executable, "app.py", "--server.port", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Expected one of local, inline, ray")
