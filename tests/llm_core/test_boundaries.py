"""What the core may import, what it shows, and what must not be written in it."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import types
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import llm_core

ROOT = Path(llm_core.__file__).parent.parent
SOURCES = sorted((ROOT / "llm_core").rglob("*.py"))
APP = [*SOURCES, ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
NOT_IMPORTED = {"sacremoses", "sentencepiece"}
"""Packages another one asks for, each justified by a comment in requirements.txt."""

ONLY_FOR_A_CLUSTER = {"ray"}
"""Packages of requirements-scale.txt, imported where a setting asks for them."""


def loaded_by(program):
    code = f"{program}\nimport sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_the_core_brings_neither_streamlit_nor_torch():
    loaded = loaded_by("import llm_core; llm_core.catalog(); llm_core.find_model('minilm-l6')")
    assert "llm_core.recording.trace_record" in loaded
    assert not {"streamlit", "torch", "transformers", "plotly"} & loaded


def test_loading_a_model_brings_no_streamlit():
    loaded = loaded_by("import llm_core; llm_core.trace(llm_core.load_model('minilm-l6'), 'The cat sat')")
    assert "torch" in loaded
    assert "streamlit" not in loaded


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def test_no_file_of_the_core_names_streamlit_or_a_page():
    assert SOURCES
    for file in SOURCES:
        top = {name.split(".")[0] for name in imports_of(file)}
        assert not {"streamlit", "pages", "app", "tests"} & top, file


def test_figures_know_no_model():
    figures = list((ROOT / "llm_core" / "figures").glob("*.py"))
    assert figures
    for file in figures:
        names = set(imports_of(file))
        assert not {name for name in names if name.split(".")[0] == "transformers"}, file
        assert not {"llm_core.models.loading", "llm_core.tracing.trace", "llm_core.recording.recorder"} & names, file


def test_public_names_are_exactly_those_listed():
    assert llm_core.__all__ == sorted(set(llm_core.__all__))
    assert dir(llm_core) == llm_core.__all__
    for name in llm_core.__all__:
        assert getattr(llm_core, name).__name__ == name
    written = {
        name
        for name, value in vars(llm_core).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and name not in {"TYPE_CHECKING", "Any", "import_module"}
    }
    assert written <= set(llm_core.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = llm_core.no_such_name


def test_every_public_name_is_documented():
    for name in llm_core.__all__:
        thing = getattr(llm_core, name)
        assert thing.__doc__, name
        assert not thing.__doc__.startswith(f"{name}("), name
        for method, value in vars(thing).items() if isinstance(thing, type) else ():
            if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{method}"


def test_the_tree_of_errors_is_the_one_drawn():
    from llm_core import errors

    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    defined = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert sorted([*drawn, "LlmCoreError"]) == sorted(defined)


def test_no_file_names_a_place_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert "llm_core/__init__.py" in listed
    # Put together here, so that this file does not find itself.
    suspicious = re.compile(
        "|".join(
            [
                "/" + "work/(main|shared)",
                "/" + "root/",
                r"(?<!pages)/" + r"home/\w+",
                "index" + "-url",
                "artifact" + "ory",
            ]
        )
    )
    for name in listed:
        path = ROOT / name
        if path.is_file() and "vendor" not in path.parts:
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            found = suspicious.search(text)
            assert not found, f"{name}: {found}"


def test_requirements_are_exactly_what_is_imported():
    own = {"llm_core", "pages", "app"}
    top = {name.split(".")[0] for file in APP if file.exists() for name in imports_of(file)}
    assert top >= ONLY_FOR_A_CLUSTER
    top -= own | ONLY_FOR_A_CLUSTER | set(sys.stdlib_module_names)
    providers = packages_distributions()
    imported = {providers[name][0].lower().replace("_", "-") for name in top}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pinned)
    names = {line.split("==")[0].lower().replace("_", "-") for line in pinned}
    assert imported - names == set()
    assert names - imported == NOT_IMPORTED
    for name in NOT_IMPORTED:
        place = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
        assert lines[place - 1].startswith("#"), f"{name} needs a comment that says why it is there"


def test_there_is_no_page_beside_the_app():
    assert not list((ROOT / "pages").glob("*.py"))


def _names_of(file):
    """What a file imports at any place: modules, and names out of modules, which may be modules themselves."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_file_imports_one_that_imports_it_even_by_way_of_others():
    """Imports inside functions and for type checkers count: they hide a circle and do not undo it."""
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in APP}
    imported = {name: {other for other in _names_of(file) if other in modules} for name, file in modules.items()}
    while True:
        lowest = [name for name, others in imported.items() if not others]
        if not lowest:
            break
        for name in lowest:
            del imported[name]
        for others in imported.values():
            others.difference_update(lowest)
    assert not imported, "these import one another, or one that does"
