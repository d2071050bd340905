"""Two processes of the real app behind nginx share the cluster, and a visitor stays with one of them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.chromium import CHROMIUM, PATIENCE_MS
from tests.scale.conftest import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
UPGRADE = (
    "GET /_stcore/stream HTTP/1.1",
    "Host: {host}",
    "Origin: http://{host}",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: streamlit",
    "Cookie: {cookie}",
    "\r\n",
)

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here: install Debian's nginx-light")


def free_ports(count):
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(command, log, **options):
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(address):
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until
            time.sleep(0.2)


@pytest.fixture(scope="module")
def served(nodes, engine, tmp_path_factory):
    """The address of nginx, as the example configures it, in front of two apps that ask the cluster."""
    folder = tmp_path_factory.mktemp("served")
    *apps, front = free_ports(3)
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for written, ours in (("8501", apps[0]), ("8502", apps[1]), ("8080", front)):
        assert text.count(written) == 1
        text = text.replace(written, f"127.0.0.1:{ours}" if written == "8080" else str(ours))
    # Only for the test: who answered is told.
    text = text.replace("location / {", "location / {\n      add_header X-Answered-By $upstream_addr;")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    environment = {**os.environ, "ATTENTION_ENGINE": "ray", "ATTENTION_RAY_ADDRESS": nodes.address}
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with ExitStack() as held:
        for port in apps:
            app = [sys.executable, "app.py", "--server.port", str(port)]
            held.enter_context(running(app, folder / f"{port}.txt", env=environment))
        held.enter_context(
            running([*command, "-g", f"daemon off; pid {folder}/pid; error_log stderr;"], folder / "nginx.txt")
        )
        for port in (*apps, front):
            wait_for(f"http://127.0.0.1:{port}")
        yield f"127.0.0.1:{front}"
    for port in apps:
        assert "Traceback" not in (folder / f"{port}.txt").read_text()


def asked(address, cookie=""):
    """Who answers, and the visitor's cookie."""
    request = urllib.request.Request(f"http://{address}/_stcore/health", headers={"Cookie": cookie} if cookie else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        cookies = [one.split(";")[0] for one in answer.headers.get_all("Set-Cookie")]
        return answer.headers["X-Answered-By"], next(one for one in cookies if one.startswith("attention_visitor="))


def visitors_of_both(address):
    """A cookie for each of the two apps."""
    found = {}
    for _ in range(200):
        who, cookie = asked(address)
        found[who] = cookie
        if len(found) == 2:
            return found
    raise AssertionError(f"All visitors were sent to {set(found)}")


def test_a_visitor_stays_with_one_process(served):
    for who, cookie in visitors_of_both(served).items():
        assert {asked(served, cookie) for _ in range(10)} == {(who, cookie)}


def test_the_channel_of_a_page_goes_through(served):
    host, port = served.split(":")
    for cookie in visitors_of_both(served).values():
        with socket.create_connection((host, int(port)), timeout=30) as channel:
            channel.sendall("\r\n".join(UPGRADE).format(host=served, cookie=cookie).encode())
            assert channel.recv(4096).startswith(b"HTTP/1.1 101")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's chromium-headless-shell")
def test_both_processes_draw_what_the_cluster_reads(served, browser):
    for number, cookie in enumerate(visitors_of_both(served).values()):
        name, _, value = cookie.partition("=")
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": name, "value": value, "url": f"http://{served}"}])
        page = context.new_page()
        words = f"The cluster reads this for the app with number {number}."
        page.goto(f"http://{served}/?{urlencode({'model': 'minilm-l6-mlm', 'text': words})}")
        page.locator(".ax[data-ready*=' closed none ']").wait_for()
        assert any(one["name"] == name and one["value"] == value for one in context.cookies())
        context.close()
