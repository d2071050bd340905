"""Every picture can leave: as a page that opens offline, and as numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.strict_json import strict_json

if TYPE_CHECKING:
    import plotly.graph_objects as go


def downloads(trace: Trace, stack: Stack, layer: int, heads: Sequence[int], page: Callable[[], str]) -> None:
    """Buttons that save the picture as HTML and its numbers as CSV and JSON, made when they are pressed."""
    name = f"{stack}-layer{layer}{'-heads-off' if trace.edits.ablate_heads else ''}"
    with st.container(horizontal=True):
        st.download_button(
            "Picture (HTML)", page, file_name=f"{name}.html", mime="text/html", on_click="ignore", key="save-html"
        )
        st.download_button(
            "Numbers (CSV)",
            lambda: _csv(trace, stack, layer, heads),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key="save-csv",
        )
        st.download_button(
            "Numbers (JSON)",
            lambda: _json(trace, stack, layer, heads),
            file_name=f"{name}.json",
            mime="application/json",
            on_click="ignore",
            key="save-json",
        )
    st.caption("PNG and SVG: the buttons above the matrix.")


def picture_page(figure: go.Figure) -> str:
    """A plotly figure as one HTML page with everything it needs inside."""
    return str(figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False}))


def _csv(trace: Trace, stack: Stack, layer: int, heads: Sequence[int]) -> str:
    weights = trace.attention(stack, layer, heads)
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["head", "query", "query_token", "key", "key_token", "weight"])
    for place, head in enumerate(heads):
        for row, query in enumerate(queries):
            writer.writerows(
                [head, row, query.label, column, key.label, f"{weights[place, row, column]:.6g}"]
                for column, key in enumerate(keys)
            )
    return out.getvalue()


def _json(trace: Trace, stack: Stack, layer: int, heads: Sequence[int]) -> str:
    return strict_json(
        {
            "model": trace.model_name,
            "text": trace.text,
            "switchedOff": [
                {"stack": where, "layer": there, "heads": list(off)}
                for (where, there), off in trace.edits.ablate_heads.items()
            ],
            "stack": stack,
            "layer": layer,
            "heads": list(heads),
            "queries": [token.label for token in trace.query_tokens(stack)],
            "keys": [token.label for token in trace.key_tokens(stack)],
            "attention": [
                [[float(f"{weight:.6g}") for weight in row] for row in head]
                for head in trace.attention(stack, layer, heads)
            ],
        },
    )


def save_picture(name: str, figure: go.Figure, columns: Mapping[str, Sequence[Any]]) -> None:
    """Buttons that save a plotly figure as HTML and its numbers, column by column, as CSV and JSON."""
    with st.container(horizontal=True):
        for label, make, ending, kind in (
            ("Picture (HTML)", lambda: picture_page(figure), "html", "text/html"),
            ("Numbers (CSV)", lambda: columns_as_csv(columns), "csv", "text/csv"),
            ("Numbers (JSON)", lambda: columns_as_json(columns), "json", "application/json"),
        ):
            st.download_button(
                label, make, file_name=f"{name}.{ending}", mime=kind, on_click="ignore", key=f"save-{ending}-{name}"
            )
    st.caption("PNG: the camera at the picture's upper right.")


def columns_as_csv(columns: Mapping[str, Sequence[Any]]) -> str:
    """Numbers, column by column, as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def columns_as_json(columns: Mapping[str, Sequence[Any]]) -> str:
    """Numbers, row by row, as JSON."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return strict_json(rows)
