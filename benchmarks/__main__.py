"""``python -m benchmarks`` measures everything; ``python -m benchmarks NAME ...`` measures some of it."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from importlib.metadata import version

from benchmarks import (
    applications,
    boundary,
    browser_bytes,
    classroom,
    faithful,
    front_door,
    generating,
    looking,
    memory,
    recording,
    repaint,
    sliding,
    soak,
    uses,
)

BENCHMARKS: dict[str, Callable[[], str]] = {
    "recording": recording.report,
    "memory": memory.report,
    "looking": looking.report,
    "browser_bytes": browser_bytes.report,
    "repaint": repaint.report,
    "generating": generating.report,
    "sliding": sliding.report,
    "applications": applications.report,
    "uses": uses.report,
    "front_door": front_door.report,
    "faithful": faithful.report,
    "boundary": boundary.report,
    "class": classroom.report,
    "soak": soak.report,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all if left out")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    for name in names:
        waiting = os.getloadavg()[0]
        print(f"{BENCHMARKS[name]()}\n\n{_machine()}, load average {waiting:.1f} before.\n", flush=True)


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers"))
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {libraries}"


if __name__ == "__main__":
    main()
