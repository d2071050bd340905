"""From what a person typed to a model on disk: names are checked before any path or network is touched."""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
import re
from pathlib import Path

from llm_core.catalog import ModelSpec, catalog
from llm_core.errors import (
    CustomCodeError,
    NotAModelError,
    PickledWeightsError,
    UnknownModelError,
)

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")


def find_model(name: str | os.PathLike[str]) -> ModelSpec:
    """Tell which model a name means, without loading it and without any network.

    Args:
        name: A catalog name, a local folder, a local ``.gguf`` file, or a hub id such as ``org/model``.

    Raises:
        UnknownModelError: The name is none of these.
    """
    text = os.fspath(name).strip() if isinstance(name, str | os.PathLike) else name
    if not isinstance(text, str) or not text or "\0" in text or len(text) > 4096:
        raise UnknownModelError(
            f"Expected the name of a model, got {_short(name)}. Type a name such as "
            f"“{catalog()[0].name}”, a hub id such as “org/model”, or the path of a folder or .gguf file."
        )
    for spec in catalog():
        if text == spec.name:
            return spec
    path = Path(text).expanduser()
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError:
        is_folder = is_file = False
    if is_file:
        return _spec_of_file(text, path)
    if is_folder:
        return ModelSpec(
            name=text, source="folder", location=str(path.resolve()), offline=True, revision=_revision(path)
        )
    looks_like_path = text.startswith((".", "/", "~")) or "\\" in text or text.endswith(".gguf")
    if HUB_ID.fullmatch(text) and ".." not in text and "--" not in text and not looks_like_path:
        return ModelSpec(name=text, source="hub", location=text)
    names = [spec.name for spec in catalog()]
    near = difflib.get_close_matches(text, names, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    what = "No folder or file is there" if looks_like_path else "It is no catalog name, path or hub id"
    raise UnknownModelError(f"There is no model {_short(text)}. {what}.{hint} The catalog has: {', '.join(names)}.")


def _spec_of_file(text: str, path: Path) -> ModelSpec:
    if path.suffix.lower() != ".gguf":
        raise UnknownModelError(
            f"Expected a .gguf file or a model folder, got the file {_short(text)}. "
            "Name the folder that holds config.json and the weights."
        )
    return ModelSpec(
        name=text,
        source="gguf",
        location=str(path.resolve()),
        offline=True,
        revision=_revision(path),
    )


def _revision(path: Path) -> str:
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors")) + sorted(path.glob("*.json"))
    stats = [file.stat() for file in files]
    return f"{sum(stat.st_size for stat in stats)}-{max((stat.st_mtime_ns for stat in stats), default=0)}"


def wheel_path(spec: ModelSpec) -> Path:
    """The folder or file of a model that came inside an installed package, which is not imported.

    Raises:
        NotAModelError: The package is not installed.
    """
    package, _, inside = spec.location.partition(":")
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / inside
        if path.exists():
            return path
    raise NotAModelError(
        f"The model “{spec.name}” is not installed: expected the package {package} with {inside}. "
        "Run “make setup”, which installs requirements-models.txt."
    )


def check_folder(folder: Path, name: str) -> None:
    """Refuse a folder that holds no model, only pickles, or a model that needs its own code.

    Raises:
        NotAModelError: config.json or the weights are missing or cannot be read.
        PickledWeightsError: The only weights are pickles.
        CustomCodeError: The configuration points to Python code and the library has none of its own.
    """
    config_file = folder / "config.json"
    if not config_file.is_file():
        raise NotAModelError(
            f"Expected a model folder, but {_short(name)} has no config.json. "
            "Name the folder that holds config.json, tokenizer.json and *.safetensors."
        )
    try:
        config = json.loads(config_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotAModelError(f"The config.json of {_short(name)} cannot be read: {error}.") from error
    if not isinstance(config, dict):
        raise NotAModelError(f"Expected an object in the config.json of {_short(name)}.")
    if config.get("auto_map") and not _library_knows(config.get("model_type")):
        raise needs_own_code(name)
    if "model_type" not in config:
        raise NotAModelError(f"The config.json of {_short(name)} names no model_type, so it is no transformers model.")
    if not _library_knows(config["model_type"]):
        raise NotAModelError(
            f"The installed transformers does not know the model type “{config['model_type']}” of "
            f"{_short(name)}. Choose a model of a type that it supports."
        )
    if not any(folder.glob("*.safetensors")):
        if any(file for pattern in PICKLES for file in folder.glob(pattern)):
            raise PickledWeightsError(
                f"The weights of {_short(name)} are pickled, and unpickling can run any code. "
                "Convert them to safetensors, or choose a model that has them."
            )
        raise NotAModelError(f"The folder {_short(name)} holds no weights (*.safetensors).")


def needs_own_code(name: str) -> CustomCodeError:
    """The error for a model that cannot be built without Python code of its own."""
    return CustomCodeError(
        f"The model {_short(name)} can only be built with its own Python code, and code that comes with "
        "a model is never run here. Choose a model that transformers supports by itself."
    )


def _library_knows(model_type: object) -> bool:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    return isinstance(model_type, str) and model_type in CONFIG_MAPPING


def _short(name: object) -> str:
    text = str(name)
    return f"“{text if len(text) <= 80 else text[:77] + '…'}”"


def first_line(error: BaseException) -> str:
    """What went wrong in one line, for errors of other libraries."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 200 else text[:197] + "…"
