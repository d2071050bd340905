"""Code that a model writes is cut out of its answer, parsed, and never run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import llm_core
from llm_core import GenerationSettings
from llm_core.applications.code import block_length, code_of, coding, lines_of, python_fault


def test_parsing_a_program_runs_nothing(tmp_path):
    proof = tmp_path / "ran.txt"
    program = f"import pathlib\npathlib.Path({str(proof)!r}).write_text('ran')\n"
    assert python_fault(program) is None
    assert not proof.exists()
    exec(compile(program, "proof", "exec"))
    assert proof.exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def f(:\n  pass", "line 1"),
        ("x = 1\n  y = 2", "line 2: unexpected indent"),
        ("(" * 100_000, ""),
        ("a\x00b", ""),
        ("-" * 100_000 + "1", ""),
    ],
)
def test_what_is_no_python_has_a_fault_in_words(code, says):
    fault = python_fault(code)
    assert fault
    assert says in fault


def test_odd_but_valid_python_has_no_fault():
    assert python_fault("pattern = '\\d'\nassert (1, 'always true')") is None


def test_the_code_ends_where_its_block_is_closed():
    assert code_of("print(1)\n```\nThis prints 1.\n```python\nprint(2)\n```") == "print(1)"
    assert code_of("print(1)") == "print(1)"
    assert block_length(["print", "(1)", "\n", "```", "\n", "This"]) == 3
    assert block_length(["a", "``", "`b"]) == 2
    assert block_length(["a", "b"]) == 2


def test_the_answer_begins_inside_a_block_of_the_language():
    assert coding(" List files. ", "Shell").answer_begins == "```bash\n"
    assert coding("List files.", "Shell").user == "Write Shell code for this task: List files."
    with pytest.raises(llm_core.SelectionError, match="Python, JavaScript"):
        coding("List files.", "Cobol")
    with pytest.raises(llm_core.EmptyTextError, match="wish"):
        coding(" \n", "SQL")


def test_lines_are_numbered_as_in_the_program_with_its_empty_lines(tiny):
    step = next(llm_core.generate(tiny("llama"), "The cat", GenerationSettings(max_new_tokens=1, temperature=0)))
    texts = ["import", "↵↵", "x", "=", "1", "↵", "y"]
    lines = lines_of([replace(step, token=replace(step.token, text=text)) for text in texts])
    assert [(line.number, line.start, line.end) for line in lines] == [(1, 0, 2), (3, 2, 6), (4, 6, 7)]


def test_a_line_without_ink_is_blank_even_where_the_answer_ends_in_it(tiny):
    step = next(llm_core.generate(tiny("llama"), "The cat", GenerationSettings(max_new_tokens=1, temperature=0)))
    texts = ["a", "↵", "␣␣", "↵", "</s>"]
    lines = lines_of([replace(step, token=replace(step.token, text=one, is_special=one == "</s>")) for one in texts])
    assert [line.is_blank for line in lines] == [False, True, True]


def test_a_lines_probability_is_the_geometric_mean_of_its_tokens(tiny):
    steps = list(llm_core.generate(tiny("llama"), "The cat", GenerationSettings(max_new_tokens=5, temperature=0)))
    (line,) = lines_of(steps)
    assert (line.start, line.end) == (0, len(steps))
    expected = np.prod([step.probability for step in steps]) ** (1 / len(steps))
    assert line.probability == pytest.approx(expected)
