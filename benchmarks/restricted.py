"""Runs a function that a model wrote, in a process of its own that can do next to nothing.

Only the benchmark does this, on a developer's machine; the app never runs what a model writes. The process has no
environment, no site packages, an empty folder, two seconds of processor time, little memory and may write no file.
What the code may import is listed, and hidden names and ways to the system are refused before it runs.
"""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

ALLOWED = ("math", "re", "string", "itertools", "functools", "collections", "statistics", "typing")
REFUSED = ("os", "sys", "modules", "system", "popen", "builtins", "subprocess", "importlib")
"""Names that lead from a module that may be imported to one that may not."""

SECONDS = 2
MEMORY = 1_000_000_000

_RUNNER = """
import builtins, json, sys
given = json.load(sys.stdin)
allowed = set(given["allowed"])
for name in allowed: __import__(name)
real = builtins.__import__
def only(name, *rest):
    if name.split(".")[0] not in allowed: raise ImportError(name)
    return real(name, *rest)
safe = {name: getattr(builtins, name) for name in dir(builtins) if name not in
        ("open", "exec", "eval", "compile", "input", "breakpoint", "help", "exit", "quit", "memoryview", "globals",
         "locals", "vars", "getattr", "setattr", "delattr", "__import__")}
safe["__import__"] = only
safe["print"] = lambda *_, **__: None
space = {"__builtins__": safe, "__name__": "written"}
exec(given["code"], space)
function = space[given["name"]]
print(json.dumps([function(*arguments) for arguments in given["arguments"]]))
"""


def fulfils(code: str, examples: Sequence[dict[str, Any]]) -> bool:
    """True if the first function of a program returns what each example expects; numbers to four decimals.

    Args:
        code: A program that a model wrote.
        examples: Each with ``given``, the arguments, and ``expected``.
    """
    name = _function(code)
    if name is None:
        return False
    asked = {
        "code": code, "name": name, "allowed": ALLOWED, "arguments": [example["given"] for example in examples]
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _RUNNER],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                cwd=folder,
                env={},
                timeout=5 * SECONDS,
                preexec_fn=_limited,
                check=False,
            )
            found = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError):
            return False
    return all(_same(one, example["expected"]) for one, example in zip(found, examples, strict=True))


def _function(code: str) -> str | None:
    """The name of the first function; None where there is none, or where the code reaches for what is hidden."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _hides(node.attr):
            return None
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            return None
        if isinstance(node, ast.Import | ast.ImportFrom) and any(_hides(alias.name) for alias in node.names):
            return None
    return next((node.name for node in tree.body if isinstance(node, ast.FunctionDef)), None)


def _hides(name: str) -> bool:
    """True of a name behind which Python keeps what runs it: frames, generators' own, anything private."""
    return name in REFUSED or name.startswith(("_", "gi_", "cr_", "ag_", "f_", "tb_"))


def _limited() -> None:
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(found - expected) <= 1e-4 * max(1.0, abs(expected))
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    return bool(found == expected)
