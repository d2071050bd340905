"""The beam search of the Generation page: the tree, what it means, table and downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

import llm_core
from pages.shared.components.beams import BeamsHeader, BeamToken, beams
from pages.shared.components.packing import pack, token_fields
from pages.shared.generation.ready import Ready
from pages.shared.generation.store import MOST_READ, kept_trees
from pages.shared.literal import literal
from pages.shared.strict_json import strict_json

if TYPE_CHECKING:
    from llm_core.generation.beam_tree import BeamTree


def draw(ready: Ready, settings: llm_core.GenerationSettings) -> None:
    """Search, and draw the tree with everything that goes with it."""
    tree = _searched(ready, settings)
    words = [token for token in tree.texts[0].tokens if not token.is_special]
    best = "".join((" " if token.leading_space else "") + token.text for token in words).strip()
    shown = best if len(best) <= 90 else best[:89] + "…"
    st.markdown(
        f"#### {tree.num_beams} beams find “{literal(shown)}” with a score of {_signed(tree.texts[0].score)}, "
        f"after {len(tree.nodes):,} candidates."
    )
    beams(data=beams_packet(tree), key="beam-tree")
    with st.expander("How to read this"):
        st.markdown(_explanation(tree))
    with st.expander("The numbers as a table"):
        st.dataframe(_table(tree), hide_index=True)
    with st.expander("Save this tree"):
        _downloads(tree)
    ready.line.say(
        f"{ready.model.spec.name} · {tree.num_beams} beams · {tree.depth} tokens deep · {tree.seconds:.1f} s"
    )


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _searched(ready: Ready, settings: llm_core.GenerationSettings) -> BeamTree:
    key = (ready.model.spec, ready.text, settings)
    known = kept_trees().get(key)
    if known is not None:
        return known
    if st.session_state.get("stopped_search") == key:
        st.button("Search again", key="search-again", on_click=_stop, args=(None,))
        raise llm_core.SelectionError("The search was stopped. Search again, or choose fewer beams or tokens.")
    place = st.empty()
    with place.container():
        st.button("Stop", key="stop-search", on_click=_stop, args=(key,))
        count = st.empty()

        def tell(progress: llm_core.Progress) -> None:
            # Every message to the page is a place where a click on Stop takes effect.
            ready.line.progress(progress)
            count.caption(f"{progress.message} …")

        tree = llm_core.beam_search(ready.model, ready.text, settings, max_tokens=MOST_READ, progress=tell)
    place.empty()
    kept_trees().put(key, tree)
    return tree


def _stop(key: object) -> None:
    st.session_state["stopped_search"] = key


def beams_packet(tree: BeamTree) -> bytes:
    """Everything the component draws of a search, as one packet."""
    nodes: list[BeamToken] = [
        {
            **fields,
            "number": node.number,
            "parent": node.parent,
            "depth": node.depth,
            "rank": node.rank,
            "logProbability": round(node.log_probability, 5),
            "score": round(node.score, 5),
            "survived": node.survived,
            "finished": node.finished,
            "finalScore": None if node.final_score is None else round(node.final_score, 5),
        }
        for fields, node in zip(token_fields([node.token for node in tree.nodes]), tree.nodes, strict=True)
    ]
    header: BeamsHeader = {
        "nodes": nodes,
        "texts": [{"tokens": token_fields(text.tokens), "score": text.score, "node": text.node} for text in tree.texts],
        "lengthPenalty": tree.length_penalty,
    }
    return pack(header, {})


def _explanation(tree: BeamTree) -> str:
    return (
        f"A **beam search** keeps {tree.num_beams} texts at a time. For each it looks at every next token, adds the "
        "logarithm of its probability to the text's sum, and keeps the best of all. Each column is one token, from the "
        f"best sum at the top; the {2 * tree.num_beams} best are drawn. Lines lead to what was kept; pale tokens were "
        "let go.\n\n"
        "A text that ends (thick border) gets a **score**: its sum divided by its length to the power of the length "
        f"penalty, here {tree.length_penalty:g}. Sums are below zero, so a larger power favours longer texts. The "
        "search is the library's own; a beam has no luck, so it finds the same every time."
    )


def _table(tree: BeamTree) -> dict[str, list[Any]]:
    return {
        "token": [node.depth for node in tree.nodes],
        "rank": [node.rank + 1 for node in tree.nodes],
        "after": [
            "".join(one.token.label for one in tree.path(node.number)[:-1]).replace("·", " ") for node in tree.nodes
        ],
        "candidate": [node.token.label for node in tree.nodes],
        "log-probability": [f"{node.log_probability:.3f}" for node in tree.nodes],
        "sum": [f"{node.score:.3f}" for node in tree.nodes],
        "kept": ["finished" if node.finished else "yes" if node.survived else "no" for node in tree.nodes],
    }


def _downloads(tree: BeamTree) -> None:
    rows = _table(tree)

    def page() -> str:
        return beams.page(beams_packet(tree), "Beam search", st.context.theme.type or "light")

    with st.container(horizontal=True):
        st.download_button("Picture (HTML)", page, "beams.html", "text/html", on_click="ignore", key="save-html")
        st.download_button(
            "Numbers (JSON)",
            lambda: strict_json(rows),
            "beams.json",
            "application/json",
            on_click="ignore",
            key="save-json",
        )
