"""The axis names that every array of this project is described with, and their array types.

===============  =====================================================================
axis             meaning
===============  =====================================================================
``token``        position in a sequence, special tokens included
``query``        the rows of an attention matrix: the tokens that look
``key``          its columns: the tokens that are looked at
``head``         query heads of one layer, counted from zero
``key_value_head``  heads that own keys and values; with grouped heads several query heads share one
``d_head``       width of one head's queries and keys
``d_value``      width of one head's values (equal to ``d_head`` in nearly every model)
``d_model``      width of the residual stream
``layer``        blocks of one stack, counted from zero; ``layer+1`` adds the embedding below them
``vocabulary``   every token the model knows
===============  =====================================================================
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Integer

Family: TypeAlias = Literal["encoder", "decoder", "encoder-decoder"]
Stack: TypeAlias = Literal["encoder", "decoder", "cross"]

Query: TypeAlias = Float32[np.ndarray, "head query d_head"]
Key: TypeAlias = Float32[np.ndarray, "key_value_head key d_head"]
Value: TypeAlias = Float32[np.ndarray, "key_value_head key d_value"]
Attention: TypeAlias = Float32[np.ndarray, "head query key"]
Mask: TypeAlias = Bool[np.ndarray, "query key"]
HiddenStates: TypeAlias = Float32[np.ndarray, "layer token d_model"]
Logits: TypeAlias = Float32[np.ndarray, "token vocabulary"]
QueryPositions: TypeAlias = Sequence[int] | Integer[np.ndarray, " query"]
"""Rows of an attention matrix in the order wanted, each counted from zero."""
