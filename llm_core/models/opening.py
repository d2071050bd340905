"""``load_model(name)``: the way in, which keeps nobody waiting who mistyped a name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llm_core.models.admission import check_folder, check_gguf
from llm_core.models.catalog import ModelSpec
from llm_core.models.devices import CPU, check_device
from llm_core.models.sources import find_model
from llm_core.progress import ProgressCallback, ignore_progress

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


def load_model(
    name: str | os.PathLike[str] | ModelSpec, *, device: str = CPU, progress: ProgressCallback = ignore_progress
) -> LoadedModel:
    """Load a model by catalog name, hub id, local folder or local ``.gguf`` file.

    Args:
        name: Its name, or a spec from :func:`llm_core.models.catalog` or :func:`llm_core.find_model`.
        device: Where its weights are used: ``"cpu"``, ``"cuda"`` or ``"cuda:N"`` for a graphics card, ``"auto"`` for
            as many cards as it takes, and the processor for what fits on none or cannot be recorded there.
        progress: Told what is being done and how far it is. What it raises stops the loading.

    Raises:
        SettingError: There is no such device.
        UnknownModelError: There is no such model.
        UnreachableModelError: It is on the hub, the hub cannot be reached, and no copy is here.
        NotAModelError: What is there cannot be read as a model.
        UnsafeModelError: Opening it would run code that came with it.
        UnsupportedModelError: Its attention cannot be recorded faithfully, or part of its weights would be left out.
    """
    check_device(device)
    spec = name if isinstance(name, ModelSpec) else find_model(name)
    if spec.source == "folder":
        check_folder(Path(spec.location), spec.name)
    elif spec.source == "gguf":
        check_gguf(Path(spec.location))
    from llm_core.models.loading import load

    return load(spec, device, progress)
