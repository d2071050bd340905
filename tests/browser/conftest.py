"""A real server and a real Chromium that can reach nothing but that server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import PATIENCE_MS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a free port, served as the README says."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """A server that has just started; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--server.port", str(port)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "ATTENTION_WORKERS": "2", "ATTENTION_PRELOAD": "1"},
        )
        address = f"http://localhost:{port}"
        try:
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=60)
    assert "Traceback" not in log.read_text()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"The server stopped: {log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not answer: {log.read_text()}")


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """A function that opens a page, the Attention page if none is named, with URL parameters.

    Every host but the app's own is blocked and reported.
    """
    contexts = []
    strangers: list[str] = []
    errors: list[str] = []

    def open_page(
        *, path: str = "attention", dark: bool = False, phone: bool = False, **parameters: str | list[str]
    ) -> Page:
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1360, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.route(
            lambda url: not url.startswith((server, "data:", "blob:", "about:")),
            lambda route: (strangers.append(route.request.url), route.abort()),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/{path}?{urlencode(parameters, doseq=True)}")
        page.get_by_role("heading", level=4).wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert strangers == []
    assert errors == []
