"""The beam search of the Generation page: the tree, what it means, table and downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

import llm_core
from llm_core.numbers import counted, decimal
from pages.shared.asking import ask, known, model, task
from pages.shared.components.beams import BeamsHeader, BeamToken, beams
from pages.shared.components.packing import pack, token_fields
from pages.shared.generation.ready import Ready
from pages.shared.generation.store import MOST_READ
from pages.shared.literal import literal
from pages.shared.strict_json import strict_json

if TYPE_CHECKING:
    from llm_core.generation.beam_tree import BeamNode, BeamTree


def draw(ready: Ready, settings: llm_core.GenerationSettings) -> None:
    """Search, and draw the tree with everything that goes with it."""
    tree = _searched(ready, settings)
    st.markdown(f"#### {literal(headline(tree))}")
    beams(data=beams_packet(tree), key="beam-tree")
    with st.expander("How to read this"):
        st.markdown(_explanation(tree))
    with st.expander("The numbers as a table"):
        st.dataframe(_table(tree), hide_index=True)
    with st.expander("Save this tree"):
        _downloads(tree)
    ready.line.say(
        f"{ready.model.name} · {tree.num_beams} beams · {counted(tree.depth, 'token')} deep · "
        f"{decimal(tree.seconds, 1)} s"
    )


def headline(tree: BeamTree) -> str:
    """The best text that was found and its score."""
    best = tree.texts[0]
    words = [token for token in best.tokens if not token.is_special]
    text = "".join((" " if token.leading_space else "") + token.text for token in words).strip()
    shown = text if len(text) <= 90 else text[:89] + "…"
    found = f"“{shown}”" if shown else "a text without visible tokens"
    others = f", the best of {len(tree.texts)}" if len(tree.texts) > 1 else ""
    return f"{tree.num_beams} beams find {found} with a score of {decimal(best.score, 3)}{others}."


def _searched(ready: Ready, settings: llm_core.GenerationSettings) -> BeamTree:
    search = task("generation.beams:beam_search", model(ready.model.name), ready.text, settings, max_tokens=MOST_READ)
    tree: BeamTree | None = known(search)
    if tree is not None:
        return tree
    if st.session_state.get("stopped_search") == search.identity:
        st.button("Search again", key="search-again", on_click=_stop, args=(None,))
        raise llm_core.SelectionError("The search was stopped. Search again, or choose fewer beams or tokens.")
    place = st.empty()
    with place.container():
        st.button("Stop", key="stop-search", on_click=_stop, args=(search.identity,))
        count = st.empty()

        def tell(progress: llm_core.Progress) -> None:
            # Every message to the page is a place where a click on Stop takes effect.
            ready.line.progress(progress)
            count.caption(f"{progress.message} …")

        tree = ask(search, tell)
    place.empty()
    return tree


def _stop(search: str | None) -> None:
    st.session_state["stopped_search"] = search


def beams_packet(tree: BeamTree) -> bytes:
    """Everything the component draws of a search, as one packet."""
    nodes: list[BeamToken] = [
        {
            **fields,
            "number": node.number,
            "parent": node.parent,
            "depth": node.depth,
            "rank": node.rank,
            "logProbability": node.log_probability,
            "added": node.added,
            "score": node.score,
            "survived": node.survived,
            "finished": node.finished,
            "fate": fate_in_words(node, tree),
            "finalScore": node.final_score,
        }
        for fields, node in zip(token_fields([node.token for node in tree.nodes]), tree.nodes, strict=True)
    ]
    header: BeamsHeader = {
        "nodes": nodes,
        "texts": [{"tokens": token_fields(text.tokens), "score": text.score, "node": text.node} for text in tree.texts],
        "lengthPenalty": tree.length_penalty,
        "changed": tree.changed,
    }
    return pack(header, {})


def fate_in_words(node: BeamNode, tree: BeamTree) -> str:
    """What became of a candidate, and why."""
    beams = tree.num_beams
    if node.fate == "stopped":
        return f"not continued: the search stopped here, since {_why_stopped(tree)}"
    return {
        "continued": "kept: a beam goes on from here",
        "found": "finished: one of the texts found",
        "overtaken": f"finished, but {beams} finished texts score higher",
        "ended behind": f"ends here, but only the best {beams} of a column are kept when they end",
        "behind": f"let go: {beams} others score higher",
    }[node.fate]


def _why_stopped(tree: BeamTree) -> str:
    if tree.stopped == "full":
        return f"{tree.num_beams} texts had finished"
    if tree.early_stopping == "never":
        return f"no longer text could score higher than the {tree.num_beams} that had finished"
    return f"none of the texts that could go on scored higher than the {tree.num_beams} that had finished"


def _explanation(tree: BeamTree) -> str:
    changed = (
        " Here the repetition penalty, or what the model's files ask for, changes that logarithm first: the tree says "
        "for each token how probable the model finds it and, where that differs, what it adds to the sum. A sum of "
        "changed logarithms is a score and no probability."
        if tree.changed
        else ""
    )
    return (
        f"A **beam search** keeps {tree.num_beams} texts at a time. For each it looks at every next token, adds the "
        f"logarithm of its probability to the text's sum, and keeps the best of all.{changed} Each column is one "
        f"token, from the best sum at the top; the {tree.width} best are drawn, {len(tree.nodes):,} in all. Lines lead "
        "to what was kept or ended; pale tokens were let go.\n\n"
        "A text that ends (thick border) gets a **score**: its sum divided by its length to the power of the length "
        f"penalty, here {decimal(tree.length_penalty, 2)}. Sums are below zero, so a larger power favours longer "
        "texts. The search is the library's own; a beam has no luck, so it finds the same every time."
    )


def _table(tree: BeamTree) -> dict[str, list[Any]]:
    return {
        "token": [node.depth for node in tree.nodes],
        "rank": [node.rank + 1 for node in tree.nodes],
        "after": [
            "".join(one.token.label for one in tree.path(node.number)[:-1]).replace("·", " ") for node in tree.nodes
        ],
        "candidate": [node.token.label for node in tree.nodes],
        "log-probability": [decimal(node.log_probability, 3) for node in tree.nodes],
        "adds": [decimal(node.added, 3) for node in tree.nodes],
        "sum": [decimal(node.score, 3) for node in tree.nodes],
        "score": ["" if node.final_score is None else decimal(node.final_score, 3) for node in tree.nodes],
        "what became of it": [fate_in_words(node, tree) for node in tree.nodes],
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
