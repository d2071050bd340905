"""What a model wrote is run by the benchmark alone, and can do next to nothing there."""

from __future__ import annotations

import json

import pytest

from benchmarks.applications import DATA, is_slogan
from benchmarks.restricted import fulfils

TWICE = [{"given": [2], "expected": 4}, {"given": [-1], "expected": -2}]


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("def double(n):\n    return 2 * n", True),
        ("import math\ndef double(n):\n    return math.fsum([n, n])\nprint(double(3))", True),
        ("def double(n):\n    return n + 2", False),
        ("def double(n):\n    return str(2 * n)", False),
        ("print(4)", False),
        ("def double(n)\n    return 2 * n", False),
        ("def double(n):\n    while True: pass", False),
        ("def double(n):\n    return [0] * 10**12", False),
    ],
)
def test_a_function_is_right_if_it_returns_what_is_expected(code, right):
    assert fulfils(code, TWICE) is right


@pytest.mark.parametrize(
    "trick",
    [
        "open({!r}, 'w').write('x')",
        "import os; os.system('touch {}')",
        "__import__('pathlib').Path({!r}).touch()",
        "().__class__.__base__.__subclasses__()",
        "import re; re.enum.sys.modules['os'].system('touch {}')",
        "import statistics as s; s.sys.modules",
    ],
)
def test_what_reaches_out_of_the_process_fails_and_leaves_nothing(trick, tmp_path):
    proof = tmp_path / "proof"
    code = f"{trick.format(str(proof))}\ndef double(n):\n    return 2 * n"
    assert not fulfils(code, TWICE)
    assert not proof.exists()


def test_true_is_not_one():
    assert not fulfils("def f(n):\n    return n == 2", [{"given": [2], "expected": 1}])
    assert fulfils("def f(n):\n    return n == 2", [{"given": [2], "expected": True}])


def test_each_set_has_sixty_things_and_what_they_need():
    tasks = json.loads((DATA / "code_tasks.json").read_text(encoding="utf-8"))["tasks"]
    briefs = json.loads((DATA / "ad_briefs.json").read_text(encoding="utf-8"))["briefs"]
    assert len({task["wish"] for task in tasks}) == len({brief["product"] for brief in briefs}) == 60
    assert all(len(task["examples"]) >= 2 for task in tasks)
    assert all(brief["named"] and any(name in brief["product"].lower() for name in brief["named"]) for brief in briefs)


@pytest.mark.parametrize(
    ("slogan", "right"),
    [
        ("Brush with bamboo: the toothbrush that grows back!", True),
        ("Brush with bamboo!", False),
        ("The toothbrush for", False),
        ("The toothbrush " + "that is good " * 6 + "for you.", False),
    ],
)
def test_a_slogan_is_whole_if_it_names_its_product_and_ends(slogan, right):
    assert is_slogan(slogan, ["toothbrush"]) is right
