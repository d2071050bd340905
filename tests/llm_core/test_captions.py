"""Sentences about heads, on attention made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from llm_core.heads.captions import (
    HabitSums,
    describe_habit,
    describe_link,
    describe_query,
    habits_of_heads,
    mean_of_heads,
    placed,
)
from llm_core.text.tokens import Token

WORDS = [Token(place, text, text) for place, text in enumerate(["red", "fox", "ran", "home"])]


def attention(rows):
    return np.array([rows], np.float32)


def habits(rows, first_query=0, first_key=0, visible=None):
    heads = []
    for head in rows:
        sums = HabitSums(first_key)
        for row, weights in enumerate(head):
            sums.add(weights[None], first_query + row, None if visible is None else visible[row][None])
        heads.append(sums.found())
    return habits_of_heads(heads)


PREVIOUS = attention([[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0.8, 0.2, 0], [0, 0, 0.7, 0.3]])


def test_the_token_before_is_found_with_its_share():
    strongest = habits(PREVIOUS)[0]
    assert strongest.name == "the token before"
    assert strongest.share == pytest.approx(0.8)


def looking_back(count):
    """So many tokens of which each looks at the one before with 80 % of its attention, and at itself."""
    return 0.8 * np.eye(count, k=-1, dtype=np.float32)[None] + 0.2 * np.eye(count, dtype=np.float32)[None]


def test_a_habit_is_said_with_how_many_tokens_have_it_and_what_a_random_network_does():
    assert describe_habit(habits(looking_back(6), visible=np.tri(6, dtype=bool))) == (
        "each token looks at the token before with 80.0 % of its attention on average "
        "(over 5 tokens; in a random network 29.0 %)"
    )
    everywhere = describe_habit(habits(looking_back(6)))
    assert everywhere.endswith("(over 5 tokens; in a random network 16.7 %)")


def test_a_habit_of_too_few_tokens_is_not_said():
    assert describe_habit(habits(PREVIOUS)) is None


def test_a_habit_that_random_networks_have_is_not_said():
    seen = np.tri(7, k=0, dtype=bool) & ~np.tri(7, k=-2, dtype=bool)
    rows = (np.tri(7) * seen / seen.sum(axis=1, keepdims=True)).astype(np.float32)[None]
    found = {habit.name: habit for habit in habits(rows, visible=seen)}
    assert found["the token before"].share == found["the token before"].random == 0.5
    assert not any(habit.clear for habit in found.values())


def test_one_token_says_where_it_looks():
    assert describe_query(PREVIOUS[:, 3], 3, WORDS, WORDS) == "“home” looks most at “ran” (70.0 %)"


def test_without_a_habit_the_strongest_link_between_words_is_said():
    rows = attention([[0.3, 0.2, 0.3, 0.2], [0.2, 0.3, 0.2, 0.3], [0.3, 0.2, 0.3, 0.2], [0.1, 0.5, 0.2, 0.2]])
    said = describe_link(rows, WORDS, WORDS, self_attention=True)
    assert describe_habit(habits(rows)) is None
    assert said == "the strongest link between words is “home” looking at “fox” (50.0 %)"


def test_a_part_of_a_text_is_spoken_of_by_where_it_stands():
    rows = PREVIOUS[:, 2:, 1:]
    said = describe_link(rows, WORDS[2:], WORDS[1:], self_attention=True, first_query=2, first_key=1)
    assert habits(rows, first_query=2, first_key=1)[0].share == pytest.approx(0.75)
    assert said == "the strongest link between words is “ran” looking at “fox” (80.0 %)"


def test_what_a_first_token_must_do_is_no_strongest_link():
    rows = attention([[1, 0, 0, 0], [0.9, 0.1, 0, 0]])
    said = describe_link(rows, WORDS[:2], WORDS, self_attention=True)
    assert said == "no token stands out"


def test_rows_that_come_in_one_by_one_add_up_to_what_all_together_say():
    together = HabitSums()
    together.add(PREVIOUS[0], 0)
    for one, other in zip(together.found(), habits(PREVIOUS), strict=True):
        assert (one.name, one.share) == (other.name, pytest.approx(other.share))


def test_the_first_token_s_look_at_itself_is_nobody_s_habit():
    rows = attention([[1, 0, 0], [0.5, 0.5, 0], [0.7, 0, 0.3]])
    shares = {habit.name: habit.share for habit in habits(rows)}
    assert shares["the first token"] == pytest.approx(0.6)


def test_a_mean_of_heads_is_taken_of_all_weights_and_not_rounded():
    heads = np.array([[[0.009]], [[0.009]], [[0.3]]], np.float32)
    assert mean_of_heads(heads)[0, 0] == pytest.approx(0.106)
    assert describe_query(heads[:, 0], 0, WORDS, WORDS[:1]) == "“red” looks most at “red” (10.6 %)"


def test_a_part_far_from_the_diagonal_has_no_habit():
    rows = np.full((1, 3, 2), 0.1, np.float32)
    assert {habit.share for habit in habits(rows, first_query=900, first_key=10)} == {0.0}


def test_text_from_right_to_left_does_not_turn_the_sentence_around():
    words = [*WORDS[:3], Token(3, "בית", "בית")]
    said = describe_query(PREVIOUS[:, 3], 3, words, words)
    assert said == "“\u2068בית\u2069” looks most at “ran” (70.0 %)"


def test_cross_attention_has_no_habits_by_position():
    said = describe_link(PREVIOUS, WORDS, WORDS, self_attention=False)
    assert said.startswith("the strongest link between words is “red” looking at “red”")


def test_special_tokens_alone_leave_nothing_to_say():
    special = [Token(0, "[CLS]", "[CLS]", is_special=True), Token(1, "[SEP]", "[SEP]", is_special=True)]
    rows = attention([[0.5, 0.5], [0.5, 0.5]])
    assert describe_link(rows, special, special, self_attention=True) == "no token stands out"


def test_tokens_that_are_written_alike_are_told_apart_by_their_place():
    words = [Token(0, "the", "the"), Token(1, " cat", "cat"), Token(0, " the", "the")]
    assert [placed(words, place) for place in range(3)] == ["“the” [0]", "“ cat”", "“ the” [2]"]
    assert placed(words, 2, first=40) == "“ the” [42]"


def test_a_sink_takes_its_share_of_what_a_random_network_gives():
    plain, sunk = HabitSums(), HabitSums(sink=True)
    for sums in (plain, sunk):
        sums.add(PREVIOUS[0], 0)
    random = [{habit.name: habit.random for habit in sums.found()} for sums in (plain, sunk)]
    assert random[0]["the token before"] == pytest.approx(1 / 4)
    assert random[1]["the token before"] == pytest.approx(1 / 5)


def test_no_habit_is_clear_where_a_fixed_bias_draws_every_network_to_near_tokens():
    sums = HabitSums(alibi=True)
    sums.add(looking_back(9)[0], 0)
    assert sums.found()[0].share > 0.5
    assert describe_habit(sums.found()) is None
