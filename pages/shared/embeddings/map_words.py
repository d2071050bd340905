"""What the Map concludes from its points, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from llm_core.embeddings.cloud_look import LayerLook, spelling
from llm_core.embeddings.likeness import FEWEST_FOR_KEPT, NEAR, TIED, Extreme
from llm_core.embeddings.point_cloud import Points
from llm_core.embeddings.point_projections import FEWEST_POINTS, Method, Projection
from llm_core.figures.points import MOST_NAMED
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal, percent
from pages.shared.embeddings.words import after, left_out_words, named

Kind: TypeAlias = Literal["text", "texts", "words", "vocabulary"]

NAMES: dict[Method, str] = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}

MOST_MARKED = 40
"""Points found that stand out in the picture."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn.

    Attributes:
        kind: What the points are.
        cloud: The points.
        made: Their projection.
        layer: Which row of states is drawn.
        look: What there is to say of that row.
        places: Where they are drawn, shape (point dimension).
        unit: True if vectors were scaled to length 1.
        centre: True if each layer's mean was taken away.
        stack: The stack's name where the model has two; else empty.
    """

    kind: Kind
    cloud: Points
    made: Projection
    layer: int
    look: LayerLook
    places: np.ndarray
    unit: bool
    centre: bool
    stack: str = ""


def sentence(scene: Scene) -> str:
    """The headline: which points are most alike, or what the picture keeps of the vocabulary."""
    cloud = scene.cloud
    if scene.kind == "vocabulary":
        shown = f"{len(cloud.labels):,} of {len(cloud.labels) + cloud.left_out:,} tokens of the vocabulary"
        kept = kept_sentence(scene)
        return f"{shown}: by {NAMES[scene.made.method]}, {kept}" if kept else shown
    return _most_alike(scene)


def _most_alike(scene: Scene) -> str:
    cloud = scene.cloud
    words, alike = scene.look.words, scene.look.alike
    assert alike is not None
    what = "word" if scene.kind == "words" else "token"
    state = f"{after(scene.layer)}{f' of the {scene.stack}' if scene.stack else ''}" if cloud.layers > 1 else ""
    if alike.most is None:
        count = counted(len(cloud.labels), what)
        why = (
            "all of one spelling, so there is nothing to compare"
            if len(words) > 1 and len({spelling(cloud.labels[place]) for place in words}) == 1
            else "too few to say which are most alike"
        )
        return f"{count}, {why}"
    if scene.centre and len(cloud.labels) == 2:
        return (
            f"Two {what}s with {_mean(scene)} removed always point in opposite directions, whatever they are: add "
            "another to see which are most alike"
        )
    how = _how(scene)
    if alike.pairs == 1:
        return _begin(state, f"{_pairs(cloud, words, alike.most)} have the cosine {decimal(alike.most.cosine, 2)}{how}")
    if alike.least is not None and alike.most.cosine - alike.least.cosine <= TIED:
        all_pairs = f"all {alike.pairs:,} pairs of {counted(alike.points, what)} are equally alike"
        return _begin(state, f"{all_pairs} (cosine {decimal(alike.most.cosine, 2)}{how})")
    middle = f"of {alike.pairs:,} pairs half have {decimal(alike.median, 2)} or less"
    verb = "are most alike" if len(alike.most.pairs) == 1 else "are equally alike, more than all others"
    return _begin(
        state,
        f"of {counted(alike.points, what)} {_pairs(cloud, words, alike.most)} {verb} "
        f"(cosine {decimal(alike.most.cosine, 2)}{how}; {middle})",
    )


def _begin(state: str, rest: str) -> str:
    return f"{state}, {rest}" if state else rest[0].upper() + rest[1:]


def _how(scene: Scene) -> str:
    return f" with {_mean(scene)} removed" if scene.centre else ""


def _mean(scene: Scene) -> str:
    return "the layer’s mean" if scene.cloud.layers > 1 else "the mean"


def _pairs(cloud: Points, words: Sequence[int], extreme: Extreme, most: int = 3) -> str:
    said = [" and ".join(_name(cloud, words[place]) for place in pair) for pair in extreme.pairs[:most]]
    if len(said) == 1:
        return said[0]
    more = len(extreme.pairs) - len(said)
    return listed([*said, counted(more, "more pair")]) if more else "; ".join(said[:-1]) + f"; and {said[-1]}"


def _name(cloud: Points, place: int) -> str:
    """A point's name; with its position where others of the same spelling stand in its text or list."""
    label = cloud.labels[place].strip("·")
    several = [spelling(other) for other in cloud.labels].count(spelling(label)) > 1
    where = f" [{cloud.positions[place]}]" if several and cloud.layers > 1 else ""
    return named(label) + (where.replace("[", "\\[").replace("]", "\\]"))


def kept_sentence(scene: Scene) -> str:
    """How many points keep their nearest neighbour, beside what chance would; empty where there are too few."""
    kept = scene.look.kept
    if kept is None:
        return ""
    whose = (
        f"of {counted(kept.of, 'point')}" if kept.looked_at == kept.of else f"of {kept.looked_at:,} points looked at"
    )
    return (
        f"{percent(kept.share)} {whose} have their nearest neighbour among their {NEAR} nearest in this picture "
        f"(at random {percent(kept.chance)} would)"
    )


