"""Map: vectors as points, of a text at every layer, of words, or of the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.embeddings.point_cloud import PointCloud, cloud_of_texts, cloud_of_vocabulary, cloud_of_words
from llm_core.embeddings.point_projections import MOST_POINTS, Projection
from llm_core.embeddings.word_contexts import unit_rows
from llm_core.figures.points import Colouring, PointsStyle, points_figure
from llm_core.numbers import percent
from llm_core.progress import within
from llm_core.shapes import Stack
from pages.shared.address import chosen_or
from pages.shared.cache import TraceRequest, traced
from pages.shared.embeddings.frame import Room, after, layer_name, lines_of, named, signed
from pages.shared.embeddings.projecting import NAMES, projected

KINDS = {"text": "This text", "texts": "Several sentences", "words": "Words", "vocabulary": "Vocabulary"}
COLOURS: dict[Colouring, str] = {
    "group": "sentence",
    "position": "position",
    "layer": "layer, all at once",
    "frequency": "token number",
}
SENTENCES = (
    "The cat chased the mouse.\nThe dog chased the cat.\nA mouse hid from the dog.\n"
    "Rain fell on the river.\nThe river flows to the sea."
)
WORDS = (
    "cat, dog, horse, rabbit, cow\napple, banana, orange, grape, lemon\nParis, London, Berlin, Rome, Madrid\n"
    "red, blue, green, yellow, black\none, two, three, four, five"
)
COMPARED = 400
NEAR = 10


@dataclass(frozen=True, eq=False)
class _Points:
    """A cloud with what a projection of it depends on."""

    kind: str
    cloud: PointCloud
    key: tuple[Any, ...]


def draw(room: Room) -> None:
    """The picture of points with its controls."""
    with room.controls:
        kind = st.selectbox("Points", list(KINDS), key="points", format_func=KINDS.__getitem__, bind="query-params")
        points = _points(room, kind or "text")
        method = st.segmented_control(
            "Projection",
            list(NAMES),
            key="method",
            default="pca",
            required=True,
            format_func=NAMES.__getitem__,
            bind="query-params",
        )
        dimensions = st.segmented_control(
            "Dimensions",
            [2, 3],
            key="dimensions",
            default=2,
            required=True,
            format_func="{}-D".format,
            bind="query-params",
        )
        colouring = _colouring(points)
        find = st.text_input("Find", key="find", bind="query-params", placeholder="part of a word")
    cloud = points.cloud
    unit, centre = _scaling(room, points)
    with room.picture:
        layer = _layer(cloud, colouring)
        rows = cloud.rows(unit_length=unit, centre_layers=centre)
        made = projected((*points.key, unit, centre), rows, chosen_or(method, "pca"), chosen_or(dimensions, 2))
        found = _found(cloud, find or "")
        places = cloud.by_layer(made)
        style = PointsStyle(room.theme, room.stack, colouring, found, _axes(made))
        figure = points_figure(
            places, cloud, layer, style, layer_names=[after(row).lower() for row in range(cloud.layers)]
        )
        room.plot(figure, "points-figure", _alt(points, made))
        st.caption(_caption(points, made, places[layer], rows.reshape(cloud.vectors.shape)[layer], find or "", found))
    room.say(_sentence(points, made, layer, rows.reshape(cloud.vectors.shape)[layer], places[layer]))
    room.close("embedding-map", figure, _explanation(points, made, unit, centre), _table(cloud, places, layer))


def _points(room: Room, kind: str) -> _Points:
    spec = llm_core.find_model(room.model_name)
    if kind == "texts":
        sentences = tuple(
            lines_of(st.text_area("Sentences, one a line", SENTENCES, key="sentences", height=150, bind="query-params"))
        )
        if not sentences:
            raise llm_core.EmptyTextError("Expected at least one sentence, got none. Type one a line.")
        whole = _whole(room.stack)
        traces = []
        for place, sentence in enumerate(sentences):
            part = within(room.status.progress, place / len(sentences), (place + 1) / len(sentences))
            target = sentence if room.shown.trace.family == "encoder-decoder" else ""
            traces.append(traced(TraceRequest(room.model_name, sentence, target), part))
        cloud = cloud_of_texts(traces, room.stack, specials=whole, firsts=whole or room.stack == "encoder")
        return _Points(kind, cloud, (spec, kind, sentences, whole))
    if kind == "words":
        text = st.text_area(
            "Words, with commas; each line has its colour", WORDS, key="words", height=150, bind="query-params"
        )
        lines = tuple(tuple(word.strip() for word in line.split(",") if word.strip()) for line in lines_of(text))
        return _Points(kind, cloud_of_words(room.model(), room.table(), lines), (spec, kind, lines))
    if kind == "vocabulary":
        count = st.select_slider(
            "Tokens",
            [500, 1000, 2000, 5000, MOST_POINTS],
            value=2000,
            key="sample",
            format_func="{:,}".format,
            bind="query-params",
        )
        whole = st.toggle("Whole words only", value=True, key="whole", bind="query-params")
        return _Points(kind, cloud_of_vocabulary(room.table(), count, whole_words=whole), (spec, kind, count, whole))
    trace = room.shown.trace
    stack = room.stack
    if trace.family == "encoder-decoder":
        stacks: tuple[Stack, ...] = ("encoder", "decoder")
        asked = st.segmented_control(
            "Tokens of the", stacks, key="map_stack", default="encoder", required=True, bind="query-params"
        )
        stack = chosen_or(asked, "encoder")
    whole = _whole(stack)
    cloud = cloud_of_texts([trace], stack, specials=whole, firsts=whole or stack == "encoder")
    return _Points(kind, cloud, (spec, kind, trace.text, tuple(t.id for t in trace.target_tokens), stack, whole))


def _whole(stack: Stack) -> bool:
    """True if tokens are wanted that no word stands for."""
    decoder = stack == "decoder"
    return st.toggle(
        "First token too" if decoder else "Special tokens too",
        value=False,
        key="specials",
        bind="query-params",
        help="Decoders park attention on the first token; from some layer on its vector is the same whatever the "
        "token, and far from all others."
        if decoder
        else "Tokens that are no text, such as [CLS] and [SEP].",
    )


def _colouring(points: _Points) -> Colouring:
    without = {"group"} if points.kind in ("text", "vocabulary") else set()
    without |= {"position", "layer"} if points.cloud.layers == 1 else set()
    options = [colouring for colouring in COLOURS if colouring not in without]
    names = COLOURS if points.kind != "words" else {**COLOURS, "group": "line"}
    key = f"colour_{points.kind}"
    return st.selectbox("Colour shows the", options, key=key, format_func=names.__getitem__, bind="query-params")


def _scaling(room: Room, points: _Points) -> tuple[bool, bool]:
    with room.controls:
        unit = st.toggle(
            "Length 1",
            value=True,
            key="unit",
            bind="query-params",
            help="Every vector is scaled to length 1. States grow from layer to layer, and a few tokens are hundreds "
            "of times longer than all others; by length alone they would fill the picture.",
        )
        if points.cloud.layers == 1:
            return unit, False
        centre = st.toggle(
            "Layer's mean removed",
            value=True,
            key="centre",
            bind="query-params",
            help="What all tokens of a layer share is taken away, so that you see how they differ, not how layers do.",
        )
    return unit, centre


def _layer(cloud: PointCloud, colouring: str) -> int:
    if cloud.layers == 1 or colouring == "layer":
        return cloud.layers - 1
    names = [layer_name(row) for row in range(cloud.layers)]
    chosen = st.select_slider("State", names, value=names[cloud.layers // 2], key="after", bind="query-params")
    return names.index(chosen) if chosen in names else 0


def _found(cloud: PointCloud, find: str) -> frozenset[int]:
    wanted = find.strip().casefold()
    if not wanted:
        return frozenset()
    labels = [label.casefold() for label in cloud.labels]
    exact = [place for place, label in enumerate(labels) if label.strip("·…") == wanted]
    return frozenset(exact or [place for place, label in enumerate(labels) if wanted in label][:40])


def _axes(made: Projection) -> tuple[str, ...]:
    if made.explained is None:
        return ()
    of_what = " of the variance" if len(made.explained) == 2 else ""
    return tuple(f"component {place + 1}: {percent(share)}{of_what}" for place, share in enumerate(made.explained))


def _sentence(points: _Points, made: Projection, layer: int, rows: np.ndarray, places: np.ndarray) -> str:
    cloud = points.cloud
    if points.kind == "vocabulary":
        share = _kept_neighbours(places, rows)
        return (
            f"{len(cloud.labels):,} of {len(cloud.labels) + cloud.left_out:,} tokens of the vocabulary: "
            f"{NAMES[made.method]} keeps the nearest neighbour near for {percent(share, 0)} of them"
        )
    unit = unit_rows(rows)
    similar = unit @ unit.T
    texts = [label.strip("·… ").casefold() for label in cloud.labels]
    words = np.array([any(letter.isalnum() for letter in text) for text in texts])
    names = np.array(texts)
    allowed = (names[:, None] != names) & words[:, None] & words
    if not allowed.any():
        return f"{len(cloud.labels):,} points"
    one, other = np.unravel_index(int(np.where(allowed, similar, -2).argmax()), similar.shape)
    nearest = f"{named(cloud.labels[one].strip('·…'))} and {named(cloud.labels[other].strip('·…'))}"
    when = f"{after(layer)}, of" if cloud.layers > 1 else "Of"
    what = "words" if points.kind == "words" else "tokens"
    return f"{when} {len(cloud.labels):,} {what} {nearest} are most alike (cosine {signed(similar[one, other])})"


def _kept_neighbours(places: np.ndarray, rows: np.ndarray) -> float:
    """Share of points whose nearest neighbour by cosine is among their ten nearest in the picture."""
    count = len(rows)
    some = np.unique(np.linspace(0, count - 1, min(count, COMPARED)).astype(int))
    unit = unit_rows(rows)
    similar = unit[some] @ unit.T
    similar[np.arange(len(some)), some] = -2
    nearest = similar.argmax(axis=1)
    distances = np.linalg.norm(places[some][:, None] - places[None], axis=2)
    distances[np.arange(len(some)), some] = np.inf
    limit = np.partition(distances, min(NEAR, count - 1) - 1, axis=1)[:, min(NEAR, count - 1) - 1]
    return float((distances[np.arange(len(some)), nearest] <= limit).mean())


def _caption(
    points: _Points, made: Projection, places: np.ndarray, rows: np.ndarray, find: str, found: frozenset[int]
) -> str:
    parts = []
    if points.cloud.layers > 1:
        parts.append(
            f"One {NAMES[made.method]}, fitted once over all {points.cloud.layers} states of all tokens: "
            "a point that moves on the screen has moved in it."
        )
    if made.explained is not None:
        parts.append(f"The axes hold {percent(sum(made.explained))} of the variance.")
    else:
        parts.append("Near means near; far distances and the axes mean nothing.")
    if len(rows) > 6 * NEAR and points.kind != "vocabulary":
        parts.append(
            f"{percent(_kept_neighbours(places, rows), 0)} of points keep their nearest neighbour among their ten "
            "nearest here."
        )
    if points.cloud.left_out and points.kind != "vocabulary":
        parts.append(f"{points.cloud.left_out:,} tokens at the end are left out.")
    if find.strip():
        parts.append(
            f"{len(found)} points match {named(find.strip())}." if found else f"Nothing matches {named(find.strip())}."
        )
    return " ".join(parts)


def _alt(points: _Points, made: Projection) -> str:
    return (
        f"{len(points.cloud.labels)} points in {made.points.shape[1]} dimensions by {NAMES[made.method]}; "
        "the same numbers stand in the table below."
    )


def _explanation(points: _Points, made: Projection, unit: bool, centre: bool) -> str:
    width = points.cloud.vectors.shape[-1]
    what = {
        "text": "Each point is a token of the text. Before the first layer it stands where its token and position put "
        "it; every layer then moves it by what it reads in the tokens around it.",
        "texts": "Each point is a token of one of the sentences. The same token in two sentences begins at nearly the "
        "same place and is moved apart by its context.",
        "words": "Each point is a word's vector in the table at the bottom of the model, before any context. A word of "
        "several tokens stands at the mean of their vectors.",
        "vocabulary": "Each point is a token's vector in the table at the bottom of the model, before any context. The "
        "sample is spread evenly over the token numbers, which roughly follow frequency: tokenizers give small numbers "
        "to what was frequent in the text they were built from.",
    }[points.kind]
    how = {
        "pca": "**PCA** turns the vectors so that the first axis shows as much of their variance as one axis "
        "can, and so "
        "on. Distances are true as far as the axes reach.",
        "tsne": "**t-SNE** keeps neighbours together and lets go of far distances: sizes of groups and gaps "
        "between them "
        "mean nothing.",
        "umap": "**UMAP** joins each point with its neighbours and lays that net out; far distances mean little.",
    }[made.method]
    scaled = "Vectors were scaled to length 1 first. " if unit else "Vectors were taken with their lengths. "
    centred = "Each layer's mean was then taken away." if centre else ""
    return (
        f"A vector of {width:,} numbers is drawn as a point. {what}\n\n{how} {scaled}{centred} "
        "Random numbers begin with seed 0, so the picture is the same each time."
    )


def _table(cloud: PointCloud, places: np.ndarray, layer: int) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "token": list(cloud.labels),
        "group": [cloud.group_names[group] for group in cloud.groups],
        "position": cloud.positions.tolist(),
        "token number": cloud.ids.tolist(),
        "length": [round(float(norm), 4) for norm in cloud.norms[layer]],
    }
    for axis, values in zip("xyz", places[layer].T, strict=False):
        columns[axis] = [round(float(value), 5) for value in values]
    return columns
