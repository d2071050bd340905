"""The model map in the sidebar: drawn with what is known, and a click in it that leads somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from llm_core.measures.model_map import ModelMap
from llm_core.numbers import in_parameters, percent
from pages.shared.components import received
from pages.shared.components.model_map import model_map
from pages.shared.literal import literal
from pages.shared.looking import ask_to_look
from pages.shared.model_map.known import known_map
from pages.shared.model_map.packet import map_packet, table
from pages.shared.traces import TraceRequest
from pages.shared.whole_model.place import choose as open_block

PAGES = {
    "embedding": "pages/explore/embeddings.py",
    "attention": "pages/explore/attention.py",
    "inside": "pages/explore/inside_a_head.py",
    "feed_forward": "pages/home/whole_model.py",
    "head": "pages/explore/generation.py",
}
"""Which page explores which block."""

FILES = {Path(file).stem: file for file in PAGES.values()} | {"": PAGES["feed_forward"]}
"""The same pages by their addresses."""


class MapInSidebar:
    """The map's place in the sidebar; it is filled as soon as the model is known."""

    def __init__(self, request: TraceRequest, page: str) -> None:
        self._request, self._page = request, page
        self._place = st.sidebar.container()
        self._drawn = False

    def draw(self) -> None:
        """Draw the map if the model is known and that has not been done."""
        if self._drawn:
            return
        drawn = known_map(self._request)
        if drawn is None:
            return
        self._drawn = True
        with self._place:
            model_map(
                data=map_packet(drawn, self._page),
                key="model_map",
                on_go_change=lambda: _take("model_map", self._page),
            )
            if st.button("The model in numbers", type="tertiary", icon=":material/table_rows:"):
                _in_numbers(drawn, self._page)


def follow_clicks(page: str) -> None:
    """Go where a click in the map leads; does not come back if that is another page than the one given.

    Model and text stay in their widgets, which write them into the address themselves and let nobody else do so.
    """
    leads = st.session_state.pop("map_leads_to", None)
    if leads is None:
        return
    file, address = leads
    if file != FILES.get(page):
        st.switch_page(file, query_params=address)


@st.dialog("The model in numbers", width="large")
def _in_numbers(drawn: ModelMap, page: str) -> None:
    measured = drawn.geometry
    st.markdown(f"##### {literal(drawn.name)} has {in_parameters(drawn.total)} parameters, {_most(drawn)}")
    model_map(
        data=map_packet(drawn, page, large=True),
        key="model_map_large",
        on_go_change=lambda: _take("model_map_large", page),
    )
    if "map_leads_to" in st.session_state:
        # Only a run of the whole app can lead there.
        st.rerun()
    st.dataframe(table(drawn), hide_index=True, width="stretch")
    tied = " The table of tokens is the output head as well and is counted once." if measured.tied else ""
    st.caption(
        f"The residual stream is {measured.d_model:,} numbers wide for each token. {measured.vocabulary:,} tokens are "
        f"known.{tied}"
    )


def _most(drawn: ModelMap) -> str:
    """Where most of them are, as the end of a sentence."""
    parts: dict[str, int] = {"in its tables of tokens and positions": drawn.embedding, "in its output head": drawn.head}
    for stack in drawn.stacks:
        for layer in stack.layers:
            for block, count in layer.items():
                name = {"feed_forward": "in its feed-forward networks", "attention": "in self-attention"}.get(block)
                name = name or ("in cross-attention" if block == "cross_attention" else "in normalisation and the rest")
                parts[name] = parts.get(name, 0) + count
    where = max(parts, key=lambda name: parts[name])
    return f"{percent(parts[where] / max(drawn.total, 1), 0)} of them {where}"


def _take(key: str, page: str) -> None:
    """What a click chose: where to look, and which page shows it."""
    chosen = received(key, "go")
    if not isinstance(chosen, Mapping) or chosen.get("block") not in PAGES:
        return
    block = chosen["block"]
    if block == "attention":
        ask_to_look(chosen.get("stack"), chosen.get("layer"), chosen.get("head"))
    address: dict[str, list[str]] = {}
    if block == "feed_forward":
        address = {"block": [_open_network(chosen.get("stack"), chosen.get("layer"))]}
    if block == "attention" and page == "inside_a_head":
        block = "inside"
    st.session_state["map_leads_to"] = (PAGES[block], address)


def _open_network(stack: object, layer: object) -> str:
    """Open a layer's feed-forward network in the picture of the whole model; gives the block's name."""
    name = f"{stack}.{layer}.feed_forward"
    shown = st.session_state.get("last_shown")
    if shown is not None:
        open_block(shown.trace, {"block": name})
    return name
