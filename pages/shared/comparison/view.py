"""The comparison on the page: what is ready at once, the rest as it becomes ready."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from llm_core.comparison.differences import differences
from llm_core.comparison.table import Side
from pages.shared.comparison.choices import Comparison, looked_at, remember
from pages.shared.comparison.headline import headline
from pages.shared.comparison.packet import comparison_packet
from pages.shared.comparison.panes import Pane, panes
from pages.shared.components import received
from pages.shared.components.architectures import architectures
from pages.shared.literal import literal

POLL_SECONDS = 0.7
PROGRESS_HEIGHT = 44


def view(comparison: Comparison, above: DeltaGenerator) -> None:
    """Draw the panes that are ready, and the page again whenever another one is.

    Args:
        comparison: What is compared.
        above: Where the sentence goes that says what there is to see.
    """
    shown = _panes_now(comparison)
    above.markdown(f"#### {literal(headline(_named(shown, comparison.names)))}")
    working = [pane.working for pane in shown]
    # Only the bars are drawn while something is made: drawing the panes again would fade them each time.
    st.fragment(_progress, run_every=POLL_SECONDS if any(working) else None)(comparison, working, count())
    _offer_to_cut(st.container(), shown, comparison)
    _picture(comparison)


def _panes_now(comparison: Comparison) -> list[Pane]:
    begin = not _is_stopped(comparison)
    return [panes().ask(request, begin=begin) for request in comparison.requests]


def _is_stopped(comparison: Comparison) -> bool:
    return st.session_state.get("stopped") == comparison.requests


def _progress(comparison: Comparison, working: Sequence[bool], times_drawn: Iterator[int]) -> None:
    """How far each pane is, in as much room as it takes when none is being made."""
    shown = _panes_now(comparison)
    # The first time the page itself is being drawn: what is ready meanwhile, the next look finds.
    if next(times_drawn) and [pane.working for pane in shown] != list(working):
        st.rerun()
    with st.container(height=PROGRESS_HEIGHT, border=False):
        *columns, last = st.columns([4] * len(shown) + [1])
        for column, pane in zip(columns, shown, strict=True):
            if pane.working:
                said = f"{literal(pane.progress.message)} …"
                column.progress(min(max(pane.progress.fraction, 0.0), 1.0), text=said)
        if any(pane.working for pane in shown):
            last.button("Stop", key="stop", on_click=lambda: st.session_state.update(stopped=comparison.requests))
        elif _is_stopped(comparison):
            last.button("Go on", key="go-on", on_click=lambda: st.session_state.pop("stopped"))


@st.fragment
def _picture(comparison: Comparison) -> None:
    """The panes; a choice in them runs no more than this."""
    shown = _panes_now(comparison)
    packet = comparison_packet(shown, comparison.names, looked_at())
    architectures(data=packet, key="architectures", on_view_change=_remember)
    with st.expander("Save this comparison"):
        _downloads(_named(shown, comparison.names), comparison, packet)


def _remember() -> None:
    remember(received("architectures", "view"))


def _offer_to_cut(place: DeltaGenerator, shown: Sequence[Pane], comparison: Comparison) -> None:
    if any(pane.too_long for pane in shown):
        place.button(
            "Cut the text to what each model takes",
            type="primary",
            on_click=lambda: st.session_state.update(cut_text=comparison.texts[0]),
        )


def _named(shown: Sequence[Pane], names: Sequence[str]) -> list[Side]:
    """The sides that are ready, called what their panes are called."""
    ready = [(pane.side, name) for pane, name in zip(shown, names, strict=True) if pane.side is not None]
    return [replace(side, name=name) for side, name in ready]


def _downloads(sides: Sequence[Side], comparison: Comparison, packet: bytes) -> None:
    title = f"{' · '.join(comparison.names)}: {comparison.texts[0]}"
    theme = st.context.theme.type or "light"
    with st.container(horizontal=True):
        st.download_button(
            "The whole comparison (HTML)",
            lambda: architectures.page(packet, title, theme),
            file_name="architectures.html",
            mime="text/html",
            on_click="ignore",
            key="save-html",
        )
        st.download_button(
            "What differs (CSV)",
            lambda: _csv(sides),
            file_name="architectures.csv",
            mime="text/csv",
            on_click="ignore",
            key="save-csv",
        )
    st.caption("The page opens offline, with its pointing, depth and roles. The address of this page opens it live.")


def _csv(sides: Sequence[Side]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["what", *(side.name for side in sides), "what follows"])
    writer.writerows([row.name, *row.values, row.sentence] for row in differences(sides))
    return out.getvalue()
