"""Filling masks on the Generation page, for encoders."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

import llm_core
from llm_core.generation.filled_masks import WRITTEN_AS, Filling, FillingPass, MaskFilling
from llm_core.numbers import counted, percent
from pages.shared.asking import ask, model, task
from pages.shared.components.masks import FilledMask, MaskReading, MasksHeader, masks
from pages.shared.components.packing import exact, pack, token_fields
from pages.shared.generation.ready import Ready
from pages.shared.generation.store import MOST_READ
from pages.shared.literal import literal
from pages.shared.strict_json import strict_json

MOST_WORDS = 40
"""Of a longer text, only so many words are offered to be hidden, and the page says so."""

VECTORS_ONLY = "minilm-l6"
"""The one model shipped that neither writes nor fills in."""


def draw(ready: Ready) -> None:
    """Fill the masks of the text, and draw what could stand there; say what is missing if that cannot be done."""
    if not ready.model.fills_masks:
        _offer_others(ready)
    elif not WRITTEN_AS.search(ready.text) and ready.model.mask_token not in ready.text:
        _offer_words(ready)
    else:
        _draw_filled(ready)


def _offer_others(ready: Ready) -> None:
    name = literal(ready.model.name)
    ready.line.say(ready.model.name)
    st.markdown(f"#### {name} reads texts, but it does not write, and it cannot fill in masks.")
    st.markdown("It turns a text into vectors. Choose a model that writes or fills in; your text stays.")
    with st.container(horizontal=True):
        for spec in llm_core.catalog():
            if spec.offline and spec.name not in {ready.model.name, VECTORS_ONLY}:
                st.button(spec.name, key=f"use-{spec.name}", help=spec.summary, on_click=_use_model, args=(spec.name,))


def _offer_words(ready: Ready) -> None:
    ready.line.say(ready.model.name)
    st.markdown(f"#### Hide a word, and {literal(ready.model.name)} fills it in.")
    with st.container(horizontal=True, gap="small"):
        words = ready.text.split()
        for place, word in enumerate(words[:MOST_WORDS]):
            st.button(literal(word), key=f"hide-{place}", on_click=_hide, args=(ready.text, place))
    cut = f"These are the first {MOST_WORDS} of {len(words):,} words. " if len(words) > MOST_WORDS else ""
    st.caption(f"{cut}Or write [MASK] into the text in the place of one or several words.")


def _use_model(name: str) -> None:
    st.session_state["model"] = name


def _hide(text: str, place: int) -> None:
    words = text.split()
    end = re.search(r"\W*$", words[place])
    words[place] = "[MASK]" + (end[0] if end else "")
    st.session_state["text"] = " ".join(words)


def _draw_filled(ready: Ready) -> None:
    after_another = st.toggle(
        "One after another",
        key="after-another",
        bind="query-params",
        help="Fill the mask the model is surest of, read the text again, and go on. Otherwise all masks are filled at "
        "once, each as if the others stayed open.",
    )
    filling = _filled(ready, after_another)
    st.markdown(f"#### {literal(headline(ready.model.name, filling))}")
    masks(data=masks_packet(filling), key="filled-masks")
    with st.expander("How to read this"):
        st.markdown(_EXPLANATION)
    with st.expander("The numbers as a table"):
        st.dataframe(_table(filling), hide_index=True)
    with st.expander("Save this"):
        _downloads(filling)
    read = counted(len(filling.tokens), "token")
    often = "once" if len(filling.passes) == 1 else counted(len(filling.passes), "time")
    ready.line.say(f"{ready.model.name} · {read} read {often}")


def headline(name: str, filling: MaskFilling) -> str:
    """What is put in the place of the mask that the first reading is surest of, and how probable that is."""
    fillings = filling.passes[0].fillings
    surest = max(fillings, key=lambda one: one.probability)
    word = f"“{surest.token.text}” ({percent(surest.probability)})"
    if len(fillings) == 1:
        return f"{name} fills the mask with {word}."
    return f"{name} fills {len(fillings)} masks, surest of {word} in mask {fillings.index(surest) + 1}."


_EXPLANATION = (
    "An encoder reads the whole text at once, to the left and to the right, and says for each **mask** which token "
    "could stand there: a probability for every token of its vocabulary. Bars are as long as the token is likely "
    "beside the likeliest.\n\n"
    "With several masks, *at once* fills each of them as if the others stayed open, from a single reading. *One after "
    "another* fills the one the model is surest of, and reads the text again with that word in place.\n\n"
    "Write [MASK] in the place of any word of your text."
)


def _filled(ready: Ready, after_another: bool) -> MaskFilling:
    filling: MaskFilling = ask(
        task(
            "generation.mask_filling:fill_masks",
            model(ready.model.name),
            ready.text,
            iterative=after_another,
            max_tokens=MOST_READ,
        ),
        ready.line.progress,
    )
    return filling


def masks_packet(filling: MaskFilling) -> bytes:
    """Everything the component draws of filled masks, as one packet."""
    layers = filling.passes[0].trace.layers("encoder")
    layer = layers[len(layers) // 2]
    readings = [reading.trace for reading in filling.passes]
    masks_read = [[one.position for one in reading.fillings] for reading in filling.passes]
    rows = ask(task("generation.filled_masks:mask_rows", readings, layer, masks_read))
    arrays = {f"looking{place}": exact(looking) for place, looking in enumerate(rows)}
    header: MasksHeader = {"passes": [_reading(reading) for reading in filling.passes], "layer": layer}
    return pack(header, arrays)


def _reading(reading: FillingPass) -> MaskReading:
    return {
        "tokens": token_fields(reading.trace.tokens),
        "filled": list(reading.filled),
        "fillings": [_mask(one) for one in reading.fillings],
    }


def _mask(one: Filling) -> FilledMask:
    chips = token_fields([token for token, _ in one.candidates])
    return {
        "position": one.position,
        "entropy": one.entropy,
        "candidates": [{**chip, "probability": share} for chip, (_, share) in zip(chips, one.candidates, strict=True)],
    }


def _table(filling: MaskFilling) -> dict[str, list[Any]]:
    numbers = [one.position for one in filling.passes[0].fillings]
    rows = [
        (place + 1, numbers.index(one.position) + 1, one.position, token.label, share)
        for place, reading in enumerate(filling.passes)
        for one in reading.fillings
        for token, share in one.candidates
    ]
    return {
        "reading": [row[0] for row in rows],
        "mask": [row[1] for row in rows],
        "position": [row[2] for row in rows],
        "candidate": [row[3] for row in rows],
        "probability": [percent(row[4]) for row in rows],
    }


def _downloads(filling: MaskFilling) -> None:
    def page() -> str:
        return masks.page(masks_packet(filling), "Filled masks", st.context.theme.type or "light")

    with st.container(horizontal=True):
        st.download_button("Picture (HTML)", page, "masks.html", "text/html", on_click="ignore", key="save-html")
        st.download_button(
            "Numbers (JSON)",
            lambda: strict_json(_table(filling)),
            "masks.json",
            "application/json",
            on_click="ignore",
            key="save-json",
        )