def caption(scene: Scene, find: str, matches: int, unreadable: tuple[str, ...] = ()) -> str:
    """What the picture keeps, what is left out, and what was searched for."""
    cloud, made = scene.cloud, scene.made
    parts = []
    if cloud.layers > 1:
        parts.append(
            f"One {NAMES[made.method]}, fitted once over all {cloud.layers} states of all tokens: "
            "a point that moves on the screen has moved in it."
        )
    parts.append(_axes_sentence(scene))
    if scene.kind != "vocabulary":
        kept = kept_sentence(scene)
        parts.append(
            f"{kept}."
            if kept
            else f"With fewer than {FEWEST_FOR_KEPT} points, the {NEAR} nearest to one are a good part of all, so how "
            "many keep their nearest neighbour is not counted."
        )
        parts += _left_out(scene)
    parts.append(
        left_out_words(
            unreadable, "since the model cannot read them" if len(unreadable) > 1 else "since the model cannot read it"
        )
    )
    if find.strip():
        marked = f"; the first {MOST_MARKED} are marked" if matches > MOST_MARKED else ""
        verb = "matches" if matches == 1 else "match"
        said = f"{counted(matches, 'point')} {verb} {named(find.strip())}{marked}."
        parts.append(said if matches else f"Nothing matches {named(find.strip())}.")
    return " ".join(part for part in parts if part)


def _axes_sentence(scene: Scene) -> str:
    made = scene.made
    if made.explained is None:
        return "Points drawn near each other are mostly near in the model; far distances and the axes mean nothing."
    if not any(made.explained):
        return "All points lie in one place, so there is no variance to show."
    count = len(made.points)
    if count - 1 <= len(made.explained):
        return f"{counted(count, 'point')} always fit into so few dimensions without loss."
    return f"The axes hold {percent(sum(made.explained))} of the variance."


def _left_out(scene: Scene) -> list[str]:
    cloud = scene.cloud
    what = "word" if scene.kind == "words" else "token"
    said = []
    if cloud.left_out:
        are = "is" if cloud.left_out == 1 else "are"
        said.append(f"{counted(cloud.left_out, what)} at the end {are} left out: the picture has no room for more.")
    if cloud.repeated:
        said.append(f"{counted(cloud.repeated, 'repeated word')} {'is' if cloud.repeated == 1 else 'are'} drawn once.")
    if cloud.unknown:
        said.append(
            left_out_words(
                cloud.unknown,
                "since this tokenizer has no token for it"
                if len(cloud.unknown) == 1
                else "since this tokenizer has no tokens for them",
            )
        )
    if nowhere := scene.look.directionless:
        has = "point has" if nowhere == 1 else "points have"
        said.append(f"{nowhere:,} {has} a vector of length 0 here, which points nowhere and is compared with nothing.")
    if scene.kind == "texts" and len(cloud.group_names) > MOST_NAMED:
        said.append("There are more sentences than colours and shapes: hover a point for its sentence.")
    return said


def too_few_for(count: int) -> str:
    """Which methods need more different points than there are; empty if none."""
    missing = [method for method in NAMES if count < FEWEST_POINTS[method]]
    if not missing:
        return ""
    needs = listed([f"{NAMES[method]} needs {FEWEST_POINTS[method]}" for method in missing])
    points = "1 different point is" if count == 1 else f"{count} different points are"
    return f"{needs}; here {points} drawn, by PCA."


def axes(made: Projection) -> tuple[str, ...]:
    """A title for each axis of a PCA; none where axes mean nothing."""
    if made.explained is None:
        return ()
    of_what = " of the variance" if len(made.explained) == 2 else ""
    return tuple(f"component {place + 1}: {percent(share)}{of_what}" for place, share in enumerate(made.explained))


def alt(scene: Scene) -> str:
    """The picture for those who do not see it."""
    return (
        f"{counted(len(scene.cloud.labels), 'point')} in {scene.made.points.shape[1]} dimensions by "
        f"{NAMES[scene.made.method]}; the same numbers stand in the table below."
    )


def explanation(scene: Scene) -> str:
    """How the picture is read."""
    width = scene.cloud.width
    what = {
        "text": "Each point is a token of the text. Before the first layer it stands where its token, and in some "
        "models its position, put it; every layer then moves it by what it reads in the tokens around it.",
        "texts": "Each point is a token of one of the sentences. The same token in two sentences begins at the same "
        "place or, where positions are added, near it, and is moved apart by its context.",
        "words": "Each point is a word's vector in the table at the bottom of the model, before any context. A word of "
        "several tokens stands at the mean of their vectors.",
        "vocabulary": "Each point is a token's vector in the table at the bottom of the model, before any context. The "
        "sample is spread evenly over the token numbers, which in many tokenizers roughly follow frequency: they give "
        "small numbers to what was frequent in the text they were built from.",
    }[scene.kind]
    how = {
        "pca": "**PCA** turns the vectors so that the first axis shows as much of their variance as one axis can, and "
        "so on. Distances are true as far as the axes reach.",
        "tsne": "**t-SNE** keeps neighbours together and lets go of far distances: sizes of groups and gaps between "
        "them mean nothing.",
        "umap": "**UMAP** joins each point with its neighbours and lays that net out; far distances mean little.",
    }[scene.made.method]
    scaled = "Vectors were scaled to length 1 first. " if scene.unit else "Vectors were taken with their lengths. "
    centred = "Each layer's mean was then taken away, and cosines are of what is left. " if scene.centre else ""
    return (
        f"A vector of {width:,} numbers is drawn as a point. {what}\n\n{how} {scaled}{centred}"
        "Random numbers begin with seed 0, so the picture is the same each time."
    )


def table(cloud: Points, places: np.ndarray, layer: int) -> dict[str, list[Any]]:
    """One row for each point, as columns."""
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
