"""What goes wrong around a worker: files that vanish, processes that die at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

import llm_core
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, task
from tests.llm_core.test_gguf_cache import write_tiny_gguf

TEXT = "The cat sat on the mat because it was tired."
OWN_MOUNTS = ["unshare", "--map-root-user", "--mount"]
"""Starts a program that may mount what only it sees, where the system lets it."""


def reading(ref, text=TEXT):
    return task("tracing.asked:read", ref, text)


def workers(engine):
    return [worker.process.pid for worker in list(engine._workers)]


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.6, 1.2, 2.5, 4.0])
def test_a_worker_killed_at_any_moment_loses_no_answer(tiny_folder, seconds):
    """While it starts, imports torch, loads the model or reads: whatever it does after so many seconds."""
    engine = LocalEngine(1)
    try:
        got = []
        asking = threading.Thread(
            target=lambda: got.append(engine.ask(reading(ModelRef(llm_core.find_model(tiny_folder("gpt2"))))))
        )
        asking.start()
        until = time.monotonic() + 60
        while not workers(engine) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(seconds)
        for pid in workers(engine):
            os.kill(pid, signal.SIGKILL)
        asking.join(60)
        assert got[0].attention("decoder", 0).shape[1:] == (len(got[0].tokens),) * 2
    finally:
        engine.close()


def test_a_model_whose_folder_is_removed_goes_on_and_then_says_what_is_missing(tiny_folder, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder("bert"), folder)
    ref = ModelRef(llm_core.find_model(folder))
    engine = LocalEngine(1)
    try:
        seen = engine.ask(reading(ref))
        shutil.rmtree(folder)
        assert engine.ask(reading(ref, "Its weights are in memory.")).tokens
        assert seen.attention("encoder", 0).shape[0] == seen.heads("encoder", 0)
        for pid in workers(engine):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(llm_core.ModelError):
            engine.ask(reading(ref, "Now they are nowhere."))
        with pytest.raises(llm_core.UnknownModelError):
            llm_core.find_model(folder)
    finally:
        engine.close()


def test_a_conversion_whose_worker_is_killed_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTENTION_EXPLORER_CACHE", str(tmp_path))
    ref = ModelRef(llm_core.find_model("smollm2-135m"))
    engine = LocalEngine(1)
    try:
        killed = []

        def kill_once(progress):
            if not killed and 0.05 < progress.fraction < 0.7:
                killed.extend(workers(engine))
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)

        assert engine.ask(reading(ref), kill_once).tokens
        assert killed
    finally:
        engine.close()


def _may_mount():
    return shutil.which("unshare") and subprocess.run([*OWN_MOUNTS, "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="this system lets no program mount a small disk of its own")
@pytest.mark.parametrize("kilobytes", [4, 16, 64, 112])
def test_a_disk_that_is_full_in_the_middle_of_a_conversion_is_said_and_may_be_made_larger(tmp_path, kilobytes):
    """The tokenizer, the configuration or the weights do not fit; with room the same question is answered."""
    disk, file = tmp_path / "disk", tmp_path / "tiny.gguf"
    disk.mkdir()
    write_tiny_gguf(file)
    program = f"""
import os, subprocess, sys
import llm_core
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, task
subprocess.run(["mount", "-t", "tmpfs", "-o", "size={kilobytes}k", "none", sys.argv[1]], check=True)
engine = LocalEngine(1)
wanted = task("tracing.asked:read", ModelRef(llm_core.find_model(sys.argv[2])), "The cat sat")
try:
    engine.ask(wanted)
except llm_core.ModelError as error:
    print(type(error).__name__, error)
print(sorted(name.rpartition(".")[2] for name in os.listdir(sys.argv[1])))
subprocess.run(["mount", "-o", "remount,size=10m", sys.argv[1]], check=True)
print(len(engine.ask(wanted).tokens) > 1)
engine.close()
"""
    done = subprocess.run(
        [*OWN_MOUNTS, sys.executable, "-c", program, str(disk), str(file)],
        env={**os.environ, "ATTENTION_EXPLORER_CACHE": str(disk)},
        capture_output=True,
        text=True,
        check=False,
    )
    said, left, answered = done.stdout.splitlines()
    assert said.startswith(f"ModelError The converted model cannot be written to {disk}: ")
    assert "No space left on device" in said
    assert said.endswith("Make room there, or name another folder in ATTENTION_EXPLORER_CACHE.")
    assert left == "['lock']"
    assert answered == "True"
