"""Worker processes give the library's own answers, and go on whatever becomes of one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import llm_core
from llm_core.engine.engine import CancelledTaskError
from llm_core.engine.inline import InlineEngine
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, task
from llm_core.errors import OutOfMemoryError, WorkerLostError
from llm_core.progress import Progress
from llm_core.tracing.logit_rows import LogitRows

TEXT = "The cat sat on the mat because it was tired."
SMOLLM = "smollm2-135m"


def reading(ref, text=TEXT, **options):
    return task("tracing.asked:read", ref, text, **options)


def workers_of(engine):
    return [worker.process.pid for worker in engine._workers]


def kill_workers(engine):
    for pid in workers_of(engine):
        os.kill(pid, signal.SIGKILL)


def wait_until(holds, seconds=60.0):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5", "bart", "gemma3", "bloom", "modernbert"])
def test_a_trace_seen_from_here_is_the_librarys(engine, ref, tiny, name):
    own, seen = llm_core.trace(tiny(name), TEXT), engine.ask(reading(ref(name)))
    assert (seen.tokens, seen.target_tokens, seen.stacks) == (own.tokens, own.target_tokens, own.stacks)
    assert (seen.identity, seen.method, seen.nbytes) == (own.identity, own.method, own.nbytes)
    for stack in own.stacks:
        assert seen.layers(stack) == own.layers(stack)
        for layer in own.layers(stack):
            assert (seen.heads(stack, layer), seen.has_sink(stack, layer)) == (
                own.heads(stack, layer),
                own.has_sink(stack, layer),
            )
            np.testing.assert_allclose(seen.attention(stack, layer), own.attention(stack, layer), atol=1e-6)
            np.testing.assert_array_equal(seen.mask(stack, layer).first, own.mask(stack, layer).first)
        one = seen.attention(stack, own.layers(stack)[-1], heads=[1], queries=[0])
        np.testing.assert_allclose(one, own.attention(stack, own.layers(stack)[-1], heads=[1], queries=[0]), atol=1e-6)
        if own.states.get(stack):
            np.testing.assert_allclose(seen.hidden_states(stack), own.hidden_states(stack), atol=1e-5)
            np.testing.assert_allclose(seen.states[stack][1][2], own.states[stack][1][2], atol=1e-5)
    if own.logits is not None:
        np.testing.assert_allclose(seen.logits[2], own.logits[2], atol=1e-4)
        assert seen.logits.shape == own.logits.shape


def test_records_are_asked_for_when_somebody_looks_at_their_fields(engine, ref, tiny):
    own, seen = llm_core.trace(tiny("gpt2"), TEXT), engine.ask(reading(ref("gpt2")))
    np.testing.assert_allclose(seen.record("decoder", 1).query, own.record("decoder", 1).query, atol=1e-6)
    np.testing.assert_allclose(seen.record("decoder", 1).value, own.record("decoder", 1).value, atol=1e-6)


def test_a_place_that_does_not_exist_is_told_as_in_the_library(engine, ref):
    seen = engine.ask(reading(ref("gpt2")))
    with pytest.raises(llm_core.SelectionError, match="Expected heads from 0"):
        seen.attention("decoder", 0, heads=[99])
    with pytest.raises(llm_core.SelectionError, match="Expected a layer"):
        seen.attention("decoder", 99)


def test_a_trace_among_the_arguments_is_the_workers_own(engine, ref, tiny):
    seen = engine.ask(reading(ref("bert")))
    scores = engine.ask(task("heads.scores:head_scores", seen, "encoder"))
    own = llm_core.head_scores(llm_core.trace(tiny("bert"), TEXT), "encoder")
    for role in own.roles:
        np.testing.assert_allclose(scores.roles[role], own.roles[role], atol=1e-5)


def test_steps_come_one_by_one_and_are_the_librarys(engine, ref, tiny):
    settings = llm_core.GenerationSettings(max_new_tokens=5, seed=3)
    own = list(llm_core.generate(tiny("gpt2"), "The cat", settings))
    seen = list(engine.stream(task("generation.writing:generate", ref("gpt2"), "The cat", settings)))
    assert [step.token for step in seen] == [step.token for step in own]
    for mine, theirs in zip(own, seen, strict=True):
        np.testing.assert_allclose(theirs.attention("decoder", 1, [0]), mine.attention("decoder", 1, [0]), atol=1e-6)
        np.testing.assert_allclose(theirs.logits, mine.logits, atol=1e-5)
        assert theirs.candidates[0].token == mine.candidates[0].token


def test_both_engines_give_the_same(engine, ref):
    inline = InlineEngine()
    asked = task("heads.scores:head_scores", reading(ref("bert")), "encoder")
    here, there = inline.ask(asked), engine.ask(asked)
    for role in here.roles:
        np.testing.assert_allclose(here.roles[role], there.roles[role], atol=1e-5)
    inline.close()


def test_an_error_keeps_its_class_and_its_sentence(engine, ref):
    with pytest.raises(llm_core.EmptyTextError):
        engine.ask(reading(ref("bert"), ""))
    with pytest.raises(llm_core.TextTooLongError) as told:
        engine.ask(reading(ref("bert"), "word " * 5000))
    assert told.value.tokens > told.value.limit
    missing = ModelRef(llm_core.ModelSpec("gone", "folder", "/no/such/folder"))
    with pytest.raises(llm_core.ModelError):
        engine.ask(reading(missing))


def test_looking_tells_how_far_it_is_and_then_what_came(engine, ref):
    asked = reading(ref("t5"), "Something that nobody read before.")
    wait_until(lambda: not isinstance(engine.look(asked), Progress))
    assert engine.look(asked).tokens
    wrong = reading(ref("t5"), "")

    def raised():
        try:
            engine.look(wrong)
        except llm_core.EmptyTextError:
            return True
        return False

    wait_until(raised)


def test_whoever_leaves_stops_no_work_that_another_looks_at(engine, monkeypatch):
    who = ["one"]
    monkeypatch.setattr(engine, "whose", lambda: who[0])
    asked = vocabulary_projection(seed=1)
    assert isinstance(engine.look(asked), Progress)
    who[0] = "other"
    assert isinstance(engine.look(asked), Progress)
    job = engine._jobs[asked.identity, False]
    who[0] = "one"
    engine.leave(asked)
    engine.leave(asked)
    assert not job.done.is_set()
    assert engine._jobs[asked.identity, False] is job
    who[0] = "other"
    engine.leave(asked)
    wait_until(job.done.is_set, 30)
    assert isinstance(job.error, CancelledTaskError)
    assert engine.known(asked) is None


def test_reading_does_not_wait_for_projections(ref):
    engine = LocalEngine(1)
    try:
        asked = vocabulary_projection(seed=2)
        wait_until(lambda: engine.look(asked).message.startswith("t-SNE"))
        assert engine.ask(reading(ref("gpt2"), "Something else.")).tokens
        assert isinstance(engine.look(asked), Progress)
        engine.leave(asked)
    finally:
        engine.close()


def vocabulary_projection(seed):
    """A projection that takes many seconds; another one for each seed."""
    table = task("embeddings.token_table:token_table", ModelRef(llm_core.find_model("minilm-l6")), "input")
    cloud = task("embeddings.point_cloud:cloud_of_vocabulary", table, 10_000 - seed)
    scaled = {"unit_length": True, "centre_layers": False}
    return task("embeddings.cloud_projection:project_in_steps", cloud, "tsne", 2, **scaled)


def test_the_same_task_is_done_once_for_everybody(ref, engine):
    asked = reading(ref("gpt2"), "Read once, whoever asks.")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(engine.ask(asked))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(answer) for answer in answers}) == 1


def test_a_worker_that_is_killed_loses_no_answer(ref):
    engine = LocalEngine(1)
    try:
        seen = engine.ask(reading(ref("gpt2")))
        before = seen.attention("decoder", 0, [0])
        kill_workers(engine)
        np.testing.assert_allclose(seen.attention("decoder", 1, [0]).sum(axis=-1), 1, atol=1e-5)
        np.testing.assert_array_equal(seen.attention("decoder", 0, [0]), before)
    finally:
        engine.close()


def test_a_worker_killed_while_it_writes_goes_on_where_it_was(ref, tiny):
    settings = llm_core.GenerationSettings(max_new_tokens=12, seed=5)
    own = [step.token.id for step in llm_core.generate(tiny("gpt2"), "The cat", settings)]
    engine = LocalEngine(1)
    try:
        seen = []
        for step in engine.stream(task("generation.writing:generate", ref("gpt2"), "The cat", settings)):
            seen.append(step)
            if len(seen) == 4:
                kill_workers(engine)
        assert [step.token.id for step in seen] == own
        np.testing.assert_allclose(seen[1].attention("decoder", 0, [0]).sum(), 1, atol=1e-5)
    finally:
        engine.close()


def test_work_that_kills_every_worker_ends_in_a_sentence_and_the_engine_goes_on(ref):
    engine = LocalEngine(1)
    try:
        first = reading(ref("gpt2"))
        engine.ask(first)
        stop = threading.Event()

        def keep_killing():
            # Whenever a worker has the task, it dies.
            while not stop.is_set():
                for worker in list(engine._workers):
                    if worker.running:
                        os.kill(worker.process.pid, signal.SIGKILL)
                time.sleep(0.01)

        killer = threading.Thread(target=keep_killing)
        killer.start()
        try:
            with pytest.raises(WorkerLostError, match="ended twice"):
                engine.ask(reading(ref("bert"), "word " * 100))
        finally:
            stop.set()
            killer.join()
        assert engine.ask(reading(ref("gpt2"), "Others are served.")).tokens
    finally:
        engine.close()


def test_a_process_that_cannot_start_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr("llm_core.engine.worker.sys.executable", "/bin/false")
    engine = LocalEngine(1)
    try:
        with pytest.raises(WorkerLostError):
            engine.ask(task("samples:sample", "minilm-l6-mlm", "x"))
    finally:
        engine.close()


def test_work_that_nobody_waits_for_ends_within_a_layer(engine):
    model = ModelRef(llm_core.find_model(SMOLLM))
    engine.ask(reading(model, "Ready."))
    asked = reading(model, "A long text about nothing in particular. " * 100)

    class EnoughError(Exception):
        pass

    def leave(progress):
        if progress.message.startswith("Layer"):
            raise EnoughError

    with pytest.raises(EnoughError):
        engine.ask(asked, leave)
    wait_until(lambda: not any(worker.running for worker in engine._workers), 5)
    assert engine.known(asked) is None


def test_an_answer_that_cannot_be_read_ends_its_task_and_takes_no_place(ref, monkeypatch):
    engine = LocalEngine(1)
    try:
        engine.ask(reading(ref("gpt2")))

        def broken(*_):
            raise ValueError("No answer.")

        monkeypatch.setattr("llm_core.engine.local.unpacked", broken)
        for number in range(6):
            with pytest.raises(ValueError, match="No answer"):
                engine.ask(reading(ref("gpt2"), f"Text {number}."))
        assert not any(worker.running for worker in engine._workers)
        monkeypatch.undo()
        assert engine.ask(reading(ref("gpt2"), "One more.")).tokens
    finally:
        engine.close()


def test_a_visitor_who_stops_waiting_does_not_stop_the_loading(ref):
    engine = LocalEngine(1)
    asked = reading(ref("gpt-neox"))

    class StoppedError(Exception):
        pass

    def leave(progress):
        if "gpt-neox" in progress.message:
            raise StoppedError

    try:
        with pytest.raises(StoppedError):
            engine.ask(asked, leave)
        wait_until(lambda: engine.is_loaded(asked.arguments[0].spec))
        assert engine.known(asked) is None
    finally:
        engine.close()


def test_a_stream_that_is_closed_ends_within_a_token(engine):
    settings = llm_core.GenerationSettings(max_new_tokens=500, seed=1)
    steps = engine.stream(task("generation.writing:generate", ModelRef(llm_core.find_model(SMOLLM)), "Once", settings))
    next(steps)
    steps.close()
    wait_until(lambda: not any(worker.running for worker in engine._workers), 5)


def test_looking_at_a_head_does_not_wait_for_a_long_trace(engine):
    model = ModelRef(llm_core.find_model(SMOLLM))
    seen = engine.ask(reading(model, "Short."))
    texts = [f"{number} word " * 400 for number in range(3)]
    long = [threading.Thread(target=_read, args=(engine, reading(model, text))) for text in texts]
    for thread in long:
        thread.start()
    wait_until(lambda: sum(worker.used("long") for worker in engine._workers) == 2)
    times = []
    for layer in range(8):
        began = time.monotonic()
        seen.attention("decoder", layer, [3])
        times.append(time.monotonic() - began)
    assert any(thread.is_alive() for thread in long)
    assert sorted(times)[len(times) // 2] < 0.5
    for thread in long:
        thread.join()


def _read(engine, asked):
    engine.ask(asked)


def test_turns_are_taken_among_visitors():
    engine = LocalEngine(1)
    try:
        model = ModelRef(llm_core.find_model(SMOLLM))
        engine.ask(reading(model))
        done = []

        # A visitor is a thread here, and is named as it is.
        engine.whose = lambda: threading.current_thread().name

        def ask(visitor, number):
            engine.ask(reading(model, f"{visitor} asks for the {number}th time. " * 20))
            done.append(visitor)

        threads = [threading.Thread(target=ask, args=("greedy", number), name="greedy") for number in range(12)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(engine._jobs) >= 10)
        modest = threading.Thread(target=ask, args=("modest", 0), name="modest")
        modest.start()
        modest.join()
        after = len(done)
        for thread in threads:
            thread.join()
        assert after < 12, "the modest visitor waited for all that the greedy one had asked for"
    finally:
        engine.close()


def test_all_but_one_worker_rest_while_nobody_comes_and_return(ref, monkeypatch):
    engine = LocalEngine(2)
    try:
        seen = engine.ask(reading(ref("gpt2")))
        wait_until(lambda: len(engine._workers) == 2)
        monkeypatch.setattr("llm_core.engine.local.IDLE_SECONDS", 0.0)
        wait_until(lambda: len(engine._workers) == 1)
        time.sleep(2.0)
        assert len(workers_of(engine)) == 1
        monkeypatch.undo()
        np.testing.assert_allclose(seen.attention("decoder", 0, [0]).sum(axis=-1), 1, atol=1e-5)
        wait_until(lambda: len(engine._workers) == 2)
    finally:
        engine.close()


def test_too_little_memory_ends_one_task_with_a_sentence():
    engine = LocalEngine(1, memory_bytes=1_500_000_000)
    try:
        model = ModelRef(llm_core.find_model(SMOLLM))
        engine.ask(reading(model, "Ready."))
        whole = task("tracing.trace:trace", model, "word " * 2000)
        with pytest.raises(OutOfMemoryError, match="more memory than there is"):
            engine.ask(whole)
        assert engine.ask(reading(model, "Others are served.")).tokens
    finally:
        engine.close()


def test_a_worker_ends_with_whoever_started_it():
    program = (
        "import time; from llm_core.engine.local import LocalEngine; from llm_core.engine.task import task\n"
        "engine = LocalEngine(1); engine.ask(task('samples:sample', 'minilm-l6-mlm', 'x'))\n"
        "print(engine._workers[0].process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.kill()

    def gone():
        try:
            with open(f"/proc/{worker}/stat", encoding="utf-8") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(gone, 10)


def test_this_process_sees_no_torch():
    program = (
        "import sys; import llm_core; from llm_core.engine.local import LocalEngine\n"
        "from llm_core.engine.task import ModelRef, task\n"
        "engine = LocalEngine(1)\n"
        "trace = engine.ask(task('tracing.asked:read', ModelRef(llm_core.find_model('minilm-l6')), 'The cat sat'))\n"
        "trace.attention('encoder', 0); trace.record('encoder', 0).query; engine.close()\n"
        "print(sorted({'torch', 'transformers', 'sklearn', 'umap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cancelled_is_no_error_that_anybody_handles():
    assert not issubclass(CancelledTaskError, Exception)


@pytest.mark.usefixtures("unchecked_types")
def test_rows_of_logits_are_those_of_the_whole_pass():
    model = llm_core.load_model(SMOLLM)
    text = "The cat sat on the mat because it was tired. " * 40
    whole, rows = llm_core.trace(model, text), llm_core.trace(model, text, whole_logits=False)
    assert isinstance(rows.logits, LogitRows)
    assert rows.logits.shape == whole.logits.shape
    assert rows.nbytes < whole.nbytes / 2
    for index in (0, -1, 17, slice(3, 9), [1, 4, 7], np.array([0, 200])):
        np.testing.assert_allclose(rows.logits[index], whole.logits[index], rtol=1e-5, atol=1e-4)
    assert rows.logits[3, 17] == pytest.approx(whole.logits[3, 17], rel=1e-5)
