"""One word in several contexts: curves within and across meanings, and the word's way through the layers."""

from __future__ import annotations

import numpy as np
import streamlit as st

import llm_core
from llm_core.embeddings.point_cloud import PointCloud
from llm_core.embeddings.word_examples import WORDS
from llm_core.embeddings.word_way import FollowedWord
from llm_core.engine.task import Task
from llm_core.figures.context_view import curves_figure, gaps_figure
from llm_core.figures.points import PointsStyle, points_figure
from pages.shared.asking import model, task
from pages.shared.embeddings.context_words import beside, explanation, remarks, sentence, table
from pages.shared.embeddings.frame import Room, lines_of
from pages.shared.embeddings.map_words import axes
from pages.shared.embeddings.words import after, layer_name
from pages.shared.literal import literal

MOST_MEANINGS = 6
FIRST = next(iter(WORDS))


def draw(room: Room) -> None:
    """The curves, the way through the projection, and other models beside this one."""
    with room.controls:
        word, meanings = _sentences()
    followed: FollowedWord = room.ask(_following(room.model_name, word, meanings))
    made = followed.contexts
    curves = curves_figure(made, theme=room.theme)
    with room.picture:
        for centred, place in zip((False, True), st.columns(2, gap="small"), strict=True):
            with place:
                room.plot(
                    curves_figure(made, [centred], theme=room.theme),
                    f"context-curves-{centred}",
                    f"Mean cosine within and across meanings at every layer, {'centred' if centred else 'raw'}.",
                )
        if notes := remarks(made):
            st.caption(notes)
        _way(room, followed)
        _other_models(room, word, meanings)
    room.say(sentence(made))
    room.close("word-in-contexts", curves, explanation(made), table(made))


def _following(name: str, word: str, meanings: tuple[tuple[str, tuple[str, ...]], ...]) -> Task:
    """The task that reads a word in its contexts."""
    return task("embeddings.word_way:follow_word", model(name), word, meanings)


def _sentences() -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """The word and its sentences by meaning, as the visitor has them."""
    word = st.text_input("Word", FIRST, key="word_in", bind="query-params")
    with st.container(horizontal=True):
        for example in WORDS:
            st.button(example, key=f"word-{example}", on_click=_use, args=(example,))
    count = st.number_input("Meanings", 1, MOST_MEANINGS, 2, key="meanings", bind="query-params")
    defaults = list(WORDS[FIRST].items())
    meanings: dict[str, tuple[str, ...]] = {}
    for place in range(int(count)):
        name, sentences = defaults[place] if place < len(defaults) else (f"meaning {place + 1}", ())
        label = st.text_input(f"Meaning {place + 1}", name, key=f"meaning{place + 1}", bind="query-params")
        text = st.text_area(
            "Its sentences, one a line", "\n".join(sentences), key=f"uses{place + 1}", height=118, bind="query-params"
        )
        name = label.strip() or f"meaning {place + 1}"
        while name in meanings:
            name += " "
        meanings[name] = tuple(lines_of(text))
    return word, tuple(meanings.items())


def _use(example: str) -> None:
    st.session_state["word_in"] = example
    st.session_state["meanings"] = len(WORDS[example])
    for place, (name, sentences) in enumerate(WORDS[example].items(), 1):
        st.session_state[f"meaning{place}"] = name
        st.session_state[f"uses{place}"] = "\n".join(sentences)


def _way(room: Room, followed: FollowedWord) -> None:
    """Each use of the word in one PCA of all layers."""
    st.markdown("##### The word's way through the layers")
    made, fitted = followed.contexts, followed.way
    rows = made.directions(centred=True)
    cloud = PointCloud(
        vectors=rows,
        labels=tuple(str(place + 1) for place in range(len(made.uses))),
        groups=made.of,
        group_names=made.meanings,
        positions=np.array([use.positions[0] for use in made.uses]),
        ids=np.array([use.tokens[0].id if len(use.tokens) == 1 else -1 for use in made.uses]),
    )
    names = [layer_name(row) for row in range(cloud.layers)]
    gap = made.curves(centred=True).gap
    best = int(np.nanargmax(gap)) if np.isfinite(gap).any() else cloud.layers - 1
    chosen = st.select_slider("State", names, value=names[best], key="word_after", bind="query-params")
    layer = names.index(chosen) if chosen in names else best
    style = PointsStyle(
        room.theme,
        room.stack,
        "group",
        trails=True,
        axes=axes(fitted),
    )
    figure = points_figure(
        cloud.by_layer(fitted), cloud, layer, style, layer_names=[after(row).lower() for row in range(cloud.layers)]
    )
    room.plot(figure, "context-way", "The word's uses as points, coloured by meaning, in one PCA of all layers.")
    st.caption(
        "One PCA, fitted once over all layers: a point that moves on the screen has moved in it. "
        "The mean vector of each layer is taken away and directions alone are drawn. "
        + " · ".join(f"{place + 1} {literal(use.sentence)}" for place, use in enumerate(made.uses))
    )


def _other_models(room: Room, word: str, meanings: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """The same sentences in the models that come with the app."""
    st.markdown("##### Models differ")
    names = [spec.name for spec in llm_core.catalog() if spec.offline]
    if not st.toggle(
        "Read the same sentences with every model that comes with the app", key="beside_models", bind="query-params"
    ):
        st.caption("Models make different use of context: what they were trained for shows.")
        return
    found, failed = {}, []
    for name in dict.fromkeys([room.model_name, *names]):
        try:
            found[name] = room.ask(_following(name, word, meanings)).contexts
        except llm_core.LlmCoreError as error:
            failed.append(f"{name}: {error}")
    if found:
        room.plot(gaps_figure(found, theme=room.theme), "context-gaps", "The centred gap of several models by depth.")
    st.caption(literal(" ".join([beside(found), *failed])))
