"""What single sentences of the pages say at their edges: one thing or several, nothing to tell, more than is read."""

from __future__ import annotations

import pytest

import llm_core
from llm_core.figures.scale_view import Memory
from llm_core.figures.windows import Window
from llm_core.tracing.trace import trace_without
from pages.shared.applications.answer_words import in_no_passage, written_headline
from pages.shared.applications.grouping import groups_in_words
from pages.shared.attention.drawn import MOST_ROWS, mark_in_words
from pages.shared.attention.effect_words import effect_in_words
from pages.shared.embeddings.neighbours import rank_in_words
from pages.shared.looking import Looking
from pages.shared.scale.memory import sentence


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([2, 2, 2], "6 lines fall into 3 groups of 2 each."),
        ([3], "3 lines fall into 1 group, “a”."),
        ([1, 3], "4 lines fall into 2 groups; the largest, “b”, has 3."),
        ([3, 1, 3], "7 lines fall into 3 groups; the largest, “a”, “c”, have 3 each."),
    ],
)
def test_groups_are_called_largest_only_where_others_are_smaller(sizes, said):
    assert groups_in_words(["a", "b", "c"][: len(sizes)], sizes, sum(sizes)) == said


@pytest.mark.parametrize(
    ("ids", "place", "own", "said"),
    [
        ((5,), 1_204, (7,), "1,204"),
        ((5, 6), None, (7,), "several tokens"),
        ((7,), None, (7,), "the word itself"),
        ((7,), None, (7, 8), "a part of the word"),
        ((0,), None, (7,), "no direction"),
    ],
)
def test_a_word_has_a_rank_or_is_told_why_not(ids, place, own, said):
    assert rank_in_words(ids, place, own) == said


def test_an_answer_is_held_against_what_was_read_and_empty_words_prove_nothing():
    assert "in no passage that was read" in written_headline("Zebras answer.", ["A cat."], answered=True)
    assert in_no_passage("It is.", ["A cat."]) == "There is no word with content in it that could be looked for."
    assert in_no_passage("The cat.", ["A cat."]).startswith("Every word with content stands in a passage")


def test_what_is_not_known_of_memory_is_said_last_and_what_cannot_be_read_as_such():
    one = Memory("own", 1_000, None, 3_000_000_000, in_use=True, beyond=True)
    assert sentence([one], 4096, 8).endswith(
        "of attention matrices; what it keeps of the text is not known; 4,096 tokens are more than it can read"
    )


@pytest.mark.parametrize(("heads", "words"), [((1,), ("Without it", "this head")), ((1, 2), ("Without them", "these"))])
def test_one_head_is_spoken_of_as_one(tiny, heads, words):
    effect = llm_core.effect_of_ablation(tiny("bert-headless"), "The cat sat on the mat.", {("encoder", 1): heads})
    said = effect_in_words(effect)
    assert said.startswith(words[0])
    assert words[1] in said or "more than without random heads in any" in said


def test_a_long_part_is_said_to_be_looked_through_in_part_only(mask_filler):
    text = "word " * (MOST_ROWS + 30)
    before = llm_core.trace(mask_filler, text)
    after = trace_without(mask_filler, text, before, llm_core.Edits({("encoder", 0): (0,)}))
    count = len(before.tokens)

    def marked(end):
        place = Looking("encoder", 2, (1,), None, None, Window(0, end), Window(0, count))
        return mark_in_words(before, after, place, changed=True)

    assert f"among the first {MOST_ROWS} tokens that look" in marked(count)
    assert "among the first" not in marked(MOST_ROWS)
