"""The token that the picture speaks of, and the head it shows, before a visitor has chosen."""

from __future__ import annotations

import numpy as np

from llm_core.heads.examples import EXAMPLES
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from llm_core.whole_model.blocks import main_stack


def opening_token(trace: Trace) -> int:
    """Position, in the stack that gives the output: where the next token is written, or a word worth asking about.

    An encoder is asked at its mask if the text has one, at the word that the example asks about, or at its last word.
    """
    tokens = trace.query_tokens(main_stack(trace))
    if trace.family != "encoder":
        return max((place for place, token in enumerate(tokens) if not token.is_padding), default=0)
    masks = [place for place, token in enumerate(tokens) if is_mask(token)]
    asked = next((example.word for example in EXAMPLES if example.text == trace.text), None)
    words = [place for place, token in enumerate(tokens) if token.is_word]
    wanted = masks or [place for place in words if tokens[place].text == asked] or words[-1:]
    return wanted[0] if wanted else 0


def is_mask(token: Token) -> bool:
    """True for the token that stands for a hidden word: only there does an encoder guess."""
    return token.is_special and "mask" in token.raw.lower()


def opening_head(trace: Trace, stack: Stack, layer: int, position: int) -> int:
    """The head of a layer to show first: the one in which a token looks most at one other word.

    Attention to the first token or to itself says little, so the others are preferred.
    """
    weights = trace.attention(stack, layer, None, [position])[:, 0]
    telling = np.array([token.is_word for token in trace.key_tokens(stack)])
    if stack != "cross":
        telling[[0, position]] = False
    if not telling.any():
        return 0
    return int(np.where(telling, weights, -1.0).max(axis=1).argmax())
