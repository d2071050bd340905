"""What is compared: models, texts, the hidden word and what is looked at; kept in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import llm_core
from llm_core.comparison.outcomes import word_to_hide
from llm_core.comparison.words import Span, words_of
from llm_core.heads.roles import ROLES
from llm_core.shapes import Family
from pages.shared.comparison.panes import PaneRequest
from pages.shared.components.architectures import ComparisonView
from pages.shared.traces import TraceRequest

PLACES = ("first", "second", "third")
NOBODY = "none"
FIRST, SECOND = "First text", "Second text"
TWO_SENTENCES = ("In spring, the first flowers open.", "We drank cold water from the spring.")
MOST_WORDS = 200
"""Words of a text that can be chosen to be hidden."""


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        requests: One for each pane.
        names: What each pane is called; a model that stands twice is told by its place or its text.
        texts: The texts, one or two.
    """

    requests: tuple[PaneRequest, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]


def usual_models() -> tuple[str, ...]:
    """The first encoder, decoder and encoder-decoder of the catalog."""
    families: tuple[Family, ...] = ("encoder", "decoder", "encoder-decoder")
    return tuple(next(spec.name for spec in llm_core.catalog() if spec.family == family) for family in families)


def choose(request: TraceRequest) -> Comparison:
    """Draw the choices and give what they say."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Three architectures", on_click=_three)
        st.button("One model, two sentences", on_click=_two_sentences)
    columns = st.columns(len(PLACES))
    models = [_model(column, place) for column, place in zip(columns, PLACES, strict=True)]
    with st.expander("Another text, and the hidden word", expanded=bool(st.session_state.get("text2"))):
        second = st.text_input(
            "Second text",
            key="text2",
            bind="query-params",
            placeholder="Leave empty to give all models the text in the sidebar",
        ).strip()
        hidden = _hidden(request.text)
    texts = (request.text, second) if second else (request.text,)
    chosen = [(place, model) for place, model in enumerate(models) if model != NOBODY]
    reads = {place: _reads(columns[place], place) if second else 0 for place, _ in chosen}
    spans = (hidden, _same_word(texts, hidden))
    requests = tuple(
        PaneRequest(model, texts[reads[place]], spans[reads[place]], request.truncate) for place, model in chosen
    )
    return Comparison(requests, _names(requests, texts), texts)


def looked_at() -> ComparisonView:
    """Depth, role and words that the URL asks for, as far as they make sense."""
    depth, role = st.query_params.get("depth", ""), st.query_params.get("role", "")
    pair = st.query_params.get_all("pair")
    view: ComparisonView = {}
    if depth.isdecimal() and len(depth) <= 3 and int(depth) <= 100:
        view["depth"] = int(depth) / 100
    if role in ROLES:
        view["role"] = role
    if len(pair) == 2:
        view["pair"] = pair
    return view


def remember(view: object) -> None:
    """Write to the URL what the browser says is looked at."""
    if not isinstance(view, Mapping):
        return
    depth, role, pair = view.get("depth"), view.get("role"), view.get("pair")
    if isinstance(depth, int | float) and 0 <= depth <= 1:
        st.query_params["depth"] = str(round(100 * depth))
    if role in ROLES:
        st.query_params["role"] = str(role)
    if isinstance(pair, list) and len(pair) == 2 and all(isinstance(word, str) for word in pair):
        st.query_params["pair"] = pair


def _model(column: DeltaGenerator, place: str) -> str:
    usual = usual_models()[PLACES.index(place)]
    names = [spec.name for spec in llm_core.catalog()]
    used = st.session_state.get(place) or st.query_params.get(place)
    names += [used] if used and used not in [*names, NOBODY] else []
    options = names if place == "first" else [*names, NOBODY]
    chosen = column.selectbox(
        f"{place.capitalize()} pane",
        options,
        index=options.index(usual),
        key=place,
        bind="query-params",
        accept_new_options=True,
        filter_mode="contains",
    )
    return chosen or usual


def _reads(column: DeltaGenerator, place: int) -> int:
    chosen = column.segmented_control(
        "It reads",
        [FIRST, SECOND],
        default=SECOND if place == 1 else FIRST,
        key=f"reads-{PLACES[place]}",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return int(chosen == SECOND)


def _hidden(text: str) -> Span | None:
    words = words_of(text)[:MOST_WORDS]
    usual = word_to_hide(text)
    if usual not in words:
        return None
    options = {f"{place + 1} {text[slice(*word)]}": word for place, word in enumerate(words)}
    if st.session_state.get("word") not in options:
        # Chosen in another text.
        st.session_state.pop("word", None)
    chosen = st.selectbox(
        "Hidden word",
        list(options),
        index=words.index(usual),
        key="word",
        bind="query-params",
        help="It is hidden from encoders, which fill the blank, and decoders guess it from what stands before it.",
    )
    return options.get(chosen, usual)


def _same_word(texts: tuple[str, ...], hidden: Span | None) -> Span | None:
    """Where the hidden word stands in the second text; None where it does not, or there is no such text."""
    if hidden is None or len(texts) < 2:
        return None
    word = texts[0][slice(*hidden)].casefold()
    return next((span for span in words_of(texts[1]) if texts[1][slice(*span)].casefold() == word), None)


def _names(requests: tuple[PaneRequest, ...], texts: tuple[str, ...]) -> tuple[str, ...]:
    models = [request.model for request in requests]
    names = []
    for place, request in enumerate(requests):
        name = request.model
        if models.count(name) > 1 and len(texts) > 1:
            name += f" ({FIRST.lower() if request.text == texts[0] else SECOND.lower()})"
        if models.count(request.model) > 1 and len({r.text for r in requests if r.model == request.model}) == 1:
            name += f" [{place + 1}]"
        names.append(name)
    return tuple(names)


def _three() -> None:
    for place, model in zip(PLACES, usual_models(), strict=True):
        st.session_state[place] = model
    st.session_state["text2"] = ""


def _two_sentences() -> None:
    encoder = usual_models()[0]
    st.session_state.update({"first": encoder, "second": encoder, "third": NOBODY})
    st.session_state["text"], st.session_state["text2"] = TWO_SENTENCES
