"""Logit lens: what each layer would say next, at every position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

import llm_core
from llm_core.figures.lens_view import answer_figure, lens_figure
from llm_core.numbers import counted, percent, two_digits
from pages.shared.asking import task
from pages.shared.embeddings.frame import Room, offer_models
from pages.shared.embeddings.words import layer_name, named, quoted_token
from pages.shared.literal import unbroken
from pages.shared.traces import TraceRequest, traced

if TYPE_CHECKING:
    from llm_core.lens.lens_record import LogitLens
    from llm_core.shapes import Family

TEXTS: dict[Family, str] = {
    "decoder": "The capital of France is",
    "encoder": "The capital of France is [MASK].",
    "encoder-decoder": "The black cat is sleeping under the white table.",
}
MOST_COLUMNS = 16
FIRST = 10
"""Tokens of which it is said when the answer comes among them."""


def draw(room: Room) -> None:
    """The grid of words and the way of one answer through the layers."""
    trace = room.shown.trace
    if trace.logits is None:
        _refuse(room)
        return
    family = trace.family
    with room.controls:
        own = _example(room, family)
        text = st.text_area("Text", own, key=f"lens_{family}", height=100, bind="query-params")
        st.button("Take the text at the left", on_click=_take, args=(family, trace.text))
    request = TraceRequest(room.model_name, text, room.shown.request.target if text == trace.text else "")
    read = traced(request, room.status.progress)
    tokens = read.target_tokens or read.tokens
    start, end = _window(room, len(tokens))
    lens: LogitLens = room.ask(task("lens.logit_lens:logit_lens", room.model, read, tuple(range(start, end))))
    with room.controls:
        columns = list(range(len(lens.tokens)))
        asked = _asked(room, lens)
        column = st.selectbox(
            "Follow the answer at",
            columns,
            index=asked,
            key=f"lens_column_{start}_{len(columns)}_{abs(hash(text)) % 10_000}",
            format_func=lambda place: f"{lens.positions[place]}  {lens.tokens[place].label}",
        )
    column = column if column in columns else asked
    grid = lens_figure(lens, theme=room.theme, column=column)
    with room.picture:
        room.plot(grid, "lens-grid", "The likeliest token of every layer at every position; the table has the numbers.")
        st.markdown(f"##### The rank of {named(lens.words[int(lens.answers[column])].text)}, layer by layer")
        room.plot(
            answer_figure(lens, column, theme=room.theme), "lens-answer", "The rank of the final answer in every layer."
        )
        st.caption(
            f"The higher, the better its rank among {trace.logits.shape[1]:,} tokens; the larger the dot, the more "
            f"probable."
        )
    room.say(unbroken(sentence(lens, column, mask=room.facts().mask_id)))
    note = (
        f"On a test sentence, the last layer read this way gave the model's own logits, with a largest difference of "
        f"{two_digits(lens.largest_difference)} of their standard deviation."
    )
    room.close("logit-lens", grid, _explanation(family), _table(lens), note=note)


def _refuse(room: Room) -> None:
    room.say("A lens needs a head that says words")
    with room.picture:
        st.info(
            "This encoder has no head that says words: it was trained to compare sentences, and its vectors "
            "are its only "
            "output. Choose a model with a head.",
            icon=":material/info:",
        )
        offer_models(
            [spec.name for spec in llm_core.catalog() if spec.offline and spec.name != room.model_name], "lens"
        )


def _example(room: Room, family: Family) -> str:
    if family != "encoder":
        return TEXTS[family]
    mask = room.facts().mask_token or "[MASK]"
    return TEXTS[family].replace("[MASK]", mask)


def _take(family: Family, text: str) -> None:
    st.session_state[f"lens_{family}"] = text


def _window(room: Room, count: int) -> tuple[int, int]:
    if count <= MOST_COLUMNS:
        return 0, count
    with room.controls:
        start = st.slider(
            f"First of {MOST_COLUMNS} tokens shown",
            0,
            count - MOST_COLUMNS,
            count - MOST_COLUMNS,
            key=f"lens_start_{count}",
        )
    return start, start + MOST_COLUMNS


def _asked(room: Room, lens: LogitLens) -> int:
    """The position to follow first: a mask in an encoder, the end in a decoder, a word in a translation."""
    if lens.stack == "encoder":
        mask = room.facts().mask_id
        masked = [place for place, token in enumerate(lens.tokens) if token.id == mask]
        return masked[0] if masked else len(lens.tokens) // 2
    return len(lens.tokens) - 1 if room.shown.trace.family == "decoder" else min(2, len(lens.tokens) - 1)


def sentence(lens: LogitLens, column: int, *, mask: int | None = None) -> str:
    """The headline: from which layer on the model's answer at a position stands.

    Args:
        lens: What the layers would say.
        column: Which of its positions.
        mask: The number of the encoder's mask token; an encoder sees every other token that it is asked about.
    """
    answer = quoted_token(lens.words[int(lens.answers[column])])
    settled, among = lens.settled(column), lens.first_among(column, FIRST)
    end = percent(lens.answer_probabilities[-1, column])
    token = lens.tokens[column]
    seen = lens.stack == "encoder" and token.id != mask
    at = f"At {quoted_token(token)}, which the encoder can see, " if seen else ""
    if settled == 0:
        return f"{at}{answer} is the first choice from the embedding on, with {end} in the end"
    layers = counted(lens.rows - 1, "layer")
    last = settled == lens.rows - 1
    when = f"only after the last of {layers}" if last else f"from {layer_name(settled)} on, of {layers}"
    early = f"; among the first {FIRST} it comes after {layer_name(among)}" if 0 < among < settled else ""
    early = f"; among the first {FIRST} it is from the embedding on" if among == 0 and _stays(lens, column) else early
    return f"{at}{answer} is the first choice {when}, with {end} in the end{early}"


def _stays(lens: LogitLens, column: int) -> bool:
    """True if the answer is among the first ones in every row."""
    return bool((lens.answer_ranks[:, column] <= FIRST).all())


def _explanation(family: Family) -> str:
    what = {
        "decoder": "the token after the one on top of the column",
        "encoder": "the token at that place: where the text has a mask it is a prediction, and everywhere else the "
        "encoder sees the token it names",
        "encoder-decoder": "the translation's next token, after the one on top of the column",
    }[family]
    return (
        "Every layer hands on vectors of the same width, so the model's head, made for the last layer, can read any of "
        "them: what would the model say if it stopped here? (nostalgebraist 2020) Each cell shows the likeliest token, "
        f"for {what}; the more colour, the more probable. Hover a cell for more candidates.\n\n"
        "Early rows often hold odd tokens: inner layers use directions of their own, which the head was not made to "
        "read. "
        "The final normalisation is applied once: the states of inner layers pass through the model's own code that "
        "stands between its last layer and its logits, and the last row is the model's own answer. ␣ stands for white "
        "space and ↵ for a new line."
    )


def _table(lens: LogitLens) -> dict[str, list[Any]]:
    rows = [(row, place) for row in reversed(range(lens.rows)) for place in range(len(lens.tokens))]
    return {
        "state": [layer_name(row) for row, _ in rows],
        "position": [lens.positions[place] for _, place in rows],
        "token": [lens.tokens[place].label for _, place in rows],
        "says": [lens.words[int(lens.candidates[row, place, 0])].label for row, place in rows],
        "probability": [round(float(lens.probabilities[row, place, 0]), 5) for row, place in rows],
        "final answer": [lens.words[int(lens.answers[place])].label for _, place in rows],
        "its rank": [int(lens.answer_ranks[row, place]) for row, place in rows],
        "its probability": [round(float(lens.answer_probabilities[row, place]), 5) for row, place in rows],
    }
