"""Replicas on two nodes give the library's own answers, and what works on an answer goes to whoever has it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from concurrent.futures import wait

import numpy as np
import pytest

import llm_core
from llm_core.engine.local import LocalEngine
from llm_core.engine.ray_engine import RayEngine
from llm_core.engine.task import ModelRef, task
from llm_core.errors import NoClusterError, QueueFullError
from llm_core.progress import Progress
from tests.scale.conftest import PATIENCE_SECONDS, deploy

TEXT = "The cat sat on the mat because it was tired."
SMOLLM = "smollm2-135m"
FAMILIES = {"bert": "encoder", "gpt2": "decoder", "t5": "encoder-decoder"}


def reading(ref, text=TEXT):
    return task("tracing.asked:read", ref, text)


def writing(ref, text="The cat", **settings):
    return task("generation.writing:generate", ref, text, llm_core.GenerationSettings(**settings))


def wait_until(holds, seconds=PATIENCE_SECONDS):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture(scope="module")
def local():
    made = LocalEngine(1)
    yield made
    made.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_answers_are_those_of_the_local_engine(engine, local, ref, name):
    here, there = local.ask(reading(ref(name))), engine.ask(reading(ref(name)))
    assert there.tokens == here.tokens
    assert there.stacks == here.stacks
    assert there.family == FAMILIES[name]
    for stack in here.stacks:
        for layer in here.layers(stack):
            np.testing.assert_array_equal(there.attention(stack, layer), here.attention(stack, layer))
        if here.states.get(stack):
            np.testing.assert_array_equal(there.hidden_states(stack), here.hidden_states(stack))
    if here.logits is not None:
        np.testing.assert_array_equal(np.asarray(there.logits), np.asarray(here.logits))
    scores = task("heads.scores:head_scores", there, here.stacks[0])
    for role, values in local.ask(task("heads.scores:head_scores", here, here.stacks[0])).roles.items():
        np.testing.assert_array_equal(engine.ask(scores).roles[role], values)


@pytest.mark.parametrize("name", ["gpt2", "t5"])
def test_steps_come_one_by_one_and_are_those_of_the_local_engine(engine, local, ref, name):
    asked = writing(ref(name), max_new_tokens=6, seed=3)
    here, there = list(local.stream(asked)), list(engine.stream(asked))
    assert [step.token for step in there] == [step.token for step in here]
    for mine, theirs in zip(here, there, strict=True):
        np.testing.assert_array_equal(theirs.attention("decoder", 1, [0]), mine.attention("decoder", 1, [0]))
        np.testing.assert_array_equal(np.asarray(theirs.logits), np.asarray(mine.logits))


def test_an_error_keeps_its_class_and_its_sentence(engine, ref):
    with pytest.raises(llm_core.EmptyTextError):
        engine.ask(reading(ref("bert"), ""))
    with pytest.raises(llm_core.TextTooLongError) as told:
        engine.ask(reading(ref("bert"), "word " * 5000))
    assert told.value.tokens > told.value.limit
    with pytest.raises(llm_core.ModelError):
        engine.ask(reading(ModelRef(llm_core.ModelSpec("gone", "folder", "/no/such/folder"))))


def test_what_works_on_a_trace_goes_to_the_replica_that_has_it(engine, ref):
    asked = reading(ref("gpt2"), "Read by one of them, and by no other.")
    seen = engine.ask(asked)
    (holder,) = engine._places.holders(asked.identity)
    for layer in seen.layers("decoder"):
        for head in range(seen.heads("decoder", layer)):
            seen.attention("decoder", layer, [head])
    wait_until(lambda: engine.is_loaded(asked.arguments[0].spec))
    wait_until(lambda: asked.identity in engine._places._told[holder]["answers"])
    assert engine._places.holders(asked.identity) == {holder}
    # Another process knows it from what the replica tells of itself.
    engine._places._answers.clear()
    assert engine._places.holders(asked.identity) == {holder}


def test_a_stream_that_is_closed_ends_where_it_is_written(engine):
    steps = engine.stream(writing(ModelRef(llm_core.find_model(SMOLLM)), max_new_tokens=500, seed=1))
    first = next(steps)
    (holder,) = engine._places.holders(first.task_reference.task.identity)
    steps.close()
    wait_until(lambda: not engine._going)
    wait_until(lambda: ongoing(holder) == 0)


def ongoing(replica):
    """How many tasks a replica has."""
    import ray

    actor = ray.get_actor(f"SERVE_REPLICA::attention-explorer#worker#{replica}", namespace="serve")
    return ray.get(actor.get_num_ongoing_requests.remote())


def test_whoever_comes_when_too_many_wait_is_told_so(engine, nodes):
    narrow = RayEngine(nodes.address, most_waiting=1)
    model = ModelRef(llm_core.find_model(SMOLLM))
    texts = [f"{number} word " * 300 for number in range(8)]
    refused = []
    try:
        wait_until(lambda: narrow._handle is not None)
        for text in texts:
            try:
                assert isinstance(narrow.look(reading(model, text), patience=0), Progress)
            except QueueFullError as error:
                refused.append(str(error))
        assert 1 <= len(refused) <= 6
        assert "Try again in a minute" in refused[0]
    finally:
        narrow.close()


def test_a_full_queue_of_serves_is_said_in_the_same_sentence(engine, nodes):
    from ray import serve

    options = {
        "num_replicas": 1,
        "max_ongoing_requests": 1,
        "max_queued_requests": 1,
        "ray_actor_options": {"num_cpus": 0},
    }
    deploy(nodes, "small", options)
    small = RayEngine(nodes.address, name="small")
    model = ModelRef(llm_core.find_model(SMOLLM))
    try:
        streams = [small.stream(writing(model, max_new_tokens=60, seed=seed)) for seed in range(2)]
        next(streams[0])
        began = small._job(writing(model, max_new_tokens=60, seed=1), streams=True)
        began.until = float("inf")
        wait_until(lambda: began in small._going)
        time.sleep(0.5)
        with pytest.raises(QueueFullError):
            next(small.stream(writing(model, max_new_tokens=60, seed=2)))
    finally:
        small.close()
        serve.delete("small")


def test_a_task_that_ends_before_it_was_noted_as_begun_ends_once(engine, nodes, monkeypatch):
    begin = asyncio.run_coroutine_threadsafe

    def begin_and_end(coroutine, loop):
        future = begin(coroutine, loop)
        wait([future], timeout=PATIENCE_SECONDS)
        return future

    hasty = RayEngine(nodes.address)
    wait_until(lambda: not hasty._connecting)
    try:
        with monkeypatch.context() as patch:
            patch.setattr("llm_core.engine.ray_engine.asyncio.run_coroutine_threadsafe", begin_and_end)
            # A handle without a replica: whatever is asked of it fails at once.
            hasty._handle = object()
            for seed in range(3):
                with pytest.raises(AttributeError):
                    hasty.ask(reading(ModelRef(llm_core.find_model(SMOLLM)), f"{TEXT} {seed}"))
        assert not hasty._going
        assert not len(hasty._turns)
    finally:
        hasty.close()


def test_an_address_without_a_cluster_is_said_in_a_sentence():
    program = (
        "from llm_core.engine.ray_engine import RayEngine; from llm_core.engine.task import task\n"
        "engine = RayEngine('127.0.0.1:1')\n"
        "try: engine.ask(task('samples:sample', 'minilm-l6-mlm', 'x'))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert NoClusterError.__name__ in done.stdout
    assert "no Ray cluster to be had at “127.0.0.1:1”" in done.stdout


def test_the_process_that_asks_sees_no_torch(nodes, engine):
    program = (
        "import sys, llm_core; from llm_core.engine.ray_engine import RayEngine\n"
        "from llm_core.engine.task import ModelRef, task\n"
        f"engine = RayEngine('{nodes.address}')\n"
        "trace = engine.ask(task('tracing.asked:read', ModelRef(llm_core.find_model('minilm-l6')), 'The cat sat'))\n"
        "trace.attention('encoder', 0); engine.close()\n"
        "print(sorted({'torch', 'transformers', 'sklearn', 'umap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
