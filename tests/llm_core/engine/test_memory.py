"""What a process gives back when nobody comes, it has again when somebody does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from llm_core.engine.memory import give_mapped_files_back

VALUES = 4_000_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes pages of mapped files back")


def resident(path):
    """Bytes of a mapped file that this process has in memory."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ")[0]:
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


@pytest.fixture
def mapped(tmp_path):
    """A tensor whose values stand in a file, and that file."""
    path = tmp_path / "model.safetensors"
    save_file({"weight": torch.arange(VALUES, dtype=torch.float32)}, path)
    with safe_open(path, "pt") as file:
        yield file.get_tensor("weight"), path


def test_weights_that_stand_in_a_file_are_given_back_and_read_again(mapped):
    weight, path = mapped
    total = weight.double().sum()
    assert resident(path) > 2 * VALUES
    give_mapped_files_back(".safetensors")
    assert resident(path) < VALUES
    assert weight.double().sum() == total == VALUES * (VALUES - 1) / 2
    assert resident(path) > 2 * VALUES


def test_weights_that_were_changed_stay(mapped):
    weight, _ = mapped
    weight[VALUES // 2] = -1.0
    give_mapped_files_back(".safetensors")
    assert weight[VALUES // 2] == -1.0


def test_other_files_stay(mapped):
    weight, path = mapped
    weight.double().sum()
    give_mapped_files_back(".gguf")
    assert resident(path) > 2 * VALUES
