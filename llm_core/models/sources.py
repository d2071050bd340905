"""From what a person typed to a model on disk: names are checked before any path or network is touched."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import os
import re
import time
from pathlib import Path

from llm_core.errors import NotAModelError, UnknownModelError, shortened
from llm_core.models.catalog import ModelSpec, catalog

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


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
            f"Expected the name of a model, got {shortened(name)}. Type a name such as "
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
            name=text, source="folder", location=str(path.resolve()), offline=True, revision=revision_of(path)
        )
    looks_like_path = text.startswith((".", "/", "~")) or "\\" in text or text.lower().endswith(".gguf")
    if HUB_ID.fullmatch(text) and ".." not in text and "--" not in text and not looks_like_path:
        return ModelSpec(name=text, source="hub", location=text)
    names = [spec.name for spec in catalog()]
    near = difflib.get_close_matches(text, names, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    what = "No folder or file is there" if looks_like_path else "It is no catalog name, path or hub id"
    raise UnknownModelError(f"There is no model {shortened(text)}. {what}.{hint} The catalog has: {', '.join(names)}.")


def _spec_of_file(text: str, path: Path) -> ModelSpec:
    if path.suffix.lower() != ".gguf":
        raise UnknownModelError(
            f"Expected a .gguf file or a model folder, got the file {shortened(text)}. "
            "Name the folder that holds config.json and the weights."
        )
    return ModelSpec(
        name=text,
        source="gguf",
        location=str(path.resolve()),
        offline=True,
        revision=revision_of(path),
    )


def revision_of(path: Path) -> str:
    """Distinguishes versions of a model on this disk: names, sizes and times of all its files; empty if it is none."""
    if not path.is_file() and not (path / "config.json").is_file():
        return ""
    try:
        files = [path] if path.is_file() else sorted(file for file in path.iterdir() if file.is_file())
        versions = [
            (file.name, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for file in files for one in [file.stat()]
        ]
    except OSError:
        # A file came or went meanwhile: no two readings of that are the same.
        return f"changing-{time.monotonic_ns()}"
    return hashlib.blake2b(repr(versions).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


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
