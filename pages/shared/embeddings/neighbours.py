"""Neighbours: which tokens of the vocabulary are nearest to a word, or to a token at any layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.nearness_view import neighbours_figure
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal
from pages.shared.address import chosen_or
from pages.shared.asking import task
from pages.shared.embeddings.frame import Room
from pages.shared.embeddings.words import after, layer_name, left_out_words, named, quoted_token
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.embeddings.neighbours import Measure, Neighbours
    from llm_core.embeddings.token_table import TableFacts, TableKind, WordPieces
    from llm_core.embeddings.words_beside import WordsBeside
    from llm_core.engine.task import Task
    from llm_core.text.tokens import Token

MOST_BESIDE = 20
"""Words that are looked up beside the list."""

SPOKEN = 3
"""Neighbours that the headline names."""

SOURCES = {"word": "A word", "token": "A token of this text"}
MEASURES: dict[Measure, str] = {"cosine": "Cosine", "dot": "Dot product"}
TABLES: dict[TableKind, str] = {"input": "what enters the model", "output": "what its head compares with"}


def draw(room: Room) -> None:
    """Bars of the nearest tokens with their controls."""
    with room.controls:
        source = st.selectbox(
            "Neighbours of", list(SOURCES), key="of", format_func=SOURCES.__getitem__, bind="query-params"
        )
        state, alike = "in the token table", tuple[int, ...]()
        if source == "token":
            token, state, vector = _token(room)
            label = quoted_token(token)
        else:
            word = st.text_input("Word", "cat", key="word", bind="query-params")
            pieces: WordPieces = room.ask(task("embeddings.token_table:word_pieces", room.model, word))
            label, alike = named(pieces.word), pieces.ids
        kind, measure, count, one_spelling = _options(room)
    table = room.table(kind)
    facts: TableFacts = room.ask(task("embeddings.token_table:table_facts", table))
    if source != "token":
        vector = room.ask(task("embeddings.token_table:vector_of", table, pieces))
    if len(vector) != facts.width:
        raise llm_core.UnsupportedModelError(
            f"The layers of {room.model_name} are {len(vector):,} numbers wide and its token table "
            f"{facts.width:,}, so they cannot be compared. Choose “A word”."
        )
    found: Neighbours = room.ask(
        task(
            "embeddings.neighbours:nearest_tokens",
            table,
            vector,
            count,
            measure=measure,
            leave_out=alike,
            one_spelling=one_spelling,
        )
    )
    figure = neighbours_figure(found, facts.median_norm, room.stack, theme=room.theme)
    with room.picture:
        if len(found.ids):
            room.plot(
                figure,
                "neighbours-figure",
                f"The {counted(len(found.ids), 'nearest token')} as bars; the table below has the numbers.",
            )
        if found.norm:
            _compare(room, table, vector, measure, alike, found.compared)
        if len(alike) > 1:
            st.caption(f"{label} is {len(alike)} tokens here; its vector is their mean.")
    room.say(sentence(found, label, state))
    room.close("neighbours", figure, _explanation(room, facts), _table(found))


def _token(room: Room) -> tuple[Token, str, np.ndarray]:
    """A token of the text, which of its states is looked at in words, and that state."""
    trace, stack = room.shown.trace, room.stack
    tokens = trace.query_tokens(stack)
    places = list(range(len(tokens)))
    place = st.selectbox(
        "Token",
        places,
        index=min(2, len(places) - 1),
        key="place",
        format_func=lambda number: f"{number}  {tokens[number].label}",
        bind="query-params",
    )
    place = place if place in places else 0
    names = [layer_name(row) for row in range(len(trace.states[stack]))]
    chosen = st.select_slider("State", names, value=names[-1], key="token_after", bind="query-params")
    row = names.index(chosen) if chosen in names else len(names) - 1
    state = after(row).lower()
    if row == len(names) - 1:
        # Where a model has a final norm, the library's last state has been through it.
        state += ", as it leaves the encoder" if trace.family == "encoder-decoder" else ", as it leaves the model"
    elif trace.family == "encoder-decoder" and row:
        state += f" of the {stack}"
    return tokens[place], state, trace.states[stack][row][place]


def _options(room: Room) -> tuple[TableKind, Measure, int, bool]:
    kinds: tuple[TableKind, ...] = room.ask(task("embeddings.token_table:table_kinds", room.model))
    kind: TableKind = "input"
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Compared with",
            kinds,
            key="table",
            default="input",
            required=True,
            format_func=TABLES.__getitem__,
            bind="query-params",
            wrap=True,
        )
    measure = st.segmented_control(
        "By",
        list(MEASURES),
        key="measure",
        default="cosine",
        required=True,
        format_func=MEASURES.__getitem__,
        bind="query-params",
    )
    count = st.slider("How many", 5, 50, 15, key="count", bind="query-params")
    one = st.toggle(
        "One spelling each",
        value=True,
        key="spelling",
        bind="query-params",
        help="“Cat”, “cat” and “CAT” are tokens of their own; name only the nearest of them.",
    )
    return chosen_or(kind, "input"), chosen_or(measure, "cosine"), count, one


def _compare(
    room: Room, table: Task, vector: np.ndarray, measure: Measure, own: tuple[int, ...], compared: int
) -> None:
    """Where words of one's own stand among all."""
    text = st.text_input("And where are these?", "dog, animal, car, justice", key="beside", bind="query-params")
    asked = list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    beside: WordsBeside = room.ask(
        task(
            "embeddings.words_beside:words_beside",
            room.model,
            table,
            vector,
            asked[:MOST_BESIDE],
            measure=measure,
            own=own,
        )
    )
    if rows := beside.found:
        st.dataframe(
            {
                "word": [one.word for one in rows],
                f"rank among {compared:,}": [rank_in_words(one.ids, one.rank, own) for one in rows],
                "cosine": [round(one.cosine, 3) for one in rows],
                "dot product": [round(one.dot, 3) for one in rows],
                "length": [round(one.norm, 3) for one in rows],
            },
            hide_index=True,
        )
    notes = [left_out_words(beside.unknown, "since this tokenizer has no tokens for what is written there")]
    if len(asked) > MOST_BESIDE:
        notes.append(f"The first {MOST_BESIDE} of {len(asked):,} words are looked up.")
    if any(notes):
        st.caption(" ".join(note for note in notes if note))


