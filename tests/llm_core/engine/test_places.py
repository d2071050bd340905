"""A task goes to whoever has what it works on, or else to whoever has the model and little to do."""

from __future__ import annotations

import llm_core
from llm_core.engine.places import BUSY, MOST_TOLD, Asked, Places, places_of, told

SPEC, OTHER = llm_core.find_model("minilm-l6"), llm_core.find_model("smollm2-135m")


def asked(*works_on, models=(SPEC,)):
    return Asked(b"", "read", tuple(models), False, "task", works_on)


def ranked(places, wanted, **load):
    return places.ranked(wanted, list(load), str, lambda name: load[name])


def test_whoever_has_the_nearest_answer_comes_first_however_busy():
    places = Places()
    places.update({"a": {}, "b": told([SPEC], ["far"]), "c": {}})
    places.note("near", "c")
    assert ranked(places, asked("near", "far"), a=0, b=0, c=40)[0] == ["c"]
    assert ranked(places, asked("unknown", "far"), a=0, b=40, c=0)[0] == ["b"]
    assert "near" in places
    assert "unknown" not in places


def test_a_replica_with_the_model_comes_first_unless_it_is_busy():
    places = Places()
    places.update({"a": told([OTHER], []), "b": told([SPEC], [])})
    assert ranked(places, asked(), a=0, b=BUSY - 1) == [["b"], ["a"]]
    assert ranked(places, asked(), a=0, b=BUSY) == [["a"], ["b"]]
    assert ranked(places, asked(models=[]), a=0, b=0) == [["a", "b"]]


def test_what_a_replica_had_is_forgotten_with_it():
    places = Places()
    places.update({"a": told([SPEC], ["told"]), "b": {}})
    places.note("noted", "a")
    assert places.has_model(SPEC)
    assert places.holders("noted") == places.holders("told") == {"a"}
    places.update({"b": {}})
    assert len(places) == 1
    assert not places.has_model(SPEC)
    assert places.holders("noted") == places.holders("told") == set()


def test_a_replica_tells_of_what_was_used_last():
    said = told([SPEC], [str(number) for number in range(MOST_TOLD + 5)])
    assert said["answers"][-1] == str(MOST_TOLD + 4)
    assert len(said["answers"]) == MOST_TOLD


def test_all_that_ask_an_application_know_the_same():
    assert places_of("one") is places_of("one")
    assert places_of("one") is not places_of("other")
