"""A worker as a replica of a Ray Serve application, and the application; a Serve config names :func:`application`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from llm_core.engine.bench import MOST_MODEL_BYTES, Workbench
from llm_core.engine.places import Asked, told
from llm_core.engine.process import Worker
from llm_core.engine.worker import VALUE_BYTES
from llm_core.models.devices import AUTO, CPU
from llm_core.models.sources import find_model

APPLICATION = "attention-explorer"
DEPLOYMENT = "worker"

OPTIONS: Mapping[str, Any] = {
    "autoscaling_config": {
        "min_replicas": 1,
        "max_replicas": 16,
        # An engine gives each replica one task of a kind that it does and one that waits, so that two of them call for
        # another replica.
        "target_ongoing_requests": 1.5,
        "upscale_delay_s": 5.0,
        "downscale_delay_s": 300.0,
    },
    "max_ongoing_requests": 64,
    "max_queued_requests": 200,
    "ray_actor_options": {"num_cpus": 1},
    "request_router_config": {
        "request_router_class": "llm_core.engine.ray_router.HolderRouter",
        "request_routing_stats_period_s": 1.0,
    },
    "health_check_period_s": 5.0,
    "graceful_shutdown_timeout_s": 20.0,
}
"""How the application is deployed where nobody says otherwise; ``deploy/serve.yaml`` says the same."""

CARDS = {"num_gpus": 1}
"""What a replica also asks for where nodes of the cluster have graphics cards."""


class Replica:
    """Does tasks, and says of each what a worker process would say of it.

    Args:
        preload: Names of models to load before anybody asks.
        value_bytes: Bytes of records kept between tasks.
        model_bytes: Bytes of models kept in memory.
    """

    def __init__(
        self, preload: Sequence[str] = (), value_bytes: int = VALUE_BYTES, model_bytes: int = MOST_MODEL_BYTES
    ) -> None:
        self._name, cores, device = _own_place()
        self._bench = Workbench(value_bytes, model_bytes, device)
        self._numbers = itertools.count()
        self._heard: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Queue[tuple[Any, ...]]]] = {}
        self._worker = Worker(self._hear, cores, self._bench, [find_model(name) for name in preload])
        self._worker.start()

    async def do(self, asked: Asked) -> AsyncIterator[tuple[Any, ...]]:
        """Do a task; it ends when whoever asked goes away.

        Args:
            asked: The task.

        Yields:
            This replica's name and what its worker says of the task: ``"told"``, ``"item"``, at the end ``"done"`` or
            ``"failed"``.
        """
        number, said = next(self._numbers), asyncio.Queue[tuple[Any, ...]]()
        self._heard[number] = (asyncio.get_running_loop(), said)
        self._worker.take("do", number, asked.lane, asked.data, asked.models, asked.streams)
        try:
            kind = ""
            while kind not in {"done", "failed"}:
                kind, *rest = await said.get()
                yield self._name, kind, *rest
        finally:
            del self._heard[number]
            # A worker that is done with it knows it no more.
            self._worker.take("cancel", number)

    def record_routing_stats(self) -> dict[str, list[str]]:
        """What it holds, for those who choose a replica."""
        return told(*self._bench.holds())

    def _hear(self, kind: str, *rest: Any) -> None:
        if kind in {"told", "item", "done", "failed"} and (waiting := self._heard.get(rest[0])) is not None:
            loop, said = waiting
            loop.call_soon_threadsafe(said.put_nowait, (kind, *rest[1:]))


def application(args: Mapping[str, Any]) -> Any:
    """The application that Serve deploys.

    Args:
        args: What :class:`Replica` takes, and under ``"options"`` what differs from :data:`OPTIONS`.
    """
    from ray import serve

    own = dict(args)
    asked = own.pop("options", {})
    options = {**OPTIONS, **asked}
    if "ray_actor_options" not in asked and _cluster_has_cards():
        options["ray_actor_options"] = {**OPTIONS["ray_actor_options"], **CARDS}
    if options.get("num_replicas") is not None:
        options.pop("autoscaling_config", None)
    return serve.deployment(name=DEPLOYMENT, **options)(Replica).bind(**own)


def _own_place() -> tuple[str, int, str]:
    """The replica's name, the cores that are its own, and where it uses models: on its graphics cards if it has any."""
    import ray
    from ray import serve

    context = ray.get_runtime_context()
    cores = context.get_assigned_resources().get("CPU", 1)
    device = AUTO if context.get_accelerator_ids().get("GPU") else CPU
    return serve.get_replica_context().replica_id.unique_id, max(1, int(cores)), device


def _cluster_has_cards() -> bool:
    import ray

    return ray.is_initialized() and ray.cluster_resources().get("GPU", 0) >= 1
