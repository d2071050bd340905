"""Weights that a bundled model shares with a catalog model, which is installed anyway, are read from there.

A folder with ``borrowed_weights.json`` names that model (``from``) and, for each tensor it lacks, the name it has there
(``tensors``).
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from llm_core.models.sources import find_model, wheel_path

BORROWED = "borrowed_weights.json"


def complete_weights(folder: Path) -> dict[str, torch.Tensor] | None:
    """Every tensor of a model that borrows some, or None if it borrows none.

    Raises:
        NotAModelError: The package that carries the borrowed tensors is not installed.
        SafetensorError: A file is damaged, or lacks a tensor.
    """
    note = folder / BORROWED
    if not note.is_file():
        return None
    borrowed = json.loads(note.read_text(encoding="utf-8"))
    lender = wheel_path(find_model(borrowed["from"]))
    tensors = load_file(folder / "model.safetensors")
    with safe_open(lender / "model.safetensors", "pt") as file:
        for name, name_there in borrowed["tensors"].items():
            tensors[name] = file.get_tensor(name_there)
    return tensors
