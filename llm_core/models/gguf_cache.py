"""GGUF files, converted once into a folder that the library can map into memory.

Reading a quantised GGUF takes half a minute each time; a folder with safetensors and tokenizer.json
takes a second. The converted folder is written beside its final place and renamed into it when it is
complete, so nobody ever sees half of it; a manifest with checksums tells a torn folder, which is then
made again. A lock lets one process convert while others wait.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from llm_core.errors import BrokenGgufError, LlmCoreError, ModelError, NotAModelError, UnsupportedModelError, first_line
from llm_core.progress import Progress, ProgressCallback, Telling

MANIFEST = "manifest.json"
RULES = "3"
"""Counts up when what is refused or kept of a GGUF file changes, so that it is converted again."""

TOKENS = "tokenizer.ggml.tokens"
"""Where a GGUF file lists its tokens."""

SAMPLES = 64
SAMPLE_BYTES = 1 << 16


def cache_folder() -> Path:
    """Where converted models are kept: ``ATTENTION_EXPLORER_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("ATTENTION_EXPLORER_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "attention-explorer"


def converted(gguf: Path, report: ProgressCallback) -> Path:
    """The folder a GGUF file was converted into, converting it first if needed.

    Args:
        gguf: The file.
        report: Told how far the conversion is; if it raises, nothing is left behind.

    Raises:
        BrokenGgufError: The file is torn, or no GGUF file.
        NotAModelError: It lacks its tokenizer or some of its tensors.
        UnsupportedModelError: The library cannot convert this architecture.
        ModelError: The cache folder cannot be written.
    """
    folder = cache_folder() / f"gguf-{_fingerprint(gguf)}"
    if is_complete(folder):
        return folder
    tell = Telling(report)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(FileLock(f"{folder}.lock"), tell):
            if not is_complete(folder):
                _convert_into(folder, gguf, tell)
    except OSError as error:
        if error is tell.raised:
            raise
        raise ModelError(
            f"The converted model cannot be written to {folder.parent}: {first_line(error)} "
            "Make room there, or name another folder in ATTENTION_EXPLORER_CACHE."
        ) from error
    return folder


def _convert_into(folder: Path, gguf: Path, tell: Telling) -> None:
    """Convert beside the folder and move the whole into its place, or leave nothing behind."""
    scratch = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        _convert(gguf, scratch, tell)
        _write_manifest(scratch)
        if folder.exists():
            shutil.rmtree(folder)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def is_complete(folder: Path) -> bool:
    """True if every file of a converted folder is there and as it was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest) and all(_is_as_written(folder / name, entry) for name, entry in manifest.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_as_written(path: Path, entry: dict[str, Any]) -> bool:
    stat = path.stat()
    if stat.st_size != entry["bytes"] or _digest(path) != entry["digest"]:
        return False
    # Samples are enough for a file nobody has touched; any other is read whole.
    return stat.st_mtime_ns == entry["mtime_ns"] or _whole_digest(path) == entry["whole"]


def _write_manifest(folder: Path) -> None:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    manifest = {
        path.name: {
            "bytes": path.stat().st_size,
            "mtime_ns": path.stat().st_mtime_ns,
            "digest": _digest(path),
            "whole": _whole_digest(path),
        }
        for path in files
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _digest(path: Path) -> str:
    """A checksum of a file: of all of it if small, otherwise of 64 pieces spread over it."""
    size = path.stat().st_size
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        if size <= SAMPLES * SAMPLE_BYTES:
            digest.update(file.read())
        else:
            for place in range(SAMPLES):
                file.seek((size - SAMPLE_BYTES) * place // (SAMPLES - 1))
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


def _whole_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _fingerprint(gguf: Path) -> str:
    """Names a GGUF's content and the library that would convert it."""
    parts = (_known_digest(str(gguf), *_version(gguf)), str(gguf.stat().st_size), version("transformers"), RULES)
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


def _version(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@lru_cache(maxsize=64)
def _known_digest(path: str, *_: int) -> str:
    """The checksum of a whole file, worked out once for each version of it."""
    return _whole_digest(Path(path))


@contextmanager
def _alone(lock: FileLock, report: ProgressCallback) -> Iterator[None]:
    """Hold a lock, telling while another process holds it; a report that raises ends the wait."""
    while True:
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            report(Progress(0.0, "Waiting for another process that converts the same file"))
    try:
        yield
    finally:
        lock.release()


def _convert(gguf: Path, folder: Path, report: Telling) -> None:
    report(Progress(0.0, f"Reading {gguf.name}"))
    _check_readable(gguf)
    where: dict[str, Any] = {
        "gguf_file": gguf.name,
        "local_files_only": True,
        "trust_remote_code": False,
    }
    import torch
    from transformers import AutoConfig, AutoTokenizer

    from llm_core.models.architectures import BUILDING, family_of, loaders
    from llm_core.models.gguf_checks import check_whole

    try:
        report(Progress(0.1, f"Converting the tokenizer of {gguf.name} (1 of 3)"))
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **where)
        report(Progress(0.35, f"Unpacking the weights of {gguf.name} (2 of 3)"))
        config = AutoConfig.from_pretrained(gguf.parent, **where)
        loader = loaders(config, family_of(config))[0]
        with BUILDING:
            model, info = loader.from_pretrained(
                gguf.parent, config=config, dtype=torch.float32, output_loading_info=True, **where
            )
        check_whole(gguf, model, info["missing_keys"])
    except (LlmCoreError, KeyboardInterrupt):
        raise
    except Exception as error:
        if error is report.raised:
            raise
        raise UnsupportedModelError(
            f"The file {gguf.name} is a GGUF file, but transformers cannot convert it: {first_line(error)} "
            "Choose a GGUF of a supported architecture, such as LLaMA, Qwen or Gemma."
        ) from error
    report(Progress(0.85, "Writing the converted model (3 of 3)"))
    try:
        tokenizer.save_pretrained(folder)
        _write_weights(model, folder)
    except OSError:
        raise
    except Exception as error:
        # The writers of tokenizers and safetensors have errors of their own for a disk that is full.
        raise OSError(first_line(error)) from error
    report(Progress(1.0, "Converted"))


def _write_weights(model: Any, folder: Path) -> None:
    """Write the unpacked weights; the library's own writer refuses models that came quantised."""
    from safetensors.torch import save_model

    config = copy.deepcopy(model.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.save_pretrained(folder)
    if model.generation_config is not None:
        model.generation_config.save_pretrained(folder)
    save_model(model, str(folder / "model.safetensors"), metadata={"format": "pt"})


def _check_readable(gguf: Path) -> None:
    from gguf import GGUFReader

    try:
        reader = GGUFReader(gguf)
        readable = bool(reader.tensors) and "general.architecture" in reader.fields
    except Exception as error:
        raise BrokenGgufError(
            f"Expected a complete GGUF file, but {gguf.name} cannot be read: it is torn or of another kind. "
            "Download it again and compare its size with the original."
        ) from error
    if not readable:
        raise BrokenGgufError(
            f"Expected a GGUF file with a model, but {gguf.name} has no tensors or names no architecture."
        )
    if TOKENS not in reader.fields:
        raise NotAModelError(
            f"The tokenizer of {gguf.name} is missing, and without it no text can be read: the file has no field "
            f"{TOKENS}. Choose a GGUF file that was written together with its tokenizer, or the model's folder."
        )
