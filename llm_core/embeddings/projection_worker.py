"""The process in which projections run: vectors in a file, progress as lines, points in a file.

``python -m llm_core.projection_worker`` reads one request a line from its standard input, as JSON with the keys
``folder``, ``method``, ``dimensions`` and ``seed``. It is started by :mod:`llm_core.embeddings.projection_job`.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from llm_core.embeddings.point_projections import project

VECTORS, POINTS = "vectors.npy", "points.npz"
TSNE_STEPS = 1000
_ITERATION = re.compile(r"Iteration (\d+)")
_EPOCHS = re.compile(r"(\d+)%\|")


class Narration(io.StringIO):
    """Turns what t-SNE and UMAP write about themselves into progress lines: a fraction and a message."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out

    def write(self, text: str) -> int:
        """Pass on what tells how far the work is, and nothing else."""
        if steps := _ITERATION.search(text):
            done = int(steps[1])
            self.say(0.1 + 0.9 * done / TSNE_STEPS, f"t-SNE: step {done:,} of {TSNE_STEPS:,}")
        elif epochs := _EPOCHS.search(text):
            self.say(0.4 + 0.6 * int(epochs[1]) / 100, f"UMAP: {epochs[1]} % of its passes")
        elif "nearest neighbor" in text.lower():
            self.say(0.1, "Finding each point's nearest neighbours")
        elif "fuzzy simplicial set" in text.lower():
            self.say(0.2, "UMAP: joining neighbours to a graph")
        elif "embedding" in text.lower():
            self.say(0.4, "UMAP: placing the points")
        return len(text)

    def say(self, fraction: float, message: str) -> None:
        """Write a line of progress."""
        print(json.dumps({"fraction": min(fraction, 1.0), "message": message}), file=self._out, flush=True)


def serve(requests: TextIO, out: TextIO) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        request: dict[str, Any] = json.loads(line)
        folder = Path(request["folder"])
        narration = Narration(out)
        narration.say(0.02, "Starting UMAP, which compiles itself first" if request["method"] == "umap" else "Starting")
        try:
            made = project(
                np.load(folder / VECTORS, allow_pickle=False),
                request["method"],
                request["dimensions"],
                seed=request["seed"],
                narrate=narration,
            )
            np.savez(folder / POINTS, points=made.points, explained=np.array(made.explained or ()))
            answer: dict[str, object] = {"done": True}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    lines, sys.stdout = sys.stdout, sys.stderr
    serve(sys.stdin, lines)
