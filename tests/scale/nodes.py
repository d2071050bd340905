"""A cluster on this machine: ``ray start`` as the README says, and a network of its own for each node but the head.

Where namespaces cannot be made (no root, or no Linux), or nothing passes between them (a firewall), all nodes share
this machine's network.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
HEAD_HOST, PROBE_HOST = "10.213.7.1", "10.213.7.250"
STORE_BYTES = 100_000_000
"""Shared memory of each node, the least that Ray takes is 75 MB."""


@dataclass(eq=False)
class Node:
    """A node that runs until it is killed."""

    process: subprocess.Popen[bytes]
    address: str

    def kill(self) -> None:
        """End the node as a power cut would: every process of it, at once."""
        _kill(self.process)


@dataclass(eq=False)
class Nodes:
    """Starts and ends nodes; everything it makes carries one name.

    Attributes:
        address: Where others find the cluster.
        environment: What whoever joins or asks needs: the token.
    """

    environment: dict[str, str]
    address: str = ""
    nodes: list[Node] = field(default_factory=list)
    _folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ray")))
    _name: str = field(default_factory=lambda: f"ae{secrets.token_hex(3)}")
    _apart: bool = False

    def start_head(self, cpus: int) -> None:
        """Start the node that others join, with a network for them if one can be made."""
        self._apart = self._bridge()
        host, port = (HEAD_HOST if self._apart else "127.0.0.1"), _free_port()
        self.address = f"{host}:{port}"
        options = ["--head", f"--port={port}", f"--temp-dir={self._folder}", "--include-dashboard=false"]
        self._start([], host, [*options, f"--ray-client-server-port={_free_port()}"], cpus)

    def add(self, cpus: int = 1) -> Node:
        """Start another node, in a network of its own if one can be made."""
        number = len(self.nodes)
        if not self._apart:
            return self._start([], "127.0.0.1", [f"--address={self.address}"], cpus)
        space, host = f"{self._name}{number}", f"10.213.7.{number + 1}"
        return self._start(self._space(space, host), host, [f"--address={self.address}"], cpus)

    def end(self) -> None:
        """End every node and take the networks away."""
        for node in reversed(self.nodes):
            node.kill()
        if self._apart:
            for number in range(1, len(self.nodes)):
                self._remove(f"{self._name}{number}")
            subprocess.run(["ip", "link", "del", self._name], check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, within: list[str], host: str, options: list[str], cpus: int) -> Node:
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        log = (self._folder / f"node{len(self.nodes)}.log").open("wb")
        process = subprocess.Popen(
            [
                *within,
                *ray,
                *options,
                f"--node-ip-address={host}",
                f"--num-cpus={cpus}",
                f"--object-store-memory={STORE_BYTES}",
                "--include-log-monitor=false",
            ],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        node = Node(process, host)
        self.nodes.append(node)
        self._wait_for(node, Path(log.name))
        return node

    def _wait_for(self, node: Node, log: Path) -> None:
        for _ in range(600):
            text = log.read_text(errors="replace")
            if "Ray runtime started" in text:
                return
            if node.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"A node did not start: {log.read_text(errors='replace')}")

    def _bridge(self) -> bool:
        """Make the network that joins the nodes; False where that is not allowed, or nothing passes through it."""
        if os.getuid() != 0 or shutil.which("ip") is None:
            return False
        commands = (
            f"ip link add {self._name} type bridge",
            f"ip addr add {HEAD_HOST}/24 dev {self._name}",
            f"ip link set {self._name} up",
        )
        probe = f"{self._name}p"
        try:
            for command in commands:
                _quietly(command)
            within = self._space(probe, PROBE_HOST)
            passes = _passes(within, PROBE_HOST)
        except subprocess.CalledProcessError:
            passes = False
        self._remove(probe)
        if not passes:
            subprocess.run(["ip", "link", "del", self._name], check=False, capture_output=True)
        return passes

    def _space(self, space: str, host: str) -> list[str]:
        """Make a network with an address of its own, and give the words that begin a command within it."""
        for command in (
            f"ip netns add {space}",
            f"ip link add {space}h type veth peer name {space}n",
            f"ip link set {space}n netns {space}",
            f"ip link set {space}h master {self._name} up",
            f"ip -n {space} addr add {host}/24 dev {space}n",
            f"ip -n {space} link set {space}n up",
            f"ip -n {space} link set lo up",
        ):
            _quietly(command)
        return ["ip", "netns", "exec", space]

    @staticmethod
    def _remove(space: str) -> None:
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def _quietly(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


CALLED_BACK = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as own:
    own.settimeout(5)
    with socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=5) as head:
        head.sendall(own.getsockname()[1].to_bytes(2, "big"))
        own.accept()[0].close()
"""


def _passes(within: list[str], host: str) -> bool:
    """True if a program in another network reaches this one, and is reached from here."""
    with socket.create_server((HEAD_HOST, 0)) as own:
        own.settimeout(10)
        port = str(own.getsockname()[1])
        called = subprocess.Popen(
            [*within, sys.executable, "-c", CALLED_BACK, host, HEAD_HOST, port], stderr=subprocess.DEVNULL
        )
        with suppress(OSError):
            heard, _ = own.accept()
            with heard:
                there = int.from_bytes(heard.recv(2), "big")
                socket.create_connection((host, there), timeout=5).close()
        return called.wait() == 0


def token_environment() -> dict[str, str]:
    """What a cluster of the tests runs with: a token of its own, our modules, no telemetry."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(16),
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
    }


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started, and wait until they are gone."""
    with suppress(psutil.NoSuchProcess):
        one = psutil.Process(process.pid)
        family = [one, *one.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.send_signal(signal.SIGSTOP)
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, timeout=20)
    process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
