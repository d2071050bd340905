"""Lesson files: what is in them, and what is said of a file that is broken."""

from __future__ import annotations

import re

import pytest

import llm_core
from llm_core.lessons.reading import FOLDER, lessons, parse_lesson, read_folder
from llm_core.lessons.registry import kinds

GOOD = """\
name = "one"
title = "One"
text = \"\"\"
A <query>query</query> of [[model]], and $x < y$.

Another paragraph.
\"\"\"

[picture]
kind = "attention"
layer = 2

[action]
do = "Look."
page = "attention"
link = "Go"
show = { part = "Map" }

[[question]]
ask = "How many?"
answer = "token_count"
explain = "So many: [[words]] words."

[[question]]
ask = "Which mask?"
answer = "mask_shape"
labels = { full = "Open", causal = "Closed ahead", "sliding window" = "A window", other = "Another" }
explain = "Seen in the picture."
families = ["decoder"]
"""


def test_the_app_has_eleven_lessons_in_order_and_none_is_broken():
    shelf = lessons()
    assert shelf.broken == ()
    assert [lesson.number for lesson in shelf.lessons] == list(range(1, 12))
    assert [lesson.name for lesson in shelf.lessons] == [
        *("tokens", "vectors", "position", "query-key-value", "softmax-and-mask", "many-heads"),
        *("feed-forward", "residual-stream", "three-architectures", "logits-to-text", "size"),
    ]
    assert all(len(lesson.questions) >= 2 for lesson in shelf.lessons)


def test_a_good_file_is_read_as_it_stands():
    lesson = parse_lesson("03-one.toml", GOOD)
    assert (lesson.number, lesson.name, lesson.picture.kind) == (3, "one", "attention")
    assert lesson.picture.arguments == {"stack": "reading", "layer": 2, "head": "opening", "query": "opening"}
    assert lesson.action.show == {"part": "Map"}
    assert lesson.questions[1].families == ("decoder",)
    assert lesson.questions[1].labels["causal"] == "Closed ahead"


BREAKAGES = {
    "no TOML": ('title = "One"', "title = One", 2, "expected TOML"),
    "a text that does not end": ('Another paragraph.\n"""', "Another paragraph.", 28, "expected TOML"),
    "a missing key": ('title = "One"\n', "", 1, 'expected title = "some text", got none'),
    "a number for a text": ('do = "Look."', "do = 3", 14, "got 3"),
    "an empty text": ('link = "Go"', 'link = "  "', 16, "got '  '"),
    "a key that there is none of": ('link = "Go"', 'link = "Go"\nlnik = "Go"', 17, "got 'lnik'"),
    "an unknown picture": ('kind = "attention"', 'kind = "photograph"', 10, "got 'photograph'"),
    "an unknown argument of a picture": ("layer = 2", "leyer = 2", 11, "got 'leyer'"),
    "an argument of another kind": ("layer = 2", 'layer = "topmost"', 11, "got 'topmost'"),
    "a negative layer": ("layer = 2", "layer = -2", 11, "got -2"),
    "true for a layer": ("layer = 2", "layer = true", 11, "got True"),
    "an unknown page": ('page = "attention"', 'page = "contact"', 15, "got 'contact'"),
    "an unknown answer": ('answer = "token_count"', 'answer = "tokens"', 21, "got 'tokens'"),
    "an unknown fact in a text": ("[[model]]", "[[modell]]", 4, "got 'modell'"),
    "an unknown fact of an answer": ("[[words]]", "[[wards]]", 22, "got 'wards'"),
    "a colour that there is none of": ("<query>query</query>", "<b>query</b>", 4, "got '<b>'"),
    "a colour that does not end": ("</query>", "", 4, "expected </query>"),
    "a script": ("Another paragraph.", "Another.\n<script>alert(1)</script>", 7, "got '<script>'"),
    "a formula that does not end": ("Another paragraph.", "A formula $x.", 6, "second \\$"),
    "a missing label": (', other = "Another"', "", 27, "none for 'other'"),
    "a label for nothing": ('other = "Another"', 'other = "Another", third = "3"', 27, "one for 'third'"),
    "two right answers": ('other = "Another"', 'other = "open "', 27, "one answer is right"),
    "labels where there are none": (
        'explain = "So many',
        'labels = { full = "Open" }\nexplain = "So many',
        22,
        "expected no labels",
    ),
    "an unknown family": ('families = ["decoder"]', 'families = ["GPT"]', 29, "expected a list of encoder"),
    "one question": (GOOD[GOOD.rindex("[[question]]") :], "", 19, "expected at least 2"),
    "no questions at all": (GOOD[GOOD.index("[[question]]") :], "", 1, "expected at least 2"),
    "a name with spaces": ('name = "one"', 'name = "one two"', 1, "got 'one two'"),
    "a table that is none": ('[picture]\nkind = "attention"\nlayer = 2', "", 1, "expected \\[picture\\]"),
}


@pytest.mark.parametrize("what", BREAKAGES)
def test_a_broken_file_is_named_with_its_line_and_what_to_do(what):
    good, bad, line, said = BREAKAGES[what]
    assert good in GOOD
    with pytest.raises(llm_core.LlmCoreError, match=said) as caught:
        parse_lesson("03-one.toml", GOOD.replace(good, bad, 1))
    message = str(caught.value)
    found = re.match(r"03-one\.toml, line (\d+): expected", message)
    assert found, message
    assert int(found[1]) == line, message
    assert "Mend that line" in message


def test_one_broken_lesson_leaves_the_others_alone(tmp_path):
    (tmp_path / "01-one.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "02-two.toml").write_text(GOOD.replace('"one"', '"two"').replace("kind =", "knd ="), encoding="utf-8")
    (tmp_path / "03-three.toml").write_text(GOOD.replace('"one"', '"three"'), encoding="utf-8")
    (tmp_path / "04-again.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "05-latin.toml").write_bytes(GOOD.replace('"one"', '"five"').encode() + b"\n# caf\xe9\n")
    (tmp_path / "not a lesson.toml").write_text(GOOD, encoding="utf-8")
    shelf = read_folder(tmp_path)
    assert [lesson.name for lesson in shelf.lessons] == ["one", "three"]
    assert len(shelf.broken) == 4
    assert shelf.broken[0].startswith("02-two.toml, line 10: expected only the keys")
    assert shelf.broken[1].startswith("04-again.toml, line 1: expected a name of its own")
    assert shelf.broken[2].startswith("05-latin.toml, line 31: expected text in UTF-8")
    assert shelf.broken[3].startswith("not a lesson.toml, line 1: expected a file name like")


def test_a_folder_without_lessons_is_an_empty_shelf(tmp_path):
    assert read_folder(tmp_path).lessons == ()


def test_the_readme_beside_the_lessons_names_every_answer():
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    for kind in kinds().values():
        assert f"`{kind.name}`" in told, kind.name
        assert kind.about, kind.name
