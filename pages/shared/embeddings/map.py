"""Map: vectors as points, of a text at every layer, of words, or of the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

import llm_core
from llm_core.embeddings.point_projections import FEWEST_POINTS, MOST_POINTS
from llm_core.figures.points import Colouring, PointsStyle, points_figure
from llm_core.progress import within
from pages.shared.address import chosen_or
from pages.shared.asking import task
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
from pages.shared.traces import TraceRequest, traced

if TYPE_CHECKING:
    from llm_core.embeddings.cloud_look import LayerLook
    from llm_core.embeddings.point_cloud import Points
    from llm_core.engine.task import Task
    from llm_core.recording.trace_record import Trace
    from llm_core.shapes import Stack

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
class _Drawn:
    """A cloud, which stays where it was made, and what is told of it.

    Attributes:
        kind: What the points are.
        cloud: The task whose answer is the cloud.
        points: The points without their vectors.
        stack: Whose states they are, where the model has two stacks.
        unreadable: Sentences that the model cannot read.
    """

    kind: Kind
    cloud: Task
    points: Points
    stack: str = ""
    unreadable: tuple[str, ...] = ()


def draw(room: Room) -> None:
    """The picture of points with its controls."""
    with room.controls:
        kind = st.selectbox("Points", list(KINDS), key="points", format_func=KINDS.__getitem__, bind="query-params")
        drawn = _drawn(room, chosen_or(kind, "text"))
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
        colouring = _colouring(drawn)
        find = st.text_input("Find", key="find", bind="query-params", placeholder="part of a word")
    points = drawn.points
    unit, centre = _scaling(room, points)
    scaled = {"unit_length": unit, "centre_layers": centre}
    enough = max(FEWEST_POINTS.values())
    different: int = room.ask(task("embeddings.cloud_look:different_points", drawn.cloud, enough, **scaled))
    if few := too_few_for(different):
        beforehand.caption(few)
    with room.picture:
        layer = _layer(points, colouring)
        made = projected(
            room, drawn.cloud, chosen_or(method, "pca"), chosen_or(dimensions, 2), different=different, **scaled
        )
        found = _found(points, find or "")
        places = points.by_layer(made)
        look: LayerLook = room.ask(
            task(
                "embeddings.cloud_look:look_at_layer",
                drawn.cloud,
                layer,
                places[layer],
                compare=drawn.kind != "vocabulary",
                **scaled,
            )
        )
        scene = Scene(drawn.kind, points, made, layer, look, places[layer], unit, centre, drawn.stack)
        style = PointsStyle(room.theme, room.stack, colouring, frozenset(found[:MOST_MARKED]), axes(made))
        figure = points_figure(
            places, points, layer, style, layer_names=[after(row).lower() for row in range(points.layers)]
        )
        room.plot(figure, "points-figure", alt(scene))
        st.caption(caption(scene, find or "", len(found), drawn.unreadable))
    room.say(unbroken(sentence(scene)))
    room.close("embedding-map", figure, explanation(scene), table(points, places, layer))


def _drawn(room: Room, kind: Kind) -> _Drawn:
    two_stacks: Stack | Literal[""] = room.stack if room.shown.trace.family == "encoder-decoder" else ""
    if kind == "texts":
        sentences = tuple(
            lines_of(st.text_area("Sentences, one a line", SENTENCES, key="sentences", height=150, bind="query-params"))
        )
        if not sentences:
            raise llm_core.EmptyTextError("Expected at least one sentence, got none. Type one a line.")
        whole = _whole(room.stack)
        traces, unreadable = _traces(room, tuple(dict.fromkeys(sentences)))
        cloud = _of_texts(traces, room.stack, whole=whole)
        return _Drawn(kind, cloud, _told(room, cloud), two_stacks, unreadable)
    if kind == "words":
        text = st.text_area(
            "Words, with commas; each line has its colour", WORDS, key="words", height=150, bind="query-params"
        )
        lines = tuple(tuple(word.strip() for word in line.split(",") if word.strip()) for line in lines_of(text))
        cloud = task("embeddings.point_cloud:cloud_of_words", room.model, room.table(), lines)
        return _Drawn(kind, cloud, _told(room, cloud))
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
        cloud = task("embeddings.point_cloud:cloud_of_vocabulary", room.table(), count, whole_words=whole)
        return _Drawn(kind, cloud, _told(room, cloud))
    trace = room.shown.trace
    stack = room.stack
    if trace.family == "encoder-decoder":
        stacks: tuple[Stack, ...] = ("encoder", "decoder")
        asked = st.segmented_control(
            "Tokens of the", stacks, key="map_stack", default="encoder", required=True, bind="query-params"
        )
        two_stacks = stack = chosen_or(asked, "encoder")
    whole = _whole(stack)
    cloud = _of_texts([trace], stack, whole=whole)
    return _Drawn(kind, cloud, _told(room, cloud), two_stacks)


def _of_texts(traces: Sequence[Trace], stack: Stack, *, whole: bool) -> Task:
    """The task that makes a cloud of the tokens of texts."""
    firsts = whole or stack == "encoder"
    return task("embeddings.point_cloud:cloud_of_texts", list(traces), stack, specials=whole, firsts=firsts)


def _told(room: Room, cloud: Task) -> Points:
    points: Points = room.ask(task("embeddings.point_cloud:PointCloud.points", cloud))
    return points


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


def _colouring(drawn: _Drawn) -> Colouring:
    without = {"group"} if drawn.kind in ("text", "vocabulary") else set()
    without |= {"position", "layer"} if drawn.points.layers == 1 else set()
    options = [colouring for colouring in COLOURS if colouring not in without]
    names = COLOURS if drawn.kind != "words" else {**COLOURS, "group": "line"}
    key = f"colour_{drawn.kind}"
    return st.selectbox("Colour shows the", options, key=key, format_func=names.__getitem__, bind="query-params")


def _scaling(room: Room, points: Points) -> tuple[bool, bool]:
    with room.controls:
        unit = st.toggle(
            "Length 1",
            value=True,
            key="unit",
            bind="query-params",
            help="Every vector is scaled to length 1. States grow from layer to layer, and a few tokens are hundreds "
            "of times longer than all others; by length alone they would fill the picture.",
        )
        if points.layers == 1:
            return unit, False
        centre = st.toggle(
            "Layer's mean removed",
            value=True,
            key="centre",
            bind="query-params",
            help="What all tokens of a layer share is taken away, so that you see how they differ, not how layers do.",
        )
    return unit, centre


def _layer(points: Points, colouring: str) -> int:
    if points.layers == 1 or colouring == "layer":
        return points.layers - 1
    names = [layer_name(row) for row in range(points.layers)]
    chosen = st.select_slider("State", names, value=names[points.layers // 2], key="after", bind="query-params")
    return names.index(chosen) if chosen in names else 0


def _found(points: Points, find: str) -> tuple[int, ...]:
    wanted = find.strip().casefold()
    if not wanted:
        return ()
    labels = [label.casefold() for label in points.labels]
    exact = [place for place, label in enumerate(labels) if label.strip("·…") == wanted]
    return tuple(exact or [place for place, label in enumerate(labels) if wanted in label])
