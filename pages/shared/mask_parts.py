"""Filling masks on the Generation page, for encoders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import llm_core
from pages.shared.components.masks import masks, standalone_page
from pages.shared.components.packing import pack, quantised, token_fields
from pages.shared.generation_ready import Ready
from pages.shared.generation_store import MOST_READ, kept_fillings
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.mask_filling import MaskFilling


def draw(ready: Ready) -> None:
    """Fill the masks of the text, and draw what could stand there."""
    after_another = st.toggle(
        "One after another",
        key="after-another",
        bind="query-params",
        help="Fill the mask the model is surest of, read the text again, and go on. Otherwise all masks are filled at "
        "once, each as if the others stayed open.",
    )
    filling = _filled(ready, after_another)
    reading = filling.passes[0]
    surest = max(reading.fillings, key=lambda one: one.probability)
    count = len(reading.fillings)
    which = "the mask" if count == 1 else f"one of {count} masks"
    st.markdown(
        f"#### {literal(ready.model.spec.name)} fills {which} with “{literal(surest.token.text)}”, "
        f"{surest.probability:.1%} sure."
    )
    masks(data=_packet(filling), key="filled-masks")
    with st.expander("How to read this"):
        st.markdown(_EXPLANATION)
    with st.expander("The numbers as a table"):
        st.dataframe(_table(filling), hide_index=True)
    with st.expander("Save this"):
        _downloads(filling)
    read = len(reading.trace.tokens)
    ready.line.say(f"{ready.model.spec.name} · {read} tokens read {len(filling.passes)} times")


_EXPLANATION = (
    "An encoder reads the whole text at once, to the left and to the right, and says for each **mask** which token "
    "could stand there: a probability for every token of its vocabulary. Bars are as long as the token is likely "
    "beside the likeliest.\n\n"
    "With several masks, *at once* fills each of them as if the others stayed open, from a single reading. *One after "
    "another* fills the one the model is surest of, and reads the text again with that word in place.\n\n"
    "Write [MASK] in the place of any word of your text."
)


def _filled(ready: Ready, after_another: bool) -> MaskFilling:
    key = (ready.model.spec, ready.text, after_another)
    known = kept_fillings().get(key)
    if known is None:
        known = llm_core.fill_masks(
            ready.model, ready.text, iterative=after_another, max_tokens=MOST_READ, progress=ready.line.progress
        )
        kept_fillings().put(key, known)
    return known


def _packet(filling: MaskFilling) -> bytes:
    layers = filling.passes[0].trace.layers("encoder")
    layer = layers[len(layers) // 2]
    arrays = {}
    for place, reading in enumerate(filling.passes):
        mean = reading.trace.attention("encoder", layer).mean(axis=0)
        arrays[f"looking{place}"] = quantised(mean, np.ones(mean.shape, bool))
    passes = [
        {
            "tokens": token_fields(reading.trace.tokens),
            "filled": list(reading.filled),
            "fillings": [
                {
                    "position": one.position,
                    "entropy": round(one.entropy, 3),
                    "candidates": [
                        fields | {"probability": share}
                        for fields, (_, share) in zip(
                            token_fields([token for token, _ in one.candidates]), one.candidates, strict=True
                        )
                    ],
                }
                for one in reading.fillings
            ],
        }
        for reading in filling.passes
    ]
    return pack({"passes": passes, "layer": layer}, arrays)


def _table(filling: MaskFilling) -> dict[str, list[Any]]:
    rows = [
        (place + 1, one.position, token.label, share)
        for place, reading in enumerate(filling.passes)
        for one in reading.fillings
        for token, share in one.candidates
    ]
    return {
        "reading": [row[0] for row in rows],
        "position": [row[1] for row in rows],
        "candidate": [row[2] for row in rows],
        "probability": [f"{row[3]:.2%}" for row in rows],
    }


def _downloads(filling: MaskFilling) -> None:
    def page() -> str:
        return standalone_page(_packet(filling), "Filled masks", st.context.theme.type or "light")

    with st.container(horizontal=True):
        st.download_button("Picture (HTML)", page, "masks.html", "text/html", on_click="ignore", key="save-html")
        st.download_button(
            "Numbers (JSON)",
            lambda: json.dumps(_table(filling), ensure_ascii=False),
            "masks.json",
            "application/json",
            on_click="ignore",
            key="save-json",
        )
