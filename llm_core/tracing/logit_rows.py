"""Logits of a long text, worked out for the rows somebody looks at.

A decoder with 49,152 tokens in its vocabulary gives 0.8 GB of logits for 4,096 positions. Each row follows from the
last hidden state, which a trace keeps anyway, and from the model's head.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from transformers.modeling_outputs import BaseModelOutputWithPast

from llm_core.models.loading import LoadedModel
from llm_core.recording.stand_ins import Replaced, with_part
from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Logits

WHOLE_BYTES = 64_000_000
"""Logits that take no more than this are kept whole."""

TOLERANCE = 1e-5
"""Largest difference of a row from the one of the pass, as a share of its largest number."""

ONLY_LAST = {"logits_to_keep": 1}
"""Asks the library for the logits of the last position alone."""


class LogitRows:
    """Behaves as the array of all logits does, and holds none of them.

    Attributes:
        shape: (token vocabulary).
        dtype: float32.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, model: LoadedModel, states: np.ndarray, vocabulary: int) -> None:
        self._model, self._states = model, states
        self.shape = (len(states), vocabulary)

    @property
    def nbytes(self) -> int:
        """Bytes it takes: none beside the states of the trace."""
        return 0

    def __len__(self) -> int:
        return self.shape[0]

    def setflags(self, *, write: bool) -> None:
        """Nothing to be done: every row is made anew."""

    def __getitem__(self, index: Any) -> Any:
        places, rest = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        chosen = np.arange(len(self))[places]
        rows = self._rows(np.reshape(chosen, -1)).reshape(*np.shape(chosen), self.shape[1])
        return rows[(*(slice(None),) * np.ndim(chosen), *rest)] if rest else rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._rows(np.arange(len(self))), dtype)

    def _rows(self, places: np.ndarray) -> Logits:
        """The library's own head, given the states in the place of what its body would work out."""
        states = torch.from_numpy(np.ascontiguousarray(self._states[places])[None])
        given = BaseModelOutputWithPast(last_hidden_state=states)
        body = self._model.model.base_model_prefix
        network = with_part(self._model.network(), body, lambda part: Replaced(part, lambda: given))
        nothing = torch.zeros(states.shape[:2], dtype=torch.long)
        arguments = accepted_arguments(network.forward, {"input_ids": nothing, "use_cache": False})
        with torch.inference_mode():
            rows: Logits = network(**arguments).logits[0].float().numpy()
        rows.setflags(write=False)
        return rows


def rows_only(model: LoadedModel, tokens: int) -> bool:
    """True if a decoder's logits for so many tokens are better worked out when somebody looks."""
    head = model.model.get_output_embeddings() if model.family == "decoder" else None
    if head is None or model.method != "recorded" or tokens * head.weight.shape[0] * 4 <= WHOLE_BYTES:
        return False
    return "logits_to_keep" in inspect.signature(model.model.forward).parameters


def logit_rows(model: LoadedModel, states: np.ndarray, last: np.ndarray) -> LogitRows | None:
    """The logits that follow from a decoder's last hidden states, or None if they turn out otherwise.

    Args:
        model: The decoder.
        states: What its head is given, shape (token d_model).
        last: The logits of the last token as its own pass worked them out, shape (vocabulary,).
    """
    rows = LogitRows(model, states, len(last))
    try:
        found = rows[-1]
    except Exception:
        # Heads that take more than states are left to the pass itself.
        return None
    agrees = found.shape == last.shape and np.abs(found - last).max() <= TOLERANCE * max(1.0, float(np.abs(last).max()))
    return rows if agrees else None
