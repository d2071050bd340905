"""One word in several contexts: curves within and across meanings, and the word's way through the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.embeddings.point_cloud import PointCloud
from llm_core.embeddings.point_projections import project
from llm_core.embeddings.word_examples import WORDS
from llm_core.figures.context_view import curves_figure, gaps_figure
from llm_core.figures.points import PointsStyle, points_figure
from llm_core.numbers import percent
from llm_core.progress import ProgressCallback, within
from pages.shared.embeddings.frame import Room, after, kept, layer_name, lines_of, model_of, named, signed
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.embeddings.word_contexts import WordInContexts

MOST_MEANINGS = 6
FIRST = next(iter(WORDS))


def draw(room: Room) -> None:
    """The curves, the way through the projection, and other models beside this one."""
    with room.controls:
        word, meanings = _sentences()
    made = contexts_of(room.model_name, word, meanings, room.status.progress)
    curves = curves_figure(made, theme=room.theme)
    with room.picture:
        for centred, place in zip((False, True), st.columns(2, gap="small"), strict=True):
            with place:
                room.plot(
                    curves_figure(made, [centred], theme=room.theme),
                    f"context-curves-{centred}",
                    f"Mean cosine within and across meanings at every layer, {'centred' if centred else 'raw'}.",
                )
        _say_tokens(made)
        _way(room, made)
        _other_models(room, word, meanings)
    room.say(_sentence(made))
    room.close("word-in-contexts", curves, _explanation(made), _table(made))


def contexts_of(
    name: str, word: str, meanings: tuple[tuple[str, tuple[str, ...]], ...], report: ProgressCallback
) -> WordInContexts:
    """A word's vectors in its contexts, kept for all visitors.

    Raises:
        LlmCoreError: The model, the word or a sentence cannot be used.
    """

    def make(progress: ProgressCallback) -> WordInContexts:
        from llm_core.embeddings.word_contexts import word_in_contexts

        model = model_of(name, within(progress, 0.0, 0.6))
        return word_in_contexts(model, word, dict(meanings), progress=within(progress, 0.6, 1.0))

    return kept(("contexts", llm_core.find_model(name), word, meanings), make, report, lambda one: one.vectors.nbytes)


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


def _say_tokens(made: WordInContexts) -> None:
    counts = {len(use.tokens) for use in made.uses}
    said = []
    if max(counts) > 1:
        said.append(f"{named(made.word)} is up to {max(counts)} tokens here; the mean of their vectors is followed.")
    first = [use for use in made.uses if use.first]
    if first and made.stack == "decoder":
        said.append(
            f"In {len(first)} of the sentences nothing stands before the word, so a decoder knows no context there."
        )
    if said:
        st.caption(" ".join(said))


def _way(room: Room, made: WordInContexts) -> None:
    """Each use of the word in one PCA of all layers."""
    st.markdown("##### The word's way through the layers")
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
    fitted = project(rows.reshape(-1, rows.shape[-1]))
    style = PointsStyle(
        room.theme,
        room.stack,
        "group",
        trails=True,
        axes=tuple(f"component {place + 1}: {percent(share)}" for place, share in enumerate(fitted.explained or ())),
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
        st.caption("A sentence encoder, a decoder and a translator make different use of context.")
        return
    found, failed = {}, []
    for name in dict.fromkeys([room.model_name, *names]):
        try:
            found[name] = contexts_of(name, word, meanings, room.status.progress)
        except llm_core.LlmCoreError as error:
            failed.append(f"{name}: {error}")
    room.plot(gaps_figure(found, theme=room.theme), "context-gaps", "The centred gap of several models by depth.")
    best = {name: float(np.nanmax(one.curves(centred=True).gap)) for name, one in found.items()}
    order = sorted(best, key=lambda name: -best[name])
    st.caption(
        "The gap is largest in "
        + "; ".join(f"{literal(name)}: {best[name]:.2f}" for name in order)
        + ". "
        + literal(" ".join(failed))
    )


def _sentence(made: WordInContexts) -> str:
    centred, raw = made.curves(centred=True), made.curves(centred=False)
    if not np.isfinite(centred.gap).any():
        return (
            f"{named(made.word)} in {len(made.uses)} sentences; two meanings of two sentences each are needed for a gap"
        )
    row = int(np.nanargmax(centred.gap))
    gap = float(centred.gap[row])
    how = "splits by meaning" if gap > 0.3 else "leans towards its meaning" if gap > 0.1 else "hardly splits by meaning"
    where = after(row).lower()
    return (
        f"{named(made.word)} {how}, most {where}: alike by {signed(centred.same[row])} within a meaning, by "
        f"{signed(centred.different[row])} across (gap {signed(gap)}; raw {signed(np.nanmax(raw.gap))})"
    )


def _explanation(made: WordInContexts) -> str:
    return (
        f"Below the first layer {named(made.word)} is the same vector in every sentence, apart from its position. Each "
        "layer mixes in what stands around it. If the model tells the meanings apart, the word's vectors stay alike in "
        "sentences of one meaning (solid) and move apart across meanings (dashed). The gap between the two is what "
        "context did.\n\n"
        "**Why centred?** All vectors of a layer share a large common part, so that the raw cosine of any two "
        "tokens is "
        "high: the dotted line shows random pairs from different sentences. On the right the mean vector of "
        "all tokens is "
        "taken away first, so that random pairs lie near 0. The first token of each sentence is left out of that mean, "
        "since decoders park attention there and its vector grows hundreds of times longer than any other.\n\n"
        "A decoder reads only what stands before the word, so the sentences put what tells the meanings apart "
        "first. In a "
        "sentence that holds the word twice, the first counts."
    )


def _table(made: WordInContexts) -> dict[str, list[Any]]:
    raw, centred = made.curves(centred=False), made.curves(centred=True)

    def numbers(values: np.ndarray) -> list[float | None]:
        return [round(float(value), 4) if np.isfinite(value) else None for value in values]

    return {
        "state": [layer_name(row) for row in range(len(raw.same))],
        "raw, same meaning": numbers(raw.same),
        "raw, different meanings": numbers(raw.different),
        "raw, random tokens": numbers(raw.random),
        "raw gap": numbers(raw.gap),
        "centred, same meaning": numbers(centred.same),
        "centred, different meanings": numbers(centred.different),
        "centred, random tokens": numbers(centred.random),
        "centred gap": numbers(centred.gap),
    }
