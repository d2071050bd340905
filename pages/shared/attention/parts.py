"""The parts of the Attention page: headline, picture, explanation, table, BertViz's views, a page to save."""

from __future__ import annotations

from math import inf
from typing import Any

import streamlit as st

import llm_core
from llm_core.figures.classic import View
from llm_core.figures.links import StrongestLinks
from llm_core.figures.palette import Theme
from llm_core.figures.windows import Window
from llm_core.heads.captions import describe_habit, describe_query, habits_of_heads
from llm_core.numbers import percent
from llm_core.recording.trace_record import Trace
from pages.shared.asking import ask, task
from pages.shared.attention.drawn import named_heads
from pages.shared.attention.packet import Held, attention_packet, reading_name, screens_at
from pages.shared.components import received
from pages.shared.components.attention import attention
from pages.shared.guided import guidance_at, say_guidance
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking, choose
from pages.shared.notices import Shown

CLASSIC_HEIGHT = 420
MOST_ROWS = 500
LONGEST_READ = 512
"""Of a longer part the strongest link between words is that of its first tokens."""


def headline(trace: Trace, place: Looking) -> None:
    """One sentence that says what these heads do with this text."""
    st.markdown(f"#### {unbroken(literal(what_they_do(trace, place)))}")
    say_guidance(guidance_at(trace, place))


def what_they_do(trace: Trace, place: Looking) -> str:
    """The headline: where this is, and what the heads do there, by the weights that the picture draws."""
    queries, keys = trace.query_tokens(place.stack), trace.key_tokens(place.stack)
    if place.query is not None:
        row = trace.attention(place.stack, place.layer, place.heads, [place.query])[:, 0]
        return f"{place.place}, {describe_query(row, place.query, queries, keys)}."
    if place.stack != "cross":
        # Over all rows shown, as the foot of the picture says them.
        habit = describe_habit(habits_of_heads([one.habits for one in screens_at(trace, place)]))
        if habit is not None:
            return f"{place.place}, {_spoken_of(trace, place, place.rows.size)}{habit}."
    rows = Window(place.rows.start, min(place.rows.end, place.rows.start + LONGEST_READ))
    where = (place.stack, place.layer, place.heads, rows, place.columns)
    predicate: str = ask(task("figures.links:link_in_words", trace, *where))
    return f"{place.place}, {_spoken_of(trace, place, rows.size)}{predicate}."


def _spoken_of(trace: Trace, place: Looking, rows: int) -> str:
    """Of which tokens a headline speaks, if not of all."""
    read = "" if rows == place.rows.size else f"first {rows:,} "
    if (place.rows.size, place.columns.size) != (
        len(trace.query_tokens(place.stack)),
        len(trace.key_tokens(place.stack)),
    ):
        return f"among the {read}tokens shown, "
    return f"among the {read}tokens, " if read else ""


def picture(shown: Shown, place: Looking, drawn: Trace) -> None:
    """Lines and matrices in the project's own component; what the visitor chooses there comes back as a place.

    What is drawn may be the trace of the changed model, which has the same places.
    """
    readings = ("", reading_name(shown.trace), reading_name(drawn))

    def chosen() -> None:
        choice = received("attention", "choice")
        if Held.said(choice).reading not in readings:
            # It was made on another text, whose picture was still there: that it came is all that is taken over.
            choice = {"number": choice.get("number")}
        choose(shown.trace, choice)

    told = st.session_state.get("attention", {}).get("choice")
    packet = attention_packet(drawn, place, Held.said(told))
    attention(data=packet, key="attention", on_choice_change=chosen)


def standalone(shown: Shown, place: Looking) -> str:
    """The picture as one HTML page that opens offline, with hovering and clicking, without a server."""
    packet = attention_packet(shown.trace, place, standalone=True, more_seconds=inf)
    guided = guidance_at(shown.trace, place)
    off = named_heads(shown.trace.edits)
    does = what_they_do(shown.trace, place) + (f" (without {off})" if off else "")
    title = " ".join([f"{shown.trace.model_name}: {does}", *map(str, guided)])
    return attention.page(packet, title, st.context.theme.type or "light")


