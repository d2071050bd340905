"""Which trace is drawn while heads are switched off: that of the changed model, or the one with all heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

import llm_core
from llm_core.heads.captions import placed
from llm_core.heads.changes import Change
from llm_core.numbers import percent
from llm_core.progress import Progress
from llm_core.recording.trace_record import Ablation, Edits, Trace
from llm_core.shapes import Stack
from pages.shared.address import chosen_or
from pages.shared.asking import ask, facts_task, is_loaded, look, task
from pages.shared.attention.switched_off import switched_off
from pages.shared.literal import literal, unbroken
from pages.shared.looking import NAMES, Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine
from pages.shared.traces import traced_without

WAYS = {"all": "With all heads", "without": "Without the heads you switched off"}
ABLATIONS: dict[Ablation, str] = {"zero": "nothing (zero)", "mean": "its mean over this text"}
"""What a head that is off gives out, as the control that chooses it says."""
GIVES_OUT = {"zero": "nothing", "mean": "its mean over this text"}
MOST_ROWS = 256
"""The largest change of a longer text is looked for in as many rows of the part that is shown."""


@dataclass(frozen=True)
class Drawn:
    """What the pictures of the page show.

    Attributes:
        shown: The trace that is drawn, and what it answers.
        edits: The heads that are off, which need not be drawn so.
        before: With all heads, read by the same run of the model; None while no head is off.
        after: Without the heads that are off; None while no head is off.
        waiting: True while heads are off and the model that could be changed is not there yet.
    """

    shown: Shown
    edits: Edits
    before: Trace | None = None
    after: Trace | None = None
    waiting: bool = False

    @property
    def changed(self) -> bool:
        """True if the changed model is drawn."""
        return self.after is not None and self.shown.trace is self.after

    def is_outdated(self) -> bool:
        """True if other heads are off by now, or the model that was waited for is there."""
        trace, request = self.shown.trace, self.shown.request
        there = self.waiting and is_loaded(request.model)
        return there or edits_wanted(trace) != self.edits


def edits_wanted(trace: Trace) -> Edits:
    """The heads that the visitor has switched off, and what they give out instead."""
    off = switched_off(trace)
    if not off or trace.method != "recorded":
        return Edits()
    # Before the control is drawn for the first time only the address holds it, by its label.
    said = st.session_state.get("ablation") or st.query_params.get("ablation")
    return Edits(off, "mean" if said in ("mean", ABLATIONS["mean"]) else "zero")


def choose_drawn(shown: Shown) -> Drawn:
    """Where heads are off, the way to flip between before and after; gives what is to be drawn."""
    edits = edits_wanted(shown.trace)
    if not edits.ablate_heads:
        return Drawn(shown, edits)
    with st.container(horizontal=True, vertical_alignment="center"):
        way = st.segmented_control(
            "Drawn on this page",
            WAYS,
            default="without",
            required=True,
            key="drawn",
            bind="query-params",
            format_func=WAYS.__getitem__,
            label_visibility="collapsed",
        )
        line = StatusLine(st.container(height=36, border=False))
    try:
        facts = look(facts_task(shown.request.model))
        if isinstance(facts, Progress):
            # What was there stays while the model comes; the part of the page below asks again.
            line.waiting(facts)
            return Drawn(shown, edits, waiting=True)
        before, after = traced_without(shown.request, edits, line.progress)
    except llm_core.LlmCoreError as error:
        line.say("Drawn with all heads.")
        st.info(literal(str(error)), icon=":material/info:")
        return Drawn(shown, edits)
    line.say("All pictures and numbers below follow.")
    trace = before if chosen_or(way, "without") == "all" else after
    return Drawn(replace(shown, trace=trace, shipped=False), edits, before, after)


def draw_mark(drawn: Drawn, place: Looking) -> None:
    """Say which of the two is drawn, and what has become of the layer that is looked at."""
    if drawn.before is not None and drawn.after is not None:
        st.markdown(mark_in_words(drawn.before, drawn.after, place, changed=drawn.changed))


def mark_in_words(before: Trace, after: Trace, place: Looking, *, changed: bool) -> str:
    """Which of two traces is drawn, and how the layer looked at differs between them."""
    off, instead = named_heads(after.edits), GIVES_OUT[after.edits.ablation]
    if changed:
        said = f":material/visibility_off: **Drawn: without {off}**, in whose place stands {instead}."
    else:
        said = f":material/visibility: **Drawn: with all heads.** Switched off: {off}."
    switched = sorted({*place.heads} & {*after.edits.ablate_heads.get((place.stack, place.layer), ())})
    if switched and changed:
        verb = "looks" if len(switched) == 1 else "look"
        said += f" What {heads_in_words(switched)} of this layer {verb} at is not passed on."
    rows = range(place.rows.start, min(place.rows.end, place.rows.start + MOST_ROWS))
    where = (place.stack, place.layer, place.heads, list(rows))
    most: Change | None = ask(task("heads.changes:change_of", before, after, *where))
    if most is None:
        return f"{said} This layer is the same before and after: what it reads does not depend on them."
    among = f" among the first {MOST_ROWS} tokens that look" if place.rows.end - place.rows.start > MOST_ROWS else ""
    if percent(most.before) == percent(most.after):
        return f"{said} No weight here{among} changes by as much as 0.1 percentage points."
    looking = literal(placed(before.query_tokens(place.stack), most.query))
    looked_at = literal(placed(before.key_tokens(place.stack), most.key))
    told = f"{looking} → {looked_at}: {percent(most.before)} before, {percent(most.after)} after"
    which = f", in head {most.head}," if len(place.heads) > 1 else ""
    return f"{said} What changes most here{which}{among} is {unbroken(told)}."


def unchanged_in_words(before: Trace, after: Trace, stack: Stack) -> str:
    """Which layers of a stack are the same before and after."""
    layers = before.layers(stack)
    changed: frozenset[int] = ask(task("heads.changes:changed_layers", before, after, stack))
    same = [layer for layer in layers if layer not in changed]
    if not changed:
        return "No layer of this stack depends on the heads that are off."
    if not same:
        return "Every layer here changes without them."
    if same == list(range(same[0], same[-1] + 1)) and len(same) > 1:
        return f"Layers {same[0]} to {same[-1]} are the same before and after; the others change."
    return f"The same before and after: {'layers' if len(same) > 1 else 'layer'} {', '.join(map(str, same))}."


def named_heads(edits: Edits) -> str:
    """The heads that are off, by stack and layer."""
    return "; ".join(
        f"{NAMES[stack]} layer {layer}, {heads_in_words(heads)}" for (stack, layer), heads in edits.ablate_heads.items()
    )


def heads_in_words(heads: Sequence[int]) -> str:
    """Some heads of a layer: "head 3", "heads 3, 5"."""
    return f"head{'s' if len(heads) > 1 else ''} {', '.join(map(str, heads))}"
