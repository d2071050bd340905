"""Texts sorted into classes and lines put into groups, through the app's own frame."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from llm_core.applications.label_scores import LabelScores, LabelTask, SimilarityScores
from llm_core.applications.word_influence import WordInfluence
from pages.shared.applications import class_view, sorting
from pages.shared.applications.grouping import MOST_LINES
from tests.pages.test_applications import PAGE, ROOT, headline, opened
from tests.pages.test_packing import unpack

TIMEOUT = 400


@pytest.fixture
def app() -> AppTest:
    return opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT), use="Classification")


@pytest.fixture
def groups(app) -> AppTest:
    """The page at its other way."""
    return app.main.segmented_control(key="classes-way").set_value("Into groups").run()


def sort(app: AppTest, texts: str, **fields: str) -> AppTest:
    app.main.text_area(key="sort-texts").set_value(texts).run()
    for key, value in fields.items():
        app.main.text_area(key=f"sort-{key}").set_value(value).run()
    return app.main.button(key="sort-ask").click().run()


def test_opinions_are_sorted_by_both_methods_with_their_words(app):
    assert "of 4 texts the same class" in headline(app)
    table = app.main.dataframe[0].value
    expected = ["positive", "negative", "positive", "negative"]
    assert table["by similarity"].tolist() == expected
    assert sum(found == right for found, right in zip(table["by likelihood"], expected, strict=True)) >= 3
    assert app.main.dataframe[-1].value["word"].tolist()[1] == "chocolate"


def test_after_the_texts_change_the_evidence_is_that_of_the_text_whose_name_stands_above_it(app, monkeypatch):
    shown = []
    monkeypatch.setattr(class_view, "classes", lambda data, key: shown.append(unpack(data)[0]))

    def chosen() -> str:
        (field,) = [box for box in app.main.selectbox if box.label == "Evidence for"]
        assert field.options == [f"{place + 1}. {text}" for place, text in enumerate(texts)]
        words = [word["word"] for word in shown[-1]["methods"][0]["words"]]
        assert shown[-1]["text"] == texts[field.value]
        assert words == texts[field.value].split()
        return texts[field.value]

    texts = ["A lovely day.", "What a mess.", "We lost again."]
    sort(app, "\n".join(texts))
    assert chosen() == "A lovely day."
    next(box for box in app.main.selectbox if box.label == "Evidence for").set_value(2).run()
    assert chosen() == "We lost again."
    texts = ["So so.", "We lost again.", "What a mess.", "Fine."]
    sort(app, "\n".join(texts))
    assert chosen() == "We lost again."
    texts = ["Nothing of that.", "Nor of this."]
    sort(app, "\n".join(texts))
    assert chosen() == "Nothing of that."


def test_input_stays_while_another_page_is_open(app):
    sort(app, "<script>alert(1)</script> A lovely day.")
    app.switch_page("pages/apply/scale.py").run()
    app.switch_page(PAGE).run()
    assert app.main.text_area(key="sort-texts").value == "<script>alert(1)</script> A lovely day."
    assert "1 text the same class" in headline(app)


def test_labels_and_prompts_that_cannot_be_used_are_refused_in_a_sentence(app):
    sort(app, "Fine.", labels="only one")
    assert any("Expected 2 to 12 labels" in error.value for error in app.main.error)
    sort(app, "Fine.", labels="yes\nno", prompt="no place for it")
    assert any("where the text goes" in error.value for error in app.main.error)
    sort(app, " \n")
    assert "no text to sort" in headline(app)


def test_lines_are_grouped_named_and_mapped(groups):
    assert "25 lines fall into" in headline(groups)
    groups.main.selectbox(key="group-count").set_value("5").run()
    groups.main.button(key="group-ask").click().run()
    assert "25 lines fall into 5 groups" in headline(groups)
    table = groups.main.dataframe[0].value
    assert len(table) == 25
    assert table["group"].nunique() == 5


@pytest.mark.parametrize("text", ["a\nb", "same\n" * 20, "x" * 100_000])
def test_too_few_different_lines_are_refused_in_a_sentence(groups, text):
    groups.main.text_area(key="group-lines").set_value(text).run()
    groups.main.button(key="group-ask").click().run()
    assert not groups.exception
    assert any("different lines" in error.value for error in groups.main.error)


def test_of_five_thousand_lines_the_first_are_grouped(groups):
    lines = "\n".join(f"{word} {place}" for place in range(1_250) for word in ("apple", "ship", "goal", "idea"))
    groups.main.text_area(key="group-lines").set_value(lines).run()
    groups.main.selectbox(key="group-count").set_value("4").run()
    groups.main.button(key="group-ask").click().run()
    assert f"{MOST_LINES} lines fall into 4 groups" in headline(groups)
    assert any("You gave 5,000 lines" in caption.value for caption in groups.main.caption)


def made() -> tuple[LabelScores, SimilarityScores, tuple[WordInfluence, WordInfluence]]:
    task = LabelTask("{text} is", ("a", "<b>"), ("good", "bad"))
    likely = LabelScores(task, "so so", np.log([0.06, 0.03]), np.log([0.3, 0.1]))
    near = SimilarityScores(("a", "<b>"), ("x", "y"), "so so", np.array([0.5, -0.25], dtype=np.float32))
    word = WordInfluence("so so", ((0, 2), (3, 5)), 1, 0, 0.5, np.array([0.25, -1.0]), 0)
    return likely, near, (word, word)


def test_the_packet_holds_both_methods_and_what_each_word_did():
    methods = unpack(class_view.packet(*made()))[0]["methods"]
    assert [bar["number"] for bar in methods[0]["bars"]] == ["40.0 %", "60.0 %"]
    assert [bar["number"] for bar in methods[1]["bars"]] == ["0.50", "−0.25"]
    assert [method["winner"] for method in methods] == [1, 0]
    assert [word["change"] for word in methods[0]["words"]] == [0.25, -1.0]
    assert methods[0]["words"][1]["said"].endswith("1.00 larger.")
    assert methods[0]["said"] == (
        "“<b>” leads “a” by 0.50 in log-probability. Most depends on “so”: without it the lead is 0.25 smaller. "
        "“so” speaks most against it: without it the lead is 1.00 larger."
    )
    assert unpack(class_view.packet(*made()))[0]["text"] == "so so"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([0.25, 0.75], "Most depends on “good”: without it the lead is 0.75 smaller, so “a” would not lead."),
        ([-0.25, -1.0], "It depends on no single word"),
        ([0.0, 0.0], "It depends on no single word"),
        ([0.001, 0.0], "Most depends on “so”: without it the lead is less than 0.01 smaller."),
        ([0.3, -2.0], "Most depends on “so”: without it the lead is 0.30 smaller. “good” speaks most against it"),
    ],
)
def test_only_a_word_that_speaks_for_a_class_is_one_that_it_depends_on(changes, said):
    influence = WordInfluence("so good", ((0, 2), (3, 7)), 0, 1, 0.5, np.array(changes), 2)
    sentence = class_view.decided(influence, ("a", "b"), "cosine")
    assert said in sentence
    assert ("speaks most against" in sentence) == (min(changes) < 0)
    assert sentence.endswith("2 more words were not looked at.")


def test_the_classes_of_one_text_and_the_words_of_another_are_refused():
    likely, near, (word, _) = made()
    other = WordInfluence("other text", ((0, 5), (6, 10)), 0, 1, 0.5, np.array([0.25, -1.0]), 0)
    with pytest.raises(ValueError, match="one text"):
        class_view.packet(likely, near, (word, other))


def test_the_tables_show_the_numbers_behind_a_class():
    likely, near, influences = made()
    table = class_view.label_table(likely, near)
    assert table["raw"] == ["66.7 %", "33.3 %"]
    assert table["calibrated"] == ["40.0 %", "60.0 %"]
    assert table["log-probability"] == ["−2.81", "−3.51"]
    assert class_view.word_table(influences)["lead in log-probability"] == ["+0.25", "−1.00"]


@pytest.mark.parametrize(("most", "said"), [(2, False), (1, True)])
def test_only_texts_that_are_left_out_are_told(app, monkeypatch, most, said):
    monkeypatch.setattr(sorting, "MOST_TEXTS", most)
    sort(app, "A lovely day.\nWhat a mess.")
    told = [caption.value for caption in app.main.caption if "You gave 2 texts" in caption.value]
    assert bool(told) is said
