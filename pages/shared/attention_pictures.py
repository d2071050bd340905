"""The pictures of the Attention page and the words that go with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.classic import classic_page
from llm_core.figures.head_view import HeadView, head_view
from llm_core.figures.matrix import block_size, matrix_figure
from llm_core.figures.palette import Theme
from llm_core.trace_record import Trace
from pages.shared.attention_controls import Choice
from pages.shared.export import picture_page

MODEBAR = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"scale": 2},
}
CLASSIC_HEIGHT = 420


def draw(trace: Trace, choice: Choice, theme: Theme) -> Callable[[], str]:
    """Draw the chosen picture; gives a function that makes a page of it to save."""
    if choice.view.startswith("bertviz"):
        return _classic(trace, choice, theme)
    where = (trace, choice.stack, choice.layer, choice.heads)
    how = {"theme": theme, "query": choice.query, "window": choice.window}
    if choice.view == "matrix":
        figure = matrix_figure(*where, **how)
        st.plotly_chart(figure, theme=None, config=MODEBAR, key="matrix", alt=_alt(trace, choice, "matrix"))
        st.caption(_pooled(trace, choice))
    else:
        view = head_view(*where, **how)
        figure = view.figure
        st.plotly_chart(
            figure,
            theme=None,
            config=MODEBAR,
            key="lines",
            on_select=_pick_token,
            selection_mode="points",
            alt=_alt(trace, choice, "lines"),
        )
        st.caption(_left_out(view))
    return lambda: picture_page(figure)


def _classic(trace: Trace, choice: Choice, theme: Theme) -> Callable[[], str]:
    kind = "head" if choice.view == "bertviz-heads" else "model"
    try:
        page = classic_page(trace, choice.stack, choice.layer, kind, theme=theme, heads=choice.heads)
    except llm_core.SelectionError as error:
        st.info(str(error), icon=":material/info:")
        return lambda: ""
    height = max(CLASSIC_HEIGHT, 120 + 23 * len(trace.query_tokens(choice.stack)))
    st.iframe(page, height=height)
    st.caption(
        f"BertViz's own {kind} view of layer {choice.layer}, drawn from the same trace, offline. "
        "Scroll inside the frame if it is cut off."
    )
    return lambda: page


def _pick_token() -> None:
    """A click on a token at the left singles it out; a second click shows all again."""
    points = st.session_state["lines"]["selection"]["points"]
    for point in points:
        place = point.get("customdata")
        place = place[0] if isinstance(place, list) else place
        if place is not None and point.get("x") == 0:
            st.session_state["token"] = -1 if st.session_state.get("token") == place else int(place)


def _pooled(trace: Trace, choice: Choice) -> str:
    queries, keys = len(trace.query_tokens(choice.stack)), len(trace.key_tokens(choice.stack))
    start, end = choice.window or (0, max(queries, keys))
    block = block_size(min(end, queries) - start, min(end, keys) - start, len(choice.heads))
    if block == 1:
        return "Hover a cell for the two tokens and the weight."
    return (
        f"An overview: each cell shows the largest weight in a block of {block} × {block} tokens. "
        "Choose a shorter part of the text to see every pair."
    )


def _left_out(view: HeadView) -> str:
    if view.drawn == view.possible:
        return f"All {view.possible:,} links are drawn. Hover a token or a line; click a token on the left."
    return (
        f"Drawn: the {view.drawn:,} strongest of {view.possible:,} possible links; they carry {view.weight_drawn:.1%} "
        "of the attention. Hover a token or a line; click a token on the left."
    )


def _alt(trace: Trace, choice: Choice, kind: str) -> str:
    count = len(trace.query_tokens(choice.stack))
    return f"{choice.place}: attention of {count} tokens as {kind}; the same numbers stand in the table below."


def explanation(trace: Trace, choice: Choice, theme: Theme) -> str:
    """What the picture shows, in the colours it uses, as HTML within Markdown."""
    query = f"<b style='color:{theme.query}'>query</b>"
    key = f"<b style='color:{theme.key}'>key</b>"
    kinds = {
        "full": "every token may look at every token",
        "causal": "no token may look ahead: that part of the matrix is hatched",
        "sliding window": "a token may look only at the tokens around it: the rest of the matrix is hatched",
        "other": "what may not be looked at is hatched",
    }
    mask = trace.mask(choice.stack, choice.layer)
    padding = " Padding is closed to all." if mask.has_padding else ""
    return (
        f"A token that looks sends out a {query}; a token that is looked at offers a {key}. How well they match, "
        "after a softmax, is the weight: the share of its attention that one token gives another. "
        "The weights of one token add up to 100 %.\n\n"
        "In *Lines*, looking tokens stand on the left in the query's colour and looked-at tokens on the right in the "
        "key's; a stronger line is a larger weight, and each head has its own colour. In *Matrix*, each row is a "
        "looking token; the more colour, the larger the weight, from 0 to 100 %.\n\n"
        f"The mask of this layer is **{mask.kind}**: {kinds[mask.kind]}.{padding}"
    )


def table(trace: Trace, choice: Choice) -> dict[str, Any]:
    """The strongest links as columns: what the picture shows, for people who cannot see it."""
    queries, keys = trace.query_tokens(choice.stack), trace.key_tokens(choice.stack)
    rows = None if choice.query is None else [choice.query]
    weights = trace.attention(choice.stack, choice.layer, choice.heads, rows)
    order = np.argsort(-weights, axis=None)[:500]
    heads, looking, looked_at = np.unravel_index(order, weights.shape)
    first = 0 if choice.query is None else choice.query
    return {
        "head": [choice.heads[head] for head in heads],
        "position": [int(first + row) for row in looking],
        "token": [queries[first + row].label for row in looking],
        "looks at position": [int(column) for column in looked_at],
        "looks at": [keys[column].label for column in looked_at],
        "weight": [f"{weights.flat[place]:.2%}" for place in order],
    }
