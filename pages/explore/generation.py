"""Explore / Generation: how a model writes, token by token; beam search; filling masks."""

import streamlit as st

from pages.shared.generation import beam_parts, mask_parts, words
from pages.shared.generation import parts as generation_parts
from pages.shared.generation.controls import choose_mode, choose_settings, offer_another_seed, offer_examples
from pages.shared.generation.guided import say_what_was_guided
from pages.shared.generation.ready import Ready, said_plainly, writer
from pages.shared.generation.store import Growth, growth_of, leave_what_never_began


@st.fragment
def look(ready: Ready, growth: Growth) -> None:
    """One text with its branches; a click in the picture runs no more than this unless something is to be written."""
    if generation_parts.must_write(growth):
        st.rerun()
    generation_parts.follow_url(growth)
    generation_parts.headline(ready.model, growth)
    say_what_was_guided(ready.model, growth)
    generation_parts.go_on(growth)
    generation_parts.picture(ready.model, growth)
    with st.expander("How to read this"):
        st.markdown(words.explanation(ready.model, growth))
    with st.expander("The numbers as a table"):
        st.dataframe(words.table(growth), hide_index=True)
    with st.expander("Save this text"):
        generation_parts.downloads(ready.model, growth)


def write(ready: Ready) -> None:
    """Step by step or with beams, as the visitor chooses."""
    with st.container(horizontal=True, vertical_alignment="center"):
        mode = choose_mode()
        settings = choose_settings(ready.model, mode)
        if mode == "Token by token":
            offer_another_seed(settings)
    if mode == "Beam search":
        beam_parts.draw(ready, settings)
        return
    growth = growth_of(ready.model, ready.text, settings)
    generation_parts.write(ready.model, growth, ready.line)
    leave_what_never_began(growth)
    if growth.branch.steps:
        ready.line.say(words.in_short(ready.model, growth))
        look(ready, growth)
    else:
        generation_parts.go_on(growth)


ready = writer(st.session_state["request"])
if ready is not None:
    offer_examples(ready.model)
    with said_plainly(ready):
        if ready.model.family == "encoder":
            mask_parts.draw(ready)
        else:
            write(ready)
