"""What can be refused without torch is refused within a tenth of a second, and torch is not even imported for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

import llm_core

CASES = {
    "nothing": "",
    "a name that is none": "no such model!",
    "a path that is none": "/no/such/folder",
    "an empty folder": "{empty}",
    "a folder of pickles": "{pickles}",
    "a model type that nobody knows": "{unknown}",
    "torn weights": "{torn}",
    "an adapter alone": "{adapter}",
    "a GGUF in capitals that is none": "{empty}/MODEL.GGUF",
}
CODE = """
import sys, time
import llm_core
begun = time.process_time()
try:
    llm_core.load_model({name!r})
except llm_core.LlmCoreError as error:
    print(time.process_time() - begun, "torch" in sys.modules, "transformers" in sys.modules, type(error).__name__)
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory, tiny_folder):
    base = tmp_path_factory.mktemp("refused")
    for name in ("empty", "pickles", "unknown", "adapter"):
        (base / name).mkdir()
    (base / "empty" / "MODEL.GGUF").write_bytes(b"GGUF" + bytes(64))
    (base / "pickles" / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (base / "pickles" / "pytorch_model.bin").write_bytes(b"x")
    (base / "unknown" / "config.json").write_text(json.dumps({"model_type": "nobody-knows"}))
    (base / "adapter" / "adapter_config.json").write_text("{}")
    shutil.copytree(tiny_folder("llama"), base / "torn")
    with (base / "torn" / "model.safetensors").open("r+b") as file:
        file.truncate(5000)
    return {name: str(base / name) for name in ("empty", "pickles", "unknown", "adapter", "torn")}


@pytest.mark.parametrize("what", CASES)
def test_it_is_refused_without_torch(places, what):
    """Torch alone takes longer to import than a person waits; how fast a machine is, no test judges."""
    code = CODE.format(name=CASES[what].format(**places))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, torch, transformers, error = done.stdout.split()
    assert (torch, transformers) == ("False", "False")
    assert issubclass(getattr(llm_core, error), llm_core.LlmCoreError)
    assert float(seconds) < 1


def test_a_gguf_suffix_in_capitals_is_a_gguf(places):
    with pytest.raises(llm_core.BrokenGgufError, match="complete GGUF file"):
        llm_core.load_model(f"{places['empty']}/MODEL.GGUF")
    with pytest.raises(llm_core.UnknownModelError, match="No folder or file is there"):
        llm_core.load_model("elsewhere.GGuf")
