"""BertViz's own head and model views of one layer, as one page that opens offline.

BertViz loads require.js, d3 and jQuery from the internet and puts tokens into a script unescaped; here the
libraries are inlined and tokens are made safe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from llm_core.errors import SelectionError
from llm_core.figures.palette import LIGHT, Theme
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

View: TypeAlias = Literal["head", "model"]

MOST_TOKENS = 128
"""BertViz writes every weight as text; beyond this its pages grow to tens of megabytes."""

_VENDOR = Path(__file__).parent / "vendor"
_OPENING = "\ue000"
"""Stands for "<" on the way through BertViz, so that no token can end its script."""


def classic_page(
    trace: Trace, stack: Stack, layer: int, view: View, *, theme: Theme, heads: Sequence[int] | None = None
) -> str:
    """A self-contained HTML page with BertViz's view of one layer.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        view: ``"head"`` or ``"model"``.
        theme: Light or dark.
        heads: Heads switched on at first in the head view; None for all.

    Raises:
        SelectionError: There is no such stack or layer, or the text is too long for BertViz.
    """
    import bertviz
    import torch

    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    longest = max(len(queries), len(keys))
    if longest > MOST_TOKENS:
        raise SelectionError(
            f"BertViz's views take {MOST_TOKENS} tokens at most, and this text has {longest:,}. "
            "Use the matrix or the lines, which draw any length, or shorten the text."
        )
    weights = [torch.from_numpy(trace.attention(stack, layer)).unsqueeze(0)]
    options: dict[str, object] = {"html_action": "return", "prettify_tokens": False, "include_layers": None}
    if stack == "cross":
        options |= {
            "cross_attention": weights,
            "decoder_tokens": [_safe(token) for token in queries],
            "encoder_tokens": [_safe(token) for token in keys],
        }
    else:
        options |= {"attention": weights, "tokens": [_safe(token) for token in queries]}
    if view == "head":
        page = bertviz.head_view(**options, heads=None if heads is None else list(heads)).data
    else:
        page = bertviz.model_view(**options, display_mode="light").data
    return _offline(page, theme, layer)


def _safe(token: Token) -> str:
    return token.label.replace(_OPENING, "�").replace("<", _OPENING)


def _offline(page: str, theme: Theme, layer: int) -> str:
    page = re.sub(r"<script src=[^>]*></script>", "", page)
    page = page.replace(json.dumps(_OPENING).strip('"'), "\\u003c")
    # BertViz was given one layer, which it would call layer 0.
    page = page.replace('"include_layers": [0]', f'"include_layers": [{layer}]')
    libraries = "".join(f"<script>{_library(name)}</script>" for name in ("jquery.min.js", "d3.min.js"))
    style = f"body {{ margin: 0; background: {LIGHT.background}; color: {LIGHT.text}; }}"
    if theme.name == "dark":
        # BertViz draws black text in every mode, so the whole page is turned.
        style += "html { filter: invert(0.92) hue-rotate(180deg); }"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><style>{style}</style>{libraries}'
        f"<script>{_library('require.min.js')}\n"
        'define("jquery", [], function () { return window.jQuery; });'
        'define("d3", [], function () { return window.d3; });</script>'
        f"</head><body>{page}</body></html>"
    )


@cache
def _library(name: str) -> str:
    return (_VENDOR / name).read_text(encoding="utf-8")
