"""``python -m llm_core.engine``: a worker process, started by :func:`llm_core.engine.worker.start_worker`."""

from llm_core.engine.process import main

main()
