"""Pictures of attention: one head with its mask, and all heads."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from llm_core.recording.trace_record import Edits
from pages.shared.attention import parts
from pages.shared.attention.drawn import Drawn
from pages.shared.attention.head_map import draw_grid
from pages.shared.export import downloads
from pages.shared.guided import guidance_at, say_guidance
from pages.shared.lessons.evidence import place_in
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal
from pages.shared.looking import NAMES, Looking, looking_at, opening


def draw_attention(scene: Scene) -> None:
    """The lines and the matrix of the Attention page, at the lesson's place until the visitor goes elsewhere."""
    trace, place = scene.evidence.trace, _looking(scene)
    parts.headline(trace, place)
    parts.picture(scene.shown, place, trace)
    scene.numbers(parts.table(trace, place))
    with scene.below.expander("Save this picture"):
        downloads(trace, place.stack, place.layer, place.heads, lambda: parts.standalone(scene.shown, place))


def draw_heads(scene: Scene) -> None:
    """The grid of the Attention page; a click chooses the head that the lesson's link leads to."""
    place = _looking(scene)
    scene.say(f"All heads of the {NAMES[place.stack]} of {literal(scene.evidence.trace.model_name)} on this text")
    draw_grid(scene.shown, Drawn(scene.shown, Edits()), place)
    st.caption(f"Chosen: layer {place.layer}, head {place.heads[0]}. The link below opens it.")
    say_guidance(guidance_at(scene.evidence.trace, place))


def _looking(scene: Scene) -> Looking:
    """Where the visitor looks: at the lesson's place when the lesson is opened for a text, unless the address says."""
    trace = scene.evidence.trace
    opened = (scene.lesson.name, scene.shown.trace.identity)
    if st.session_state.get("lesson_opened") != opened:
        wanted = place_in(scene.gathered, scene.lesson.picture.arguments)
        st.session_state["lesson_opened"] = opened
        asked = st.query_params.get_all("layer")
        # What the page itself wrote into the address for another lesson or text is nobody's wish.
        if not asked or asked == (st.session_state.get("looking_written") or {}).get("layer"):
            looking_at(trace)
            known = opening(trace, wanted.stack)
            chosen = replace(known, layer=wanted.layer, heads=(wanted.head,), query=known.query)
            st.session_state["looking"], st.session_state["looking_written"] = chosen, None
    return looking_at(trace)
