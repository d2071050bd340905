"""An engine in this process: a thread for each task, for scripts and notebooks that want the pages' one way to ask."""

from __future__ import annotations

import threading

from llm_core.engine.bench import Workbench
from llm_core.engine.engine import CancelledTaskError, Engine, Job
from llm_core.models.catalog import ModelSpec
from llm_core.models.devices import default_device
from llm_core.progress import Progress


class InlineEngine(Engine):
    """Does every task in a thread of this process; answers are the library's own records."""

    def __init__(self) -> None:
        super().__init__()
        self._bench = Workbench(device=default_device())
        self._cancelled: set[Job] = set()

    def is_loaded(self, spec: ModelSpec) -> bool:
        """True if a model is in memory."""
        return self._bench.has(spec)

    def close(self) -> None:
        """End all work that is told how far it is."""
        with self._lock:
            self._cancelled.update(self._jobs.values())

    def _begin(self, job: Job) -> None:
        threading.Thread(target=self._work, args=(job,), daemon=False).start()

    def _cancel(self, job: Job) -> None:
        self._cancelled.add(job)

    def _work(self, job: Job) -> None:
        def tell(progress: Progress) -> None:
            self._told(job, progress)
            if job in self._cancelled or not threading.main_thread().is_alive():
                raise CancelledTaskError

        try:
            if job.streams:
                for item in self._bench.run(job.task, tell):
                    self._came(job, item)
                    tell(job.progress)
                self._finish(job)
            else:
                self._finish(job, self._bench.answer(job.task, tell))
        except BaseException as error:
            self._finish(job, error=error)
        finally:
            self._cancelled.discard(job)
