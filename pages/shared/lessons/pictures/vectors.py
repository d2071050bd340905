"""Pictures of vectors: those of tokens, of a query and its keys, of positions, and along the residual stream."""

from __future__ import annotations

import numpy as np
import streamlit as st

from llm_core.embeddings.position_records import PositionTable, RotaryAngles
from llm_core.figures.position_view import agreement_figure, bias_figure, similarity_figure
from llm_core.figures.stream_view import state_name, stream_figure
from llm_core.figures.vector_view import Stripes, stripes_figure
from llm_core.lessons.answers.places import DISTANCES, code_of, favours, head_of
from llm_core.lessons.answers.saying import token_at
from llm_core.lessons.answers.stream import reading_stack
from llm_core.lessons.drawn import AlikeVectors, ScoredKeys, Stream
from llm_core.lessons.evidence import Place
from llm_core.numbers import percent
from pages.shared.asking import ask, task
from pages.shared.guided import guidance_of, say_guidance
from pages.shared.lessons.evidence import place_in
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal
from pages.shared.looking import NAMES

MOST_LINES = 60


def draw_vectors(scene: Scene) -> None:
    """Each token's first vector as a stripe, and how alike it is to that of one token."""
    evidence = scene.evidence
    tokens = evidence.trace.query_tokens(reading_stack(evidence))
    room = st.container()
    marked = scene.choose_token(tokens, _query(scene))
    found: AlikeVectors = ask(task("lessons.drawn:alike_vectors", scene.gathered.task, marked))
    names = [token_at(tokens[row], row) for row in found.rows]
    figure = stripes_figure(
        Stripes(names, found.vectors, found.cosines, "cosine", found.rows.index(marked)),
        theme=scene.theme,
    )
    scene.say(f"The tokens as rows of numbers, and how alike each row is to that of {_name(tokens[marked].text)}")
    with room:
        scene.plot(
            figure, "A stripe of colour for each token's vector, and a bar for its cosine with the chosen token."
        )
        _left_out(len(tokens), len(names), "most alike")
    scene.close(
        figure,
        {
            "token": names,
            f"cosine with {token_at(tokens[marked], marked)}": [round(float(cosine), 4) for cosine in found.cosines],
            "length": [round(float(np.linalg.norm(vector)), 4) for vector in found.vectors],
            "first numbers": [", ".join(f"{number:.2f}" for number in vector[:8]) for vector in found.vectors],
        },
    )


def draw_scores(scene: Scene) -> None:
    """One query above all keys, and the score that each key reaches."""
    trace = scene.evidence.trace
    place = place_in(scene.gathered, scene.lesson.picture.arguments)
    room = st.container()
    query = scene.choose_token(trace.query_tokens(place.stack), place.query)
    place = Place(place.stack, place.layer, place.head, query)
    found: ScoredKeys = ask(task("lessons.drawn:scored_keys", scene.gathered.task, place))
    tokens = trace.key_tokens(place.stack)
    names = [token_at(tokens[row], row) for row in found.rows]
    asking = trace.query_tokens(place.stack)[query]
    figure = stripes_figure(
        Stripes(
            names,
            found.keys,
            found.scores,
            "score",
            None,
            above=found.query,
            above_name=token_at(asking, query),
            row_colour="key",
        ),
        theme=scene.theme,
    )
    where = f"{NAMES[place.stack]} layer {place.layer}, head {place.head}"
    scene.say(f"In {where}, the query of {_name(asking.text)} meets {len(tokens):,} keys")
    with room:
        say_guidance(guidance_of(trace, place.stack, place.layer, [place.head], query))
        scene.plot(figure, "The query's numbers in the top row, each key's below, and a bar for each score.")
        _left_out(len(tokens), len(names), "highest scores")
        if found.some_closed:
            st.caption("Keys without a bar stand later in the text: the mask closes them.")
    scene.close(
        figure,
        {
            "key of": names,
            "score": [None if np.isnan(score) else round(float(score), 4) for score in found.scores],
            "weight": [percent(float(weight)) for weight in found.weights],
        },
    )


