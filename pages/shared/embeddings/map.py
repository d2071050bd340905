"""Map: vectors as points, of a text at every layer, of words, or of the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

import llm_core
from llm_core.embeddings.point_cloud import PointCloud, cloud_of_texts, cloud_of_vocabulary, cloud_of_words
from llm_core.embeddings.point_projections import FEWEST_POINTS, MOST_POINTS, different
from llm_core.figures.points import Colouring, PointsStyle, points_figure
from llm_core.progress import within
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.address import chosen_or
from pages.shared.cache import TraceRequest, traced
from pages.shared.embeddings.frame import Room, lines_of
from pages.shared.embeddings.map_words import (
    MOST_MARKED,
    NAMES,
    Kind,
    Scene,
    alt,
    axes,
    caption,
    explanation,
    sentence,
    table,
    too_few_for,
)
from pages.shared.embeddings.projecting import projected
from pages.shared.embeddings.words import after, layer_name
from pages.shared.literal import unbroken

KINDS: dict[Kind, str] = {
    "text": "This text",
    "texts": "Several sentences",
    "words": "Words",
    "vocabulary": "Vocabulary",
}
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


@dataclass(frozen=True, eq=False)
class _Points:
    """A cloud with what a projection of it depends on.

    Attributes:
        kind: What the points are.
        cloud: The points.
        key: What tells them from others.
        stack: Whose states they are, where the model has two stacks.
        unreadable: Sentences that the model cannot read.
    """

    kind: Kind
    cloud: PointCloud
    key: tuple[Any, ...]
    stack: str = ""
    unreadable: tuple[str, ...] = ()


def draw(room: Room) -> None:
    """The picture of points with its controls."""
    with room.controls:
        kind = st.selectbox("Points", list(KINDS), key="points", format_func=KINDS.__getitem__, bind="query-params")
        points = _points(room, chosen_or(kind, "text"))
        method = st.segmented_control(
            "Projection",
            list(NAMES),
            key="method",
            default="pca",
            required=True,
            format_func=NAMES.__getitem__,
            bind="query-params",
        )
        beforehand = st.empty()
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
    rows = cloud.rows(unit_length=unit, centre_layers=centre)
    if few := too_few_for(different(rows, max(FEWEST_POINTS.values()))):
        beforehand.caption(few)
    with room.picture:
        layer = _layer(cloud, colouring)
        made = projected((*points.key, unit, centre), rows, chosen_or(method, "pca"), chosen_or(dimensions, 2))
        found = _found(cloud, find or "")
        places = cloud.by_layer(made)
        vectors = rows.reshape(cloud.vectors.shape)[layer]
        scene = Scene(points.kind, cloud, made, layer, vectors, places[layer], unit, centre, points.stack)
        style = PointsStyle(room.theme, room.stack, colouring, frozenset(found[:MOST_MARKED]), axes(made))
        figure = points_figure(
            places, cloud, layer, style, layer_names=[after(row).lower() for row in range(cloud.layers)]
        )
        room.plot(figure, "points-figure", alt(scene))
        st.caption(caption(scene, find or "", len(found), points.unreadable))
    room.say(unbroken(sentence(scene)))
    room.close("embedding-map", figure, explanation(scene), table(cloud, places, layer))


def _points(room: Room, kind: Kind) -> _Points:
    spec = llm_core.find_model(room.model_name)
    two_stacks: Stack | Literal[""] = room.stack if room.shown.trace.family == "encoder-decoder" else ""
    if kind == "texts":
        sentences = tuple(
            lines_of(st.text_area("Sentences, one a line", SENTENCES, key="sentences", height=150, bind="query-params"))
        )
        if not sentences:
            raise llm_core.EmptyTextError("Expected at least one sentence, got none. Type one a line.")
        whole = _whole(room.stack)
        traces, unreadable = _traces(room, tuple(dict.fromkeys(sentences)))
        cloud = cloud_of_texts(traces, room.stack, specials=whole, firsts=whole or room.stack == "encoder")
        return _Points(kind, cloud, (spec, kind, sentences, whole), two_stacks, unreadable)
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
        two_stacks = stack = chosen_or(asked, "encoder")
    whole = _whole(stack)
    cloud = cloud_of_texts([trace], stack, specials=whole, firsts=whole or stack == "encoder")
    key = (spec, kind, trace.text, tuple(token.id for token in trace.target_tokens), stack, whole)
    return _Points(kind, cloud, key, two_stacks)


def _traces(room: Room, sentences: tuple[str, ...]) -> tuple[list[Trace], tuple[str, ...]]:
    """Each sentence read, and those that the model cannot read.

    Raises:
        TextError: It can read none.
    """
    traces, unreadable = [], []
    for place, one in enumerate(sentences):
        part = within(room.status.progress, place / len(sentences), (place + 1) / len(sentences))
        target = one if room.shown.trace.family == "encoder-decoder" else ""
        try:
            traces.append(traced(TraceRequest(room.model_name, one, target), part))
        except llm_core.TextError:
            unreadable.append(one)
            if len(unreadable) == len(sentences):
                raise
    return traces, tuple(unreadable)


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


def _found(cloud: PointCloud, find: str) -> tuple[int, ...]:
    wanted = find.strip().casefold()
    if not wanted:
        return ()
    labels = [label.casefold() for label in cloud.labels]
    exact = [place for place, label in enumerate(labels) if label.strip("·…") == wanted]
    return tuple(exact or [place for place, label in enumerate(labels) if wanted in label])
