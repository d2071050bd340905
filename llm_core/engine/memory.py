"""Memory as the system counts it: a limit on what a process may take, and what it gives back when nobody comes."""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

M_ARENA_MAX, ARENAS = -8, 2
"""The option of the GNU C library, and its value here."""

MADV_DONTNEED = 4
"""The advice of Linux."""

_MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)$")


def limit_memory(most: int) -> None:
    """Let this process take no more than so many bytes of its own, where the system can say so (Linux); 0 for all."""
    if most and sys.platform == "linux":
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))


def share_free_memory() -> None:
    """Have threads that are started from now on share what the C library keeps free, instead of each its own."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_memory_back() -> None:
    """Let the system have the memory that is free but kept for later, where the C library can do that."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def give_mapped_files_back(suffix: str) -> None:
    """Let the system have the pages of mapped files back, where it can take them (Linux).

    They come again from the file when somebody reads them, or sooner: from the system's own cache, where they stay for
    as long as nobody needs the room. A mapping that was written to holds what no file has, and is left alone.

    Args:
        suffix: Of the files' names.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for start, end in list(_unwritten(suffix)):
        madvise(start, end - start, MADV_DONTNEED)


def _unwritten(suffix: str) -> Iterator[tuple[int, int]]:
    """Where mapped files begin and end that hold nothing of this process's own."""
    place = None
    for line in Path("/proc/self/smaps").read_text().splitlines():
        found = _MAPPING.match(line)
        if found:
            start, end, name = found.groups()
            place = (int(start, 16), int(end, 16)) if name.endswith(suffix) else None
        elif place is not None and line.startswith("Anonymous:") and int(line.split()[1]) == 0:
            yield place
