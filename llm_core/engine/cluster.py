"""Ray as the engine needs it: a connection, the application deployed, and which errors mean that a replica is gone."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from llm_core.errors import NoClusterError, first_line

DEPLOYING_SECONDS = 60.0
KNOCKING_SECONDS = 5.0


def connect(address: str, name: str, arguments: Mapping[str, Any]) -> Any:
    """A handle to the application, which is deployed if it is not there.

    Args:
        address: Of the cluster, as for ``ray.init``.
        name: Of the application.
        arguments: What it takes if it is deployed.

    Raises:
        NoClusterError: There is no cluster at the address, it takes no strangers, or Ray is not installed.
    """
    # Without a token anybody who reaches the cluster runs what he likes there; who wants that says so.
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        import ray
        from ray import serve
    except ImportError:
        raise NoClusterError(
            "ATTENTION_ENGINE=ray needs Ray, which is not installed here. "
            "Install it (pip install -r requirements-scale.txt), and start again."
        ) from None
    try:
        if not ray.is_initialized():
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level="warning")
    except Exception as error:
        raise NoClusterError(
            f"There is no Ray cluster to be had at “{address}”: {first_line(error)} "
            "Start one (README, “Many machines”), on this machine or with this one in it, and see that both have the "
            "same token."
        ) from error
    serve.start(proxy_location="Disabled")
    handle = _handle(name)
    if handle is None:
        from llm_core.engine.ray_replica import application

        serve.run_many(
            [serve.RunTarget(target=application(arguments), name=name, route_prefix=None)],
            wait_for_applications_running=False,
        )
        until = time.monotonic() + DEPLOYING_SECONDS
        while (handle := _handle(name)) is None:
            if time.monotonic() > until:
                raise NoClusterError(f"The cluster has not begun to start “{name}”. See what it logs, and try again.")
            time.sleep(0.2)
    return handle


def is_lost(error: Exception) -> bool:
    """True if an error means that the replica which did a task is gone, or what it said never came."""
    from ray.exceptions import RayError, RayTaskError
    from ray.serve.exceptions import ReplicaUnavailableError

    return isinstance(error, RayError | ReplicaUnavailableError) and not isinstance(error, RayTaskError)


def _handle(name: str) -> Any:
    """A handle, or None if there is no such application."""
    from ray import serve
    from ray.serve.exceptions import RayServeException

    try:
        return serve.get_app_handle(name).options(stream=True)
    except RayServeException:
        return None


def _knock(address: str) -> None:
    """Refuse at once an address where nobody is, for which Ray would try for minutes.

    Raises:
        OSError: Nobody is there.
    """
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCKING_SECONDS).close()
