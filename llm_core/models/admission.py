"""What can be refused without torch is refused here, within a tenth of a second: names, files, foreign code.

Importing torch and transformers takes many seconds, so nothing here does, and a person who mistyped a name is not kept
waiting for them.
"""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from llm_core.errors import (
    BrokenGgufError,
    CustomCodeError,
    NotAModelError,
    PickledWeightsError,
    UnsupportedModelError,
    shortened,
)
from llm_core.models.tokenizer_files import check_tokenizer_files
from llm_core.models.weight_files import WEIGHTS, adapter_files, check_extra_files, check_not_quantized, read_files

TABLES = ("auto_mappings.py", "configuration_auto.py")
"""Where transformers lists its model types."""

_CONFIGURED = re.compile(r'"([^"]+)"[,:]\s*"(?!AutoConfig")\w+Config"')

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")


def check_gguf(path: Path) -> None:
    """Refuse a file that does not begin as GGUF files do.

    Raises:
        BrokenGgufError: It is torn, or of another kind.
    """
    with path.open("rb") as file:
        beginning = file.read(24)
    if beginning[:4] != b"GGUF" or len(beginning) < 24 or not any(beginning[8:16]):
        raise BrokenGgufError(
            f"Expected a complete GGUF file, but {path.name} cannot be read: it is torn or of another kind. "
            "Download it again and compare its size with the original."
        )


def check_folder(folder: Path, name: str) -> None:
    """Refuse a folder that holds no model, only pickles, an adapter, or a model that needs its own code.

    Raises:
        NotAModelError: config.json, the weights or the tokenizer are missing or cannot be read.
        PickledWeightsError: The only weights are pickles.
        CustomCodeError: The configuration points to Python code and the library has none of its own.
        UnsupportedModelError: An adapter lies there, which changes what the weights alone would do.
    """
    adapters = adapter_files(folder)
    if not (folder / "config.json").is_file():
        if adapters:
            raise NotAModelError(
                f"Expected a model folder, but {shortened(name)} holds only an adapter ({', '.join(adapters)}). "
                "Merge it into its model, for example with peft's merge_and_unload, and save the result."
            )
        raise NotAModelError(
            f"Expected a model folder, but {shortened(name)} has no config.json. "
            "Name the folder that holds config.json, tokenizer.json and *.safetensors."
        )
    config = _checked_config(folder / "config.json", name)
    if adapters:
        raise UnsupportedModelError(
            f"An adapter ({', '.join(adapters)}) lies beside the weights of {shortened(name)}, and the weights alone "
            "are not the model that was trained. Merge it, for example with peft's merge_and_unload, and save the "
            "result; or take the adapter's files out of the folder to see the model without it."
        )
    if not any(folder.glob(WEIGHTS)):
        if any(file for pattern in PICKLES for file in folder.glob(pattern)):
            raise PickledWeightsError(
                f"The weights of {shortened(name)} are pickled, and unpickling can run any code. "
                "Convert them to safetensors, or choose a model that has them."
            )
        raise NotAModelError(f"The folder {shortened(name)} holds no weights ({WEIGHTS}).")
    files = read_files(folder, name)
    if config.get("quantization_config"):
        check_not_quantized(name, files)
    check_extra_files(folder, name, files)
    check_tokenizer_files(folder, name, config.get("model_type"))


def _checked_config(file: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotAModelError(f"The config.json of {shortened(name)} cannot be read: {error}.") from error
    if not isinstance(config, dict):
        raise NotAModelError(f"Expected an object in the config.json of {shortened(name)}.")
    if config.get("auto_map") and not _library_knows(config.get("model_type")):
        raise needs_own_code(name)
    if "model_type" not in config:
        raise NotAModelError(
            f"The config.json of {shortened(name)} names no model_type, so it is no transformers model."
        )
    if not _library_knows(config["model_type"]):
        raise NotAModelError(
            f"The installed transformers does not know the model type “{config['model_type']}” of "
            f"{shortened(name)}. Choose a model of a type that it supports."
        )
    return config


def needs_own_code(name: str) -> CustomCodeError:
    """The error for a model that cannot be built without Python code of its own."""
    return CustomCodeError(
        f"The model {shortened(name)} can only be built with its own Python code, and code that comes with "
        "a model is never run here. Choose a model that transformers supports by itself."
    )


def _library_knows(model_type: object) -> bool:
    return isinstance(model_type, str) and model_type in known_model_types()


@cache
def known_model_types() -> frozenset[str]:
    """The model types of the installed transformers, read off its tables without importing it, which takes seconds."""
    found = importlib.util.find_spec("transformers")
    folders = (found.submodule_search_locations if found else None) or []
    tables = [Path(folder) / "models" / "auto" / name for folder in folders for name in TABLES]
    texts = [table.read_text(encoding="utf-8") for table in tables if table.is_file()]
    return frozenset(name for text in texts for name in _CONFIGURED.findall(text))
