"""Many lines put into groups by an encoder: a map, a name for each group, and how alike the lines are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from llm_core.applications.clustering import METHODS, MOST_CLUSTERS, Clustering, Method
from llm_core.applications.grouping import MOST_COMPARED, Grouping
from llm_core.applications.labelled import example_messages, labelled_texts
from llm_core.embeddings.point_cloud import PointCloud
from llm_core.engine.facts import ModelFacts
from llm_core.figures.nearness_view import sentences_figure
from llm_core.figures.palette import theme
from llm_core.figures.points import PointsStyle, points_figure
from llm_core.numbers import counted, decimal
from pages.shared.applications.inputs import asked, choice, examples, text_field
from pages.shared.applications.work import done
from pages.shared.asking import ask as answer_of
from pages.shared.asking import model, task
from pages.shared.embeddings.frame import PLOT
from pages.shared.export import save_picture
from pages.shared.literal import literal
from pages.shared.status_line import StatusLine

USE = "group"
MOST_LINES = 300
MOST_CHARACTERS = 1_000
AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Wanted:
    """What is to be put into groups.

    Attributes:
        lines: The lines.
        count: Number of groups; None lets the silhouette choose.
        method: How groups are made.
    """

    lines: tuple[str, ...]
    count: int | None
    method: Method


def ask() -> Wanted:
    """Draw the fields, and give what was last asked for."""
    messages = "\n".join(example_messages())
    opinions = "\n".join(one.text for one in labelled_texts("held_out"))
    examples(USE, {"Messages to a town": {"group-lines": messages}, "Opinions": {"group-lines": opinions}})
    text = text_field("Lines", "group-lines", messages, height=170)
    with st.container(horizontal=True):
        numbers = [AUTOMATIC, *(str(number) for number in range(2, MOST_CLUSTERS + 1))]
        with st.container(width=200):
            count = st.selectbox("Groups", numbers, key="group-count", persist_state="session")
        with st.container(width=300):
            method = choice("Method", METHODS, "group-method")
    lines = tuple(line.strip()[:MOST_CHARACTERS] for line in text.splitlines() if line.strip())
    number = None if count in (None, AUTOMATIC) else int(count)
    wanted = Wanted(lines, number, next(one for one in METHODS if one == method))
    return asked(USE, wanted, "Group the lines")


def groups_in_words(names: Sequence[str], sizes: Sequence[int], count: int) -> str:
    """How many groups there are, and which is the largest if one is."""
    said = f"{counted(count, 'line falls', 'lines fall')} into {counted(len(names), 'group')}"
    largest = [name for name, size in zip(names, sizes, strict=True) if size == max(sizes)]
    if len(names) == 1:
        return f"{said}, “{names[0]}”."
    if len(largest) == len(names):
        return f"{said} of {max(sizes)} each."
    most = ", ".join(f"“{name}”" for name in largest)
    if len(largest) > 1:
        return f"{said}; the largest, {most}, have {max(sizes)} each."
    return f"{said}; the largest, {most}, has {max(sizes)}."


def show(wanted: Wanted, encoder: ModelFacts, headline: st.delta_generator.DeltaGenerator, line: StatusLine) -> None:
    """Group the lines, and draw their map, the table and how alike they are."""
    lines = wanted.lines[:MOST_LINES]
    if not lines:
        headline.markdown("#### There are no lines to put into groups.")
        st.info("Type some lines, or choose an example.", icon=":material/info:")
        return
    vectors = done("lines", task("applications.text_vectors:text_vectors", model(encoder.name), lines), line)
    if vectors is None:
        return
    grouped = task(
        "applications.grouping:group_lines",
        model(encoder.name),
        lines,
        vectors,
        count=wanted.count,
        method=wanted.method,
    )
    made: Grouping = answer_of(grouped, line.progress)
    found = made.found
    headline.markdown(f"#### {literal(groups_in_words(found.names, found.sizes, len(lines)))}")
    line.say(f"{encoder.name} read {len(lines)} lines · {wanted.method}")
    if len(wanted.lines) > MOST_LINES:
        st.caption(f"You gave {len(wanted.lines):,} lines; the first {MOST_LINES} are grouped.")
    _map(lines, made)
    with st.expander("How to read this"):
        st.markdown(_explanation(found))
    with st.expander("How alike the lines are"):
        _alike(made)


def _map(lines: Sequence[str], made: Grouping) -> None:
    found = made.found
    cloud = PointCloud(
        vectors=made.points[None],
        labels=tuple(lines),
        groups=np.array(found.clusters),
        group_names=found.names,
        positions=np.arange(len(lines)),
        ids=np.full(len(lines), -1),
    )
    style = PointsStyle(theme(st.context.theme.type), "encoder", "group")
    figure = points_figure(made.points[None], cloud, 0, style)
    # Beginnings of sentences would lie on one another; the whole line comes up under the pointer and in the table.
    figure.update_traces(mode="markers")
    st.plotly_chart(
        figure,
        theme=None,
        config=PLOT,
        key="group-map",
        alt=f"A map of {len(lines)} lines in {len(found.names)} groups; the table below has them.",
    )
    columns = _table(lines, made)
    st.dataframe(columns, hide_index=True)
    with st.expander("Save this"):
        save_picture("groups", figure, columns)


def _table(lines: Sequence[str], made: Grouping) -> dict[str, list[Any]]:
    """Every line as a row, group by group, the most typical first: the one nearest to its group's middle."""
    found, near = made.found, made.typical
    order = sorted(range(len(lines)), key=lambda place: (found.clusters[place], -near[place]))
    return {
        "group": [f"{found.clusters[place] + 1}  {found.names[found.clusters[place]]}" for place in order],
        "line": [lines[place] for place in order],
        "cosine with the group's middle": [round(float(near[place]), 3) for place in order],
    }


def _alike(made: Grouping) -> None:
    if len(made.points) > MOST_COMPARED:
        st.caption(f"The first {MOST_COMPARED} lines, group by group.")
    figure = sentences_figure(made.compared, "encoder", theme=theme(st.context.theme.type))
    st.plotly_chart(
        figure, theme=None, config=PLOT, key="group-alike", alt="The cosine of each line with each, group by group."
    )


def _explanation(found: Clustering) -> str:
    numbers = ", ".join(f"{count}: {decimal(silhouette, 2)}" for count, silhouette in found.silhouettes.items())
    how = "is the finest grouping within 0.01 of the highest" if found.chosen else "is yours"
    return (
        "An encoder makes a vector of each line, and lines with near vectors are put together: **agglomerative** joins "
        "the two nearest groups again and again (Ward's criterion), **k-means** moves the groups' middles until each "
        "line is nearest to its own. No labels are used.\n\n"
        "The **silhouette**, from −1 to 1, says how much nearer a line is to its own group than to the next. Its mean "
        f"by number of groups: {numbers}. The number shown {how}. Where all are about equal and below 0.2, the lines "
        "have no sharp groups, and the number is a matter of taste.\n\n"
        "A group's **name** is made of the words that set it apart: frequent in it, rare in the others (class-based "
        "TF-IDF). The map is a projection on the two directions in which the lines differ most, so groups that touch "
        "on it can be far apart in the 384 directions of the vectors."
    )