def rank_in_words(ids: tuple[int, ...], place: int | None, own: tuple[int, ...]) -> str:
    """Where a word of one's own stands, or why it has no place."""
    if len(ids) > 1:
        return "several tokens"
    if ids[0] in own:
        return "the word itself" if ids == own else "a part of the word"
    return "no direction" if place is None else f"{place:,}"


def sentence(found: Neighbours, label: str, state: str) -> str:
    """The headline: which tokens are nearest, how near, and among how many.

    Args:
        found: The neighbours.
        label: Whose, safe in Markdown.
        state: Where that vector stands: "in the token table", "after layer 3".
    """
    whose = f"{label} {state}" if state == "in the token table" else f"{state[0].upper()}{state[1:]}, {label}"
    if not found.norm:
        return f"{whose} has a vector of length 0, which points nowhere: no token is nearest to it"
    if not len(found.ids):
        return f"{whose} has nothing to be compared with"
    nearest = (
        f"Nearest to {label} {state}"
        if state == "in the token table"
        else (f"{state[0].upper()}{state[1:]}, nearest to {label}")
    )
    by = "cosine" if found.measure == "cosine" else "dot product"
    among = f"of {counted(found.compared, 'token')}"
    if found.tied > 1:
        first = listed([*map(named, found.names[: min(found.tied, SPOKEN)])])
        more = "" if found.tied <= SPOKEN else f" and {found.tied - SPOKEN:,} more"
        return f"{nearest}, {among}: {first}{more}, all as near ({by} {decimal(found.scores[0], 2)})"
    first = listed([*map(named, found.names[:SPOKEN])])
    return f"{nearest}, {among}: {first} ({by} {listed([decimal(one, 2) for one in found.scores[:SPOKEN]])})"


def _explanation(room: Room, table: TableFacts) -> str:
    tied = "Its output table is the same one." if table.tied else ""
    return (
        f"Each of the {table.tokens:,} tokens that {literal(room.model_name)} knows has a vector of "
        f"{table.width:,} numbers in a table at the bottom of the model. {tied} A word's neighbours are the "
        "tokens whose vectors point the same way.\n\n"
        "**Cosine** compares directions alone. The **dot product** also grows with the length of the other "
        "vector, so a "
        "long vector is near to everything; the dots on the right show each neighbour's length, and the dashed "
        "line the "
        "median of the vocabulary. Lengths mislead: in many models frequent tokens and tokens hardly ever trained "
        "stand "
        "out by them.\n\n"
        "At a layer, the token's state there is compared with the same table of context-free vectors: what "
        "stands near it "
        "tells which words the state looks like. Where the model has a head of its own, you can compare with its rows "
        "instead; for the state that leaves the model, that comparison by dot product is what the logit lens shows, "
        "but "
        "for a bias or a scaling that some heads have."
    )


def _table(found: Neighbours) -> dict[str, list[Any]]:
    return {
        "rank": list(range(1, len(found.ids) + 1)),
        "token": list(found.labels),
        "token number": found.ids.tolist(),
        "cosine": [round(float(value), 5) for value in found.cosine],
        "dot product": [round(float(value), 5) for value in found.dot],
        "length": [round(float(value), 5) for value in found.norms],
    }
