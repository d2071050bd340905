"""The same work has the same identity, other work another one; what is no data is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import llm_core
from llm_core.engine.bench import Workbench
from llm_core.engine.packing import packed_task
from llm_core.engine.task import ModelRef, Part, Task, canonical, remember_origin, task
from llm_core.progress import ignore_progress
from llm_core.samples import MODELS, TEXT, sample

SPEC = llm_core.find_model("minilm-l6")


def reading(text="The cat sat", **options):
    return task("tracing.asked:read", ModelRef(SPEC), text, **options)


def test_equal_tasks_are_one_key_and_others_are_not():
    assert reading() == reading()
    assert hash(reading()) == hash(reading())
    others = [
        reading("The cat sat."),
        reading(truncate=True),
        task("tracing.asked:other", ModelRef(SPEC), "The cat sat"),
        task("tracing.asked:read", ModelRef(llm_core.find_model("minilm-l6-mlm")), "The cat sat"),
    ]
    assert len({reading(), *others}) == 1 + len(others)
    assert reading(a=1, b=2) == reading(b=2, a=1)


def test_an_identity_is_the_same_in_another_process_and_after_packing():
    edits = llm_core.Edits(ablate_heads={("encoder", 3): (1, 2)})
    one = task("tracing.trace:trace", ModelRef(SPEC), "x", edits=edits)
    assert pickle.loads(pickle.dumps(one)).identity == one.identity
    assert Task(one.function, one.arguments, one.options).identity == one.identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.5),
        ("1", 1),
        (None, False),
        ((1, (2, 3)), (1, 2, 3)),
        ({"a": 1}, {"a": 2}),
        (np.arange(4), np.arange(4.0)),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (np.array([1.0, 2.0]), np.array([1.0, 2.5])),
        (llm_core.GenerationSettings(seed=0), llm_core.GenerationSettings(seed=1)),
        (frozenset({1, 2}), frozenset({1, 3})),
        (b"a", "a"),
    ],
)
def test_different_data_have_different_forms(one, other):
    assert repr(canonical(one)) != repr(canonical(other))
    assert repr(canonical(one)) == repr(canonical(pickle.loads(pickle.dumps(one))))


def test_what_is_no_data_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match="Expected data as an argument of a task, got function"):
        task("tracing.asked:read", lambda: 1)


def test_a_shipped_trace_is_named_and_not_sent():
    trace = sample(MODELS[0], TEXT)
    origin = task("samples:sample", MODELS[0], TEXT)
    remember_origin(trace, origin)
    scores = task("heads.scores:head_scores", trace, "encoder")
    assert scores.arguments[0] == origin
    assert len(packed_task(scores)) < 1_000
    inside_other_data = task("heads.scores:head_scores", (("a", [trace]),))
    assert len(packed_task(inside_other_data)) < 1_000


def test_a_part_names_what_is_inside_of_it():
    part = Part(reading(), 2)
    assert part.at("states", "encoder").at(3) == Part(reading(), 2, ("states", "encoder", 3))


@pytest.mark.parametrize("name", ["models.sources:os.system", "engine.bench:importlib.import_module"])
def test_nothing_outside_of_the_library_is_done(name):
    with pytest.raises(LookupError, match="Expected a function of the library"):
        Workbench().run(task(name, "true"), ignore_progress)
