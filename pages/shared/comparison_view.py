"""The comparison on the page: what is ready at once, the rest as it becomes ready."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import streamlit as st

from llm_core.comparison import Side, differences
from pages.shared.comparison_choices import Comparison, looked_at, remember
from pages.shared.comparison_packet import comparison_packet
from pages.shared.comparison_panes import Pane, panes
from pages.shared.components.architectures import architectures, standalone_page

POLL_SECONDS = 0.6


def view(comparison: Comparison) -> None:
    """Draw the panes, and look again and again while any of them is being made."""
    store = panes()
    waiting = any(store.ask(request).working for request in comparison.requests)
    st.fragment(_draw, run_every=POLL_SECONDS if waiting else None)(comparison, waiting)
    offer_to_cut(comparison)


def _draw(comparison: Comparison, waiting: bool) -> None:
    shown = [panes().ask(request) for request in comparison.requests]
    if waiting and not any(pane.working for pane in shown):
        # The page as a whole, so that it stops looking.
        st.rerun()
    packet = comparison_packet(shown, comparison.names, looked_at())
    chosen = architectures(data=packet, key="architectures", on_view_change=_remember)
    del chosen
    with st.expander("Save this comparison"):
        _downloads(shown, comparison, packet)


def _remember() -> None:
    remember(st.session_state["architectures"].get("view"))


def offer_to_cut(comparison: Comparison) -> None:
    """A button that cuts the text for those models that cannot take it all."""
    if any(panes().ask(request).too_long for request in comparison.requests):
        st.button(
            "Cut the text to what each model takes",
            type="primary",
            on_click=lambda: st.session_state.update(cut_text=comparison.texts[0]),
        )


def _downloads(shown: Sequence[Pane], comparison: Comparison, packet: bytes) -> None:
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
            lambda: _csv(shown, comparison.names),
            file_name="architectures.csv",
            mime="text/csv",
            on_click="ignore",
            key="save-csv",
        )
    st.caption("The page opens offline, with its pointing, depth and roles. The address of this page opens it live.")


def _csv(shown: Sequence[Pane], names: Sequence[str]) -> str:
    sides = [
        Side(name, pane.side.trace, pane.side.surveys, pane.side.profile)
        for pane, name in zip(shown, names, strict=True)
        if pane.side is not None
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["what", *(side.name for side in sides), "what follows"])
    writer.writerows([row.name, *row.values, row.sentence] for row in differences(sides))
    return out.getvalue()