def classic(trace: Trace, place: Looking, theme: Theme) -> None:
    """BertViz's own views, made when they are asked for."""
    views: tuple[View, ...] = ("head", "model")
    kind = st.segmented_control("View", views, key="bertviz", format_func="{} view".format)
    if kind is None:
        st.caption("Choose a view: BertViz's pages are large, so they are made when you ask for one.")
        return
    try:
        where = (place.stack, place.layer, kind)
        page = ask(task("figures.classic:classic_page", trace, *where, theme=theme, heads=place.heads))
    except llm_core.SelectionError as error:
        st.info(str(error), icon=":material/info:")
        return
    st.iframe(page, height=max(CLASSIC_HEIGHT, 120 + 23 * len(trace.query_tokens(place.stack))))
    st.caption(f"BertViz's own {kind} view of layer {place.layer}, drawn from the same trace, offline.")


def explanation(trace: Trace, place: Looking, theme: Theme) -> str:
    """What the picture shows, in the colours it uses, as HTML within Markdown."""
    query = f"<b style='color:{theme.query}'>query</b>"
    key = f"<b style='color:{theme.key}'>key</b>"
    kinds = {
        "full": "every token may look at every token",
        "causal": "no token may look ahead: that part of the matrix is hatched",
        "sliding window": "a token may look only at the tokens around it: the rest of the matrix is hatched",
        "other": "what may not be looked at is hatched",
    }
    mask = trace.mask(place.stack, place.layer)
    padding = " Padding is closed to all." if mask.has_padding else ""
    heads, shared = (
        trace.heads(place.stack, place.layer),
        trace.key_value_heads(place.stack, place.layer),
    )
    grouped = (
        f"\n\nHeads in one bracket share a key/value head: {heads} heads have {shared} of them, "
        f"so the cache of keys and values is {heads // shared} times smaller."
        if shared < heads
        else ""
    )
    return (
        f"A token that looks sends out a {query}; a token that is looked at offers a {key}. How well they match, "
        "after a softmax, is the weight: the share of its attention that one token gives another. "
        "The weights of one token add up to 100 %.\n\n"
        "On the left, tokens that look stand to the left and tokens looked at to the right; a stronger line is a "
        "larger weight, and each head has its own colour. In the matrix each row is a looking token; the more "
        "colour, the larger the weight. Numbers in the cells are percent.\n\n"
        "Hover a token to see its attention, click to keep it, press Escape to let it go. Click a head to switch its "
        "colour on or off, double-click to see it alone. With the keyboard: Tab to the tokens or to the matrix, then "
        "the arrow keys, Enter and Escape; in the matrix + and − zoom and Shift with an arrow moves.\n\n"
        f"The mask of this layer is **{mask.kind}**: {kinds[mask.kind]}.{padding}{grouped}"
    )


def table(trace: Trace, place: Looking) -> dict[str, Any]:
    """The strongest links of the part shown as columns: what the picture shows, for people who cannot see it."""
    queries, keys = trace.query_tokens(place.stack), trace.key_tokens(place.stack)
    rows = Window(place.rows.start, min(place.rows.end, place.rows.start + LONGEST_READ))
    if place.query is not None:
        rows = Window(place.query, place.query + 1)
    where = (place.stack, place.layer, place.heads, rows, place.columns, MOST_ROWS)
    found: StrongestLinks = ask(task("figures.links:strongest_links", trace, *where))
    columns = {
        "head": found.head.tolist(),
        "position": found.query.tolist(),
        "looks": [queries[row].label for row in found.query],
        "at position": found.key.tolist(),
        "is looked at": [keys[column].label for column in found.key],
        "weight": [percent(float(weight)) for weight in found.weight],
    }
    if len(place.heads) > 1:
        columns[f"mean of {len(place.heads)} heads"] = [percent(float(mean)) for mean in found.mean]
    return columns
