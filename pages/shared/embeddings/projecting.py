"""Projections of points: PCA at once, t-SNE and UMAP in processes that visitors share and can stop."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from llm_core.embeddings.point_projections import FEWEST_POINTS, Method, Projection, different, project
from llm_core.embeddings.projection_job import ProjectionJob
from pages.shared.cache import BoundedCache
from pages.shared.embeddings.map_words import NAMES
from pages.shared.literal import literal

AT_ONCE = 2
"""More jobs than this would only slow each other, and the pages, down."""

SEED = 0


@dataclass
class _Shared:
    """A job and who waits for it."""

    job: ProjectionJob
    waiting: set[str] = field(default_factory=set)


class Projector:
    """Runs each projection once for everybody who waits for it."""

    def __init__(self) -> None:
        self._done: BoundedCache[Projection] = BoundedCache(128, 200_000_000)
        self._running: dict[Hashable, _Shared] = {}
        self._lock = threading.Lock()

    def ready(self, key: Hashable) -> Projection | None:
        """A projection that is done."""
        return self._done.get(key)

    def keep(self, key: Hashable, made: Projection) -> None:
        """Keep a projection."""
        self._done.put(key, made)

    def join(
        self, key: Hashable, who: str, vectors: np.ndarray, method: Method, dimensions: int
    ) -> ProjectionJob | None:
        """The job of a key, begun now if there is room; None if others have to end first."""
        with self._lock:
            if key not in self._running:
                if sum(not shared.job.ended for shared in self._running.values()) >= AT_ONCE:
                    return None
                self._running[key] = _Shared(ProjectionJob(vectors, method, dimensions, seed=SEED))
            shared = self._running[key]
            shared.waiting.add(who)
            return shared.job

    def leave(self, key: Hashable, who: str) -> None:
        """Wait no longer; a job that nobody waits for is stopped."""
        with self._lock:
            shared = self._running.get(key)
            if shared is None:
                return
            shared.waiting.discard(who)
            if not shared.waiting or shared.job.ended:
                shared.job.stop()
                del self._running[key]


@st.cache_resource
def projector() -> Projector:
    """The server's projections."""
    return Projector()


def projected(key: Hashable, vectors: np.ndarray, method: Method, dimensions: int) -> Projection:
    """The projection asked for or, where points are too few for it, while it is made or after it was stopped, PCA.

    Raises:
        SelectionError: The vectors cannot be projected with this method.
    """
    wanted = (key, method, dimensions)
    _leave_others(wanted)
    if method == "pca" or different(vectors, FEWEST_POINTS[method]) < FEWEST_POINTS[method]:
        return _pca((key, "pca", dimensions), vectors, dimensions)
    done = projector().ready(wanted)
    if done is not None:
        return done
    if st.session_state.get("projection_stopped") == wanted:
        st.info(
            f"{NAMES[method]} was stopped; what you see is PCA.",
            icon=":material/info:",
        )
        st.button("Start it again", on_click=lambda: st.session_state.pop("projection_stopped", None))
    else:
        st.session_state["projection_wanted"] = wanted
        _wait(wanted, vectors, method, dimensions)
    return _pca((key, "pca", dimensions), vectors, dimensions)


def _pca(key: Hashable, vectors: np.ndarray, dimensions: int) -> Projection:
    done = projector().ready(key)
    if done is None:
        done = project(vectors, "pca", dimensions)
        projector().keep(key, done)
    return done


def _leave_others(wanted: Hashable) -> None:
    before = st.session_state.get("projection_wanted")
    if before is not None and before != wanted:
        projector().leave(before, _visitor())
        st.session_state.pop("projection_wanted", None)


def _visitor() -> str:
    return str(st.session_state.setdefault("visitor", str(np.random.default_rng().integers(1 << 62))))


@st.fragment(run_every=0.5)
def _wait(wanted: Hashable, vectors: np.ndarray, method: Method, dimensions: int) -> None:
    """Progress and a way to stop, asked for twice a second until there is a result."""
    if st.session_state.get("projection_stopped") == wanted:
        st.rerun()
    job = projector().join(wanted, _visitor(), vectors, method, dimensions)
    if job is None:
        st.progress(0.0, text=f"{NAMES[method]} waits until others are done. PCA is drawn meanwhile.")
    elif not job.ended:
        progress = job.progress
        st.progress(progress.fraction, text=f"{literal(progress.message)} … PCA is drawn meanwhile.")
    else:
        made = job.result()
        projector().leave(wanted, _visitor())
        if made is not None:
            projector().keep(wanted, made)
        else:
            st.session_state["projection_stopped"] = wanted
        st.rerun()
    st.button(f"Stop {NAMES[method]}", key="stop-projection", on_click=_stop, args=(wanted,))


def _stop(wanted: Hashable) -> None:
    projector().leave(wanted, _visitor())
    st.session_state["projection_stopped"] = wanted
