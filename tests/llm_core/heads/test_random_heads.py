"""Heads drawn beside chosen ones: as many, of the same layers, never the chosen ones."""

from __future__ import annotations

import pytest

from llm_core.heads.random_heads import random_heads
from llm_core.recording.recorder import Site

LAYERS = {Site("decoder", layer): 6 for layer in range(3)}


def test_as_many_heads_of_the_same_layers_are_drawn_and_none_that_was_chosen():
    chosen = {Site("decoder", 0): (1,), Site("decoder", 2): (0, 4)}
    drawn = random_heads(chosen, LAYERS, 5, seed=0)
    assert len(drawn.sets) == 5
    assert len({str(some) for some in drawn.sets}) == 5
    for some in drawn.sets:
        assert {site: len(heads) for site, heads in some.items()} == {
            site: len(heads) for site, heads in chosen.items()
        }
        assert all(not set(heads) & set(chosen[site]) for site, heads in some.items())
        assert all(len(set(heads)) == len(heads) for heads in some.values())
    assert drawn.drawn == "Beside 3 random heads of the same layers, drawn 5 times."


def test_the_seed_decides_the_draw():
    chosen = {Site("decoder", 0): (1, 2)}
    assert random_heads(chosen, LAYERS, 4, seed=3) == random_heads(chosen, LAYERS, 4, seed=3)
    assert random_heads(chosen, LAYERS, 4, seed=3) != random_heads(chosen, LAYERS, 4, seed=4)


def test_where_a_layer_has_too_few_others_the_rest_comes_from_other_layers_of_the_stack():
    heads = {**LAYERS, Site("encoder", 0): 6}
    drawn = random_heads({Site("decoder", 1): (0, 1, 2, 3)}, heads, 5, seed=0)
    for some in drawn.sets:
        assert some[Site("decoder", 1)] == (4, 5)
        assert sum(map(len, some.values())) == 4
        assert {site.stack for site in some} == {"decoder"}
    assert "other layers" in drawn.drawn


@pytest.mark.parametrize(
    ("chosen", "sets", "said"), [((0, 1, 2), 1, "fewer other heads"), ((0, 1, 2, 3), 0, "no other")]
)
def test_with_too_few_heads_in_all_it_says_so(chosen, sets, said):
    drawn = random_heads({Site("encoder", 0): chosen}, {Site("encoder", 0): 4}, 5, seed=0)
    assert len(drawn.sets) == sets
    assert said in drawn.drawn


def test_no_draw_comes_twice():
    drawn = random_heads({Site("encoder", 0): (0,)}, {Site("encoder", 0): 4}, 5, seed=0)
    assert sorted(some[Site("encoder", 0)] for some in drawn.sets) == [(1,), (2,), (3,)]
    assert drawn.drawn == (
        "Beside one random head of the same layer, drawn 3 times. There are no more different draws."
    )


def test_none_are_drawn_if_none_are_asked_for():
    assert random_heads({Site("encoder", 0): (0,)}, {Site("encoder", 0): 4}, 0, seed=0).sets == ()
