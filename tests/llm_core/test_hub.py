"""Models of the hub, with a hub of this machine's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys, time, llm_core
answers = []
for name in sys.argv[1:]:
    told = []
    started = time.perf_counter()
    try:
        model = llm_core.load_model(name, progress=told.append)
        answer = {"tokens": len(llm_core.trace(model, "The cat sat").tokens), "error": None}
    except llm_core.LlmCoreError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    answer["seconds"] = time.perf_counter() - started
    answer["told"] = [[progress.fraction, progress.message] for progress in told]
    answers.append(answer)
print(json.dumps(answers))
"""


class LocalHub:
    """A server process and a cache folder of its own for those who ask it."""

    def __init__(self, models: Path, cache: Path) -> None:
        self._cache = cache
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("hub_server.py"), models], stdout=subprocess.PIPE, text=True
        )
        self._port = int(self._process.stdout.readline())

    def load(self, *names):
        """What a fresh Python process gets for each name."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        environment |= {
            "HF_ENDPOINT": f"http://127.0.0.1:{self._port}",
            "HF_HOME": str(self._cache),
            "NO_PROXY": "127.0.0.1",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *names], env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def answers(tiny_folder, tmp_path_factory):
    """What a process is answered for every kind of name, and what a second one is when the hub has gone."""
    folder = tmp_path_factory.mktemp("hub")
    models = folder / "models"
    shutil.copytree(tiny_folder("llama"), models / "org" / "tiny")
    shutil.copytree(tiny_folder("bert"), models / "org" / "pickled")
    (models / "org" / "pickled" / "model.safetensors").rename(models / "org" / "pickled" / "pytorch_model.bin")
    (models / "org" / "words").mkdir()
    (models / "org" / "words" / "README.md").write_text("no model")
    names = ("org/tiny", "org/missing", "org/pickled", "org/words", "hanging/model", "hanging/other")
    hub = LocalHub(models, folder / "cache")
    try:
        told = dict(zip(names, hub.load(*names), strict=True))
    finally:
        hub.stop()
    (told["org/tiny", "without the hub"],) = hub.load("org/tiny")
    return told


def test_a_model_is_downloaded_once_and_then_works_without_the_hub(answers):
    first, again = answers["org/tiny"], answers["org/tiny", "without the hub"]
    assert first["error"] is None, first
    downloading = [fraction for fraction, message in first["told"] if "Downloading" in message]
    fractions = [fraction for fraction, _ in first["told"]]
    assert downloading
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert (again["error"], again["tokens"]) == (None, first["tokens"])
    assert not any("Downloading" in message for _, message in again["told"])


def test_what_the_hub_has_not_or_has_only_pickled_or_is_no_model_is_refused(answers):
    unknown, pickled, words = (answers[f"org/{name}"] for name in ("missing", "pickled", "words"))
    assert (unknown["error"], pickled["error"], words["error"]) == (
        "UnknownModelError",
        "PickledWeightsError",
        "NotAModelError",
    )
    assert "Check the spelling" in unknown["message"]
    assert "safetensors" in pickled["message"]
    assert "config.json" in words["message"]


def test_a_hub_that_does_not_answer_is_given_up_soon_and_then_at_once(answers):
    first, second = answers["hanging/model"], answers["hanging/other"]
    assert (first["error"], second["error"]) == ("UnreachableModelError", "UnreachableModelError")
    assert first["seconds"] < 60
    assert second["seconds"] < first["seconds"] / 2
    assert "offline model" in first["message"]
