"""The app on a server of its own, for what is measured in a browser, and how that browser is started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parents[1]
STARTS_WITHIN, STOPS_WITHIN = 120, 120
"""Seconds."""

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def environment(cache: Path | None = None) -> dict[str, str]:
    """The environment of a process that keeps converted models in a folder; None for the usual one."""
    return dict(os.environ) if cache is None else {**os.environ, "ATTENTION_EXPLORER_CACHE": str(cache)}


@contextmanager
def serving(cache: Path | None = None) -> Iterator[str]:
    """Start the app on a free port, and stop it afterwards; gives its address.

    Args:
        cache: Where converted models are kept; None for the usual folder.

    Raises:
        RuntimeError: The server does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "app.py", "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(cache),
    )
    address = f"http://localhost:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=STOPS_WITHIN)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Expected the app at {address} within {STARTS_WITHIN} s, got no answer. Start app.py by hand.")


def browser(playwright: Playwright) -> Browser:
    """Chromium, started without what it would fetch by itself."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
