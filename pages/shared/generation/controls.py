"""How the model is to write: chosen in the page, kept in the URL."""

from __future__ import annotations

from typing import Literal, TypeAlias

import streamlit as st

import llm_core
from llm_core.engine.facts import ModelFacts

Mode: TypeAlias = Literal["Token by token", "Beam search"]

MOST_WRITTEN = 200

EXAMPLES = {
    "decoder": (
        ("The capital of France is", "A fact", False),
        ("My favourite season is", "Many words could follow", False),
        ("Why is the sky blue?", "A question, in the chat template", True),
        ("red blue red blue red", "Repetition", False),
    ),
    "encoder-decoder": (
        ("The black cat is sleeping under the white table.", "Adjectives change places", False),
        ("She does not eat meat because she loves animals.", "Negation goes around the verb", False),
        ("I like the red car.", "Short", False),
    ),
    "encoder": (
        ("She drank a cup of [MASK].", "One mask", False),
        ("The [MASK] sat on the [MASK].", "Two masks", False),
        ("Paris is the capital of [MASK].", "A fact", False),
    ),
}
"""Prompts for each family: text, what it shows, and whether it wants the chat template."""


def offer_examples(model: ModelFacts) -> None:
    """Prompts that show something with this kind of model, one click each."""
    with st.container(horizontal=True):
        for text, shows, chat in EXAMPLES[model.family]:
            if not chat or model.has_chat_template:
                st.button(shows, key=f"prompt-{text}", help=text, on_click=_use, args=(text, chat))


def choose_mode() -> Mode:
    """Draw the choice between sampling and beam search."""
    chosen = st.segmented_control(
        "Way of writing",
        ["Token by token", "Beam search"],
        key="way",
        default="Token by token",
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    return "Beam search" if chosen == "Beam search" else "Token by token"


def offer_another_seed(settings: llm_core.GenerationSettings) -> None:
    """A button that writes the same prompt again with other luck."""
    st.button(
        f"Another seed (now {settings.seed})",
        key="another-seed",
        disabled=not settings.samples,
        on_click=_next_seed,
        args=(settings.seed,),
        help="The same prompt with other luck. At temperature 0 there is no luck.",
    )


def choose_settings(model: ModelFacts, mode: Mode) -> llm_core.GenerationSettings:
    """Draw the settings as a form, and give those last submitted."""
    writes = model.family == "decoder"
    with st.popover("Settings", width=160), st.form("writing", border=False):
        chat = False
        with st.container(horizontal=True, vertical_alignment="bottom"):
            tokens = _number("Most tokens", "tokens", 24 if writes else 40, 1, MOST_WRITTEN)
            if mode == "Beam search":
                beams = _number("Beams", "beams", 4, 2, 12)
                length = _decimal("Length penalty", "length-penalty", 1.0, -2.0, 4.0, "Above 0 favours longer texts.")
                early = st.selectbox(
                    "Stop early",
                    ["no", "yes", "never"],
                    key="early",
                    bind="query-params",
                    width=120,
                    help="Yes: as soon as there are as many finished texts as beams. Never: only when no better one "
                    "is possible.",
                )
            else:
                temperature = _decimal("Temperature", "temperature", 0.8 if writes else 0.0, 0.0, 5.0, _TEMPERATURE)
                top_k = _number("Top-k", "top-k", 0, 0, 1000, "Only the k likeliest tokens; 0 keeps all.")
                top_p = _decimal("Top-p", "top-p", 0.95 if writes else 1.0, 0.01, 1.0, _TOP_P)
                seed = _number("Seed", "seed", 0, 0, 10**9, "The same seed gives the same luck, so the same text.")
            if model.has_chat_template:
                chat = st.toggle("Chat template", key="chat", bind="query-params", help=_CHAT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            penalty = _decimal(
                "Repetition penalty", "penalty", 1.0, 1.0, 3.0, "Above 1, what stands there is unlikelier."
            )
            if mode == "Token by token":
                min_p = _decimal(
                    "Min-p",
                    "min-p",
                    0.0,
                    0.0,
                    1.0,
                    "Only tokens with this share of the likeliest one's probability; 0: all.",
                )
                typical = _decimal(
                    "Typical", "typical", 1.0, 0.01, 1.0, "Only tokens of nearly average surprise; 1 keeps all."
                )
            st.form_submit_button("Write", type="primary")
    if mode == "Beam search":
        stops: dict[str | None, bool | Literal["never"]] = {"no": False, "yes": True, "never": "never"}
        return llm_core.GenerationSettings(
            max_new_tokens=tokens,
            temperature=0,
            repetition_penalty=penalty,
            chat=chat,
            num_beams=beams,
            length_penalty=length,
            early_stopping=stops.get(early, False),
        )
    return llm_core.GenerationSettings(
        max_new_tokens=tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        typical_p=typical,
        repetition_penalty=penalty,
        seed=seed,
        chat=chat,
    )


_TEMPERATURE = (
    "0 always takes the likeliest token that the penalty leaves; below 1 sharpens, above 1 flattens the probabilities."
)
_TOP_P = "Only the likeliest tokens that together reach this probability; 1 keeps all."
_CHAT = "The model was tuned on conversations written in this template: it then answers instead of going on."


def _next_seed(seed: int) -> None:
    st.session_state["seed"] = seed + 1


def _use(text: str, chat: bool) -> None:
    st.session_state["text"] = text
    if "chat" in st.session_state or chat:
        st.session_state["chat"] = chat


def _number(label: str, key: str, first: int, least: int, most: int, help: str | None = None) -> int:
    value = st.number_input(label, least, most, first, step=1, key=key, bind="query-params", width=116, help=help)
    return int(first if value is None else value)


def _decimal(label: str, key: str, first: float, least: float, most: float, help: str | None = None) -> float:
    value = st.number_input(
        label, least, most, first, step=0.05, format="%.2f", key=key, bind="query-params", width=130, help=help
    )
    return float(first if value is None else value)
