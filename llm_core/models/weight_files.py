"""Which files of a folder hold its weights, and the names of the tensors in them, read without torch.

A safetensors file begins with the length of a JSON header that names every tensor with its place in the file
(https://huggingface.co/docs/safetensors, "Format").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from llm_core.errors import NotAModelError, UnsupportedModelError, shortened

WEIGHTS = "*.safetensors"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTERS = ("adapter_config.json", "adapter_model*", "adapter.safetensors", "pytorch_adapter.bin")
"""What peft and adapter-transformers write."""

OTHER_FORMATS = re.compile(r"consolidated.*|(model|pytorch_model)\.(fp16|bf16|fp32|non_ema)(-\d+-of-\d+)?")
"""The same weights once more, in another format or number format; names without their suffix."""

LONGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""

BYTES_AT_ONCE = 16_000_000
"""So many of two files are compared at a time."""


FORMATS = ("F16", "BF16", "F32", "F64")
"""Number formats of safetensors in which a weight stands for itself."""

NAMED = 3
"""So many tensors are named in an error."""


def some_of(names: Iterable[str]) -> str:
    """The first few of some names, and how many there are beside them."""
    ordered = sorted(names)
    return ", ".join(ordered[:NAMED]) + (f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else "")


def check_not_quantized(name: str, read: Sequence[Path]) -> None:
    """Refuse weights that only the quantizer that a configuration names can read.

    Raises:
        NotAModelError: Some tensors are whole numbers, or of eight bits.
    """
    formats = {key: entry["dtype"] for file in read for key, entry in header_of(file, name).items()}
    other = [key for key, kind in formats.items() if kind not in FORMATS]
    if other:
        raise quantized(name, other)


def quantized(name: str, tensors: Sequence[str]) -> NotAModelError:
    """The error for weights that stand for nothing without a scale."""
    return NotAModelError(
        f"Expected weights in float16, bfloat16, float32 or float64, but {shortened(name)} has {len(tensors)} of "
        f"another number format: {some_of(tensors)}. These are quantized, and what they stand for cannot be told. "
        "Choose the model's original, or its GGUF file."
    )


def adapter_files(folder: Path) -> list[str]:
    """Names of the files of an adapter that lies in a folder."""
    return sorted({file.name for pattern in ADAPTERS for file in folder.glob(pattern)})


def read_files(folder: Path, name: str) -> list[Path]:
    """The files that the library reads a model's weights from.

    Args:
        folder: The model's folder.
        name: The model's name, for errors.

    Raises:
        NotAModelError: The index names files that are not there, or is no index.
    """
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if not (folder / INDEX).is_file():
        raise NotAModelError(
            f"The weights of {shortened(name)} cannot be told from other files: expected {SINGLE}, or {INDEX} beside "
            f"its parts, got {', '.join(sorted(file.name for file in folder.glob(WEIGHTS)))}. Rename or download them."
        )
    try:
        index: Any = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        files = [folder / part for part in sorted(set(index["weight_map"].values()))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAModelError(f"The index {INDEX} of {shortened(name)} cannot be read. Download it again.") from error
    absent = [file.name for file in files if not file.is_file()]
    if absent:
        raise NotAModelError(
            f"The weights of {shortened(name)} are incomplete: {len(absent)} of {len(files)} files are missing, for "
            f"example {absent[0]}. Copy or download the folder again."
        )
    return files


def check_extra_files(folder: Path, name: str, read: Sequence[Path]) -> None:
    """Refuse a folder with weights that the library would not read, unless they are the same ones once more.

    The same are files of other formats by their name, and any file whose every tensor has the same bytes in those that
    are read.

    Raises:
        UnsupportedModelError: A file holds tensors that would be left out.
        NotAModelError: A file is torn.
    """
    known = {tensor: (one, entry) for one in read for tensor, entry in header_of(one, name).items()}
    for file in sorted(folder.glob(WEIGHTS)):
        if file in read or OTHER_FORMATS.fullmatch(file.stem):
            continue
        there = header_of(file, name)
        left = sorted(set(there) - set(known))
        differing = [] if left else [one for one in sorted(there) if not _is_same((file, there[one]), known[one])]
        if not left and not differing:
            continue
        what = (
            f"{len(left)} tensors that are read from nowhere, for example {left[0]}"
            if left
            else f"{len(differing)} tensors twice with different numbers, for example {differing[0]}"
        )
        raise UnsupportedModelError(
            f"The folder of {shortened(name)} holds weights in {file.name} beside those that are read from "
            f"{', '.join(one.name for one in read[:2])}: {what}. Which of them belong to the model cannot be told. "
            "Take out what does not."
        )


def _is_same(one: tuple[Path, dict[str, Any]], other: tuple[Path, dict[str, Any]]) -> bool:
    """True if two tensors, each a file and what its header says, have one number format, shape and bytes."""
    (file, here), (other_file, there) = one, other
    if (here["dtype"], here["shape"]) != (there["dtype"], there["shape"]):
        return False
    start, end = here["data_offsets"]
    with _at(file, start) as first, _at(other_file, there["data_offsets"][0]) as second:
        counts = (min(BYTES_AT_ONCE, end - place) for place in range(start, end, BYTES_AT_ONCE))
        return all(first.read(count) == second.read(count) for count in counts)


def _at(file: Path, offset: int) -> BinaryIO:
    """A safetensors file, opened where its numbers have some offset."""
    opened = file.open("rb")
    opened.seek(8 + int.from_bytes(opened.read(8), "little") + offset)
    return opened


def header_of(file: Path, name: str) -> dict[str, Any]:
    """What a safetensors file says of each of its tensors: ``dtype``, ``shape``, ``data_offsets``.

    Raises:
        NotAModelError: It is torn, or no safetensors file.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(length)) if 2 <= length <= min(LONGEST_HEADER, size - 8) else None
        if not isinstance(header, dict):
            raise ValueError("no header")
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise _torn(file, name, "it has no header that names its tensors") from error
    if end != size - 8 - length:
        raise _torn(file, name, f"it should have {8 + length + end:,} bytes and has {size:,}")
    return header


def _torn(file: Path, name: str, why: str) -> NotAModelError:
    return NotAModelError(
        f"The weights of {shortened(name)} cannot be read: {file.name} is torn, since {why}. "
        "Copy or download the folder again."
    )
