"""Which replica of the cluster a task goes to; Ray Serve makes one of these in each process that asks.

Serve's own choice knows models by ``serve.multiplexed``: told late, so that what is asked of a trace at once would go
to another replica, which would make it again. Here the asking process remembers what it was given by whom, and the
replicas tell every second what they really hold, within their bounds on bytes.
"""

from __future__ import annotations

from typing import Any

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

from llm_core.engine.places import Asked, Places, places_of


class HolderRouter(RequestRouter):  # type: ignore[misc] # Ray comes without types that are checked here
    """Gives a task to the replica that has what it works on, or else the model and little to do."""

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """Groups of replicas, the best first."""
        if pending_request is None or not pending_request.args or not isinstance(pending_request.args[0], Asked):
            return [candidate_replicas]
        # Or a request that finds all replicas full would be tried again without a pause.
        pending_request.routing_context.should_backoff = True
        asked = pending_request.args[0]
        return self._places.ranked(asked, candidate_replicas, _name, self._load)

    def on_request_routed(self, pending_request: PendingRequest, replica_id: ReplicaID, result: Any) -> None:  # noqa: ARG002
        """Remember who makes an answer: what works on it, and is asked before it is there, follows."""
        if pending_request.args and isinstance(pending_request.args[0], Asked):
            self._places.note(pending_request.args[0].identity, replica_id.unique_id)

    def update_replicas(self, replicas: list[RunningReplica]) -> None:
        """Learn which replicas there are and what they hold."""
        super().update_replicas(replicas)
        self._tell_places()

    def on_replica_actor_died(self, replica_id: ReplicaID) -> None:
        """Forget a replica that is gone."""
        super().on_replica_actor_died(replica_id)
        self._tell_places()

    @property
    def _places(self) -> Places:
        return places_of(self.app_name)

    def _tell_places(self) -> None:
        self._places.update({_name(one): one.routing_stats or {} for one in self.curr_replicas.values()})

    def _load(self, replica: RunningReplica) -> int:
        return self.replica_queue_len_cache.get(replica.replica_id) or 0


def _name(replica: RunningReplica) -> str:
    name: str = replica.replica_id.unique_id
    return name
