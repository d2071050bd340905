"""The reader's models are the project's: one pass gives the same numbers; and the reader imports nothing of it."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import llm_core
from tests.reader.library import TEXTS


@pytest.mark.parametrize(
    "name", ["minilm-l6", "minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr", "bert", "llama", "bart"]
)
def test_the_same_text_gives_the_same_states(name, model, library):
    trace = llm_core.trace(
        model(name), TEXTS[0], target="Le chat" if library(name).family == "encoder-decoder" else None
    )
    done = library(name).read(TEXTS[0], "Le chat")
    states = (
        done.encoder_hidden_states if trace.stacks[0] == "encoder" and "cross" in trace.stacks else done.hidden_states
    )
    np.testing.assert_allclose(trace.hidden_states(trace.stacks[0])[0], states[0][0].numpy(), atol=1e-5)
    if trace.logits is not None:
        np.testing.assert_allclose(trace.logits, done.logits[0].numpy(), atol=2e-3)


def test_what_the_reader_computes_with_imports_nothing_of_the_project():
    for file in Path(__file__).parent.glob("*.py"):
        if file.name.startswith("test_") or file.name == "conftest.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in named if name.split(".")[0] in {"llm_core", "pages"}], file.name