def draw_positions(scene: Scene) -> None:
    """How positions are told apart, in the form that this model has."""
    code = code_of(scene.evidence)
    model = literal(scene.evidence.trace.model_name)
    if isinstance(code, PositionTable):
        figure = similarity_figure(code, "Cosine of each position with each", theme=scene.theme)
        scene.say(f"How alike the position vectors of {model} are, each with each")
        alt = "A square of cosines: brightest along the diagonal, where positions are near one another."
    elif isinstance(code, RotaryAngles):
        figure = agreement_figure(code, DISTANCES[1], theme=scene.theme)
        scene.say(f"How much of a match {model} keeps when query and key are turned apart")
        alt = "Curves of the cosine by distance for the fastest pair, the slowest pair, and the mean of all."
    else:
        head = head_of(code, _argument(scene, "head"))
        heads = list(range(min(len(code.bias), len(scene.theme.heads))))
        figure = bias_figure(code, heads, theme=scene.theme)
        for line in figure.data:
            line.update(line_width=4 if line.name == str(head) else 1.5, opacity=1 if line.name == str(head) else 0.5)
        scene.say(f"What each distance adds to the score in {model}; head {head} is drawn strongly")
        alt = "A curve for each head: what is added to the score at each distance from query to key."
    scene.plot(figure, alt)
    head = head_of(code, _argument(scene, "head"))
    distances = tuple(range(1, 33))
    values, what = favours(code, distances, head)
    scene.close(
        figure, {"tokens apart": list(distances), what: [None if np.isnan(one) else round(one, 4) for one in values]}
    )


def draw_stream(scene: Scene) -> None:
    """The lengths of all tokens' vectors after each layer, one of them marked, and how far each layer turns it."""
    evidence = scene.evidence
    stack = reading_stack(evidence)
    tokens = evidence.trace.query_tokens(stack)
    room = st.container()
    marked = scene.choose_token(tokens, _query(scene))
    found: Stream = ask(task("lessons.drawn:stream", scene.gathered.task, marked))
    lengths, steps = found.lengths, found.steps
    spread = np.linspace(0, len(tokens) - 1, min(len(tokens), MOST_LINES)).astype(int).tolist()
    shown = sorted({*spread, marked})
    names = [token_at(tokens[place], place) for place in shown]
    figure = stream_figure(lengths[:, shown], steps, names, shown.index(marked), stack=stack, theme=scene.theme)
    scene.say(f"{_name(tokens[marked].text)} on its way through the layers of the {NAMES[stack]}")
    with room:
        scene.plot(figure, "Lines: the length of each token's vector after every layer. Bars: how far layers turn one.")
        st.caption(where_it_ends(found.normed))
    scene.close(
        figure,
        {
            "state": [state_name(row) for row in range(len(lengths))],
            f"length of {token_at(tokens[marked], marked)}": [round(float(row[marked]), 3) for row in lengths],
            "mean length of all tokens": [round(float(row.mean()), 3) for row in lengths],
            "turned by": [None, *(round(float(step), 4) for step in steps)],
        },
    )


def where_it_ends(normed: bool | None) -> str:
    """What the last point of the stream is, as a sentence; see :attr:`llm_core.lessons.drawn.Stream.normed`."""
    if normed is None:
        return (
            "The lines end below the last layer: what it gives out cannot be told apart here from what a final norm "
            "makes of it."
        )
    if normed:
        return "The last point is what comes out of the last layer. Every layer here ends in a norm."
    return (
        "The last point is what comes out of the last layer. The final norm behind it belongs to the output and is "
        "left out."
    )


def _query(scene: Scene) -> int:
    """The token that the lesson's file means."""
    stack = reading_stack(scene.evidence)
    found: int = ask(task("lessons.evidence:query_of", scene.gathered.task, stack, _argument(scene, "query")))
    return found


def _argument(scene: Scene, name: str) -> str | int:
    value: str | int = scene.lesson.picture.arguments[name]
    return value


def _name(text: str) -> str:
    return literal(f"“{text}”")


def _left_out(count: int, shown: int, which: str) -> None:
    if shown < count:
        st.caption(
            f"Shown: {shown} of {count:,} tokens, those with the {which}."
            if which != "most alike"
            else f"Shown: the {shown} of {count:,} tokens that are most alike."
        )
