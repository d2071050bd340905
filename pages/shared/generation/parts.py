"""The parts of the Generation page: writing with progress, the picture, words, table and downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

import llm_core
from llm_core.engine.facts import ModelFacts
from llm_core.generation.shown import MEAN
from llm_core.numbers import counted
from llm_core.progress import Progress
from pages.shared.components import received
from pages.shared.components.generation import generation
from pages.shared.generation.packet import generation_packet
from pages.shared.generation.store import Growth, grow, remaining, stop
from pages.shared.generation.words import headline_in_words, text_of
from pages.shared.literal import literal
from pages.shared.status_line import StatusLine
from pages.shared.strict_json import strict_json


def write(model: ModelFacts, growth: Growth, line: StatusLine) -> None:
    """Let the model write what is missing, visibly; Stop ends it within a token, anything else only interrupts it."""
    if not must_write(growth):
        return
    place = st.empty()
    with place.container():
        st.button("Stop", key="stop-writing", on_click=stop, args=(growth,))
        live = st.empty()
        most = growth.branch.settings.max_new_tokens
        said: Progress | None = None

        def waiting(progress: Progress) -> None:
            # Every message to the page is a place where a click takes effect.
            line.progress(said or progress)

        for _ in remaining(model, growth, waiting):
            done = len(growth.branch.steps)
            said = Progress(done / most, f"Token {done} of at most {most}")
            line.progress(said)
            live.markdown("… " + literal(text_of(growth.branch.steps)[-300:]))
    place.empty()


def must_write(growth: Growth) -> bool:
    """True if tokens are missing that nobody stopped."""
    return not growth.branch.finished and not growth.stopped


def go_on(growth: Growth) -> None:
    """Offer to go on with a text that was stopped."""
    if growth.stopped and not growth.branch.finished:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Stopped after {counted(len(growth.branch.steps), 'token')}.")
            st.button("Go on", key="go-on", on_click=_resume, args=(growth,))


def _resume(growth: Growth) -> None:
    growth.stopped = False


def follow_url(growth: Growth) -> None:
    """Open at the step that the address names, the first time; from then on the address follows."""
    steps = growth.branch.steps
    asked = st.query_params.get("step", "")
    if growth.fresh and asked.isdecimal() and len(asked) < 7:
        growth.step = int(asked) - 1
    growth.fresh = False
    growth.step = max(0, min(growth.step, len(steps) - 1))
    st.query_params["step"] = str(growth.step + 1)


def headline(model: ModelFacts, growth: Growth) -> None:
    """One sentence that says what came out and how sure the model was."""
    st.markdown(f"#### {literal(headline_in_words(model, growth))}")


def picture(model: ModelFacts, growth: Growth) -> None:
    """The component; what the visitor does there comes back as a choice."""

    def chosen() -> None:
        take(model, growth, received("written-text", "choice"))

    generation(data=generation_packet(model, growth), key="written-text", on_choice_change=chosen)
    if growth.full:
        st.caption("No further branch fits here. Go back to one of these, or write another text.")


def take(model: ModelFacts, growth: Growth, choice: Mapping[str, Any] | None) -> None:
    """Take over what the browser says the visitor chose; whatever does not exist is ignored."""
    if not isinstance(choice, Mapping):
        return
    number = _whole(choice, "number")
    if number is None:
        return
    growth.number = number
    kind, step, token = choice.get("kind"), _whole(choice, "step"), _whole(choice, "token")
    branch = _whole(choice, "branch")
    if branch is not None and 0 <= branch < len(growth.branches):
        growth.current = branch
    if step is not None:
        growth.step = max(0, min(step, len(growth.branch.steps) - 1))
    settings = _settings(growth, step or 0, choice.get("settings"))
    if kind == "branch" and step is not None and (token is not None or settings is not None):
        grow(model, growth, step, token, settings)
    elif kind == "looking":
        _look(growth, choice)


def _whole(choice: Mapping[str, Any], name: str) -> int | None:
    """A whole number that the browser says, or None."""
    value = choice.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _look(growth: Growth, choice: Mapping[str, Any]) -> None:
    if not growth.branch.steps:
        return
    first = growth.branch.steps[0]
    stack, layer, head = choice.get("stack"), _whole(choice, "layer"), _whole(choice, "head")
    if stack not in first.stacks or layer is None or layer not in first.attention_layers(stack):
        return
    if head is not None and (head == MEAN or 0 <= head < first.heads(stack, layer)):
        growth.looking[stack] = (layer, head)
    else:
        growth.looking[stack] = (layer, 0)


def _settings(growth: Growth, step: int, asked: object) -> llm_core.GenerationSettings | None:
    """A step's settings with those of the sliders; None if they ask for something that does not exist."""
    if not isinstance(asked, Mapping):
        return None
    names = {
        "temperature": "temperature",
        "topP": "top_p",
        "minP": "min_p",
        "typicalP": "typical_p",
        "penalty": "repetition_penalty",
    }
    try:
        values: dict[str, Any] = {ours: float(asked[theirs]) for theirs, ours in names.items()}
        return replace(growth.settings_at(step), top_k=int(asked["topK"]), **values)
    except (KeyError, TypeError, ValueError, llm_core.SelectionError):
        return None


def downloads(model: ModelFacts, growth: Growth) -> None:
    """Buttons that save the picture as a page and its numbers as CSV and JSON."""
    name = f"{model.family}-text"

    def page() -> str:
        packet = generation_packet(model, growth, standalone=True)
        return generation.page(packet, f"{model.name} writes", st.context.theme.type or "light")

    with st.container(horizontal=True):
        st.download_button("Picture (HTML)", page, f"{name}.html", "text/html", on_click="ignore", key="save-html")
        st.download_button(
            "Numbers (CSV)", lambda: as_csv(growth), f"{name}.csv", "text/csv", on_click="ignore", key="save-csv"
        )
        st.download_button(
            "Numbers (JSON)",
            lambda: as_json(growth),
            f"{name}.json",
            "application/json",
            on_click="ignore",
            key="save-json",
        )
    st.caption("The page plays the whole text; its sliders work at the step that is open now.")


def as_csv(growth: Growth) -> str:
    """Every candidate of every step as a row."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["step", "token", "candidate", "logit", "before", "after", "excluded_by", "written"])
    for step in growth.branch.steps:
        for candidate in step.candidates:
            stage = candidate.excluded_by
            writer.writerow(
                [
                    step.index + 1,
                    step.token.label,
                    candidate.token.label,
                    f"{candidate.logit:.6g}",
                    f"{candidate.before:.6g}",
                    f"{candidate.probability:.6g}",
                    "" if stage is None else step.stages[stage].name,
                    int(candidate.token.id == step.token.id),
                ]
            )
    return out.getvalue()


def as_json(growth: Growth) -> str:
    """Every step with its stages and candidates."""
    first = growth.branch.steps[0]
    return strict_json(
        {
            "model": first.prompt.model_name,
            "prompt": first.prompt.text,
            "read": first.prompt.read,
            "steps": [
                {
                    "token": step.token.label,
                    "id": step.token.id,
                    "probability": step.probability,
                    "entropy_bits": step.entropy,
                    "picked": step.picked,
                    "stages": [
                        {"name": stage.name, "setting": stage.setting, "kept": stage.kept, "excluded": stage.excluded}
                        for stage in step.stages
                    ],
                    "candidates": [
                        {
                            "token": candidate.token.label,
                            "id": candidate.token.id,
                            "before": candidate.before,
                            "after": list(candidate.after),
                        }
                        for candidate in step.candidates
                    ],
                }
                for step in growth.branch.steps
            ],
        },
    )
