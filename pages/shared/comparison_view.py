"""The comparison on the page: what is ready at once, the rest as it becomes ready."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from llm_core.comparison import Side, differences
from pages.shared.comparison_choices import Comparison, looked_at, remember
from pages.shared.comparison_headline import headline
from pages.shared.comparison_packet import comparison_packet
from pages.shared.comparison_panes import Pane, panes
from pages.shared.components.architectures import architectures, standalone_page
from pages.shared.literal import literal

POLL_SECONDS = 0.6


def view(comparison: Comparison, above: DeltaGenerator) -> None:
    """Draw the panes, and look again and again while any of them is being made.

    Args:
        comparison: What is compared.
        above: Where the sentence goes that says what there is to see.
    """
    shown = [panes().ask(request) for request in comparison.requests]
    above.markdown(f"#### {literal(headline(_named(shown, comparison.names)))}")
    waiting = any(pane.working for pane in shown)
    st.fragment(_draw, run_every=POLL_SECONDS if waiting else None)(comparison, waiting)


def _draw(comparison: Comparison, waiting: bool) -> None:
    shown = [panes().ask(request) for request in comparison.requests]
    if waiting and not any(pane.working for pane in shown):
        # The page as a whole runs again, so that it stops looking.
        st.rerun()
    _offer_to_cut(shown, comparison)
    packet = comparison_packet(shown, comparison.names, looked_at())
    architectures(data=packet, key="architectures", on_view_change=_remember)
    with st.expander("Save this comparison"):
        _downloads(_named(shown, comparison.names), comparison, packet)


def _remember() -> None:
    remember(st.session_state["architectures"].get("view"))


def _offer_to_cut(shown: Sequence[Pane], comparison: Comparison) -> None:
    if any(pane.too_long for pane in shown):
        st.button(
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
            lambda: standalone_page(packet, title, theme),
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
