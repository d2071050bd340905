"""The parts of the Generation page: writing with progress, the picture, words, table and downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

import llm_core
from llm_core.generation.step import GenerationStep
from llm_core.numbers import percent
from llm_core.progress import Progress
from pages.shared.components import received
from pages.shared.components.generation import generation
from pages.shared.generation.packet import MEAN, generation_packet
from pages.shared.generation.store import Growth, grow, remaining
from pages.shared.literal import literal
from pages.shared.status_line import StatusLine
from pages.shared.strict_json import strict_json

if TYPE_CHECKING:
    from llm_core.loading import LoadedModel


TRANSLATOR = "t5-mini-en-fr"
"""The one encoder-decoder that is known to translate; others summarise, correct or answer."""


def write(model: LoadedModel, growth: Growth, line: StatusLine) -> None:
    """Let the model write what is missing, visibly; Stop ends it within a token, anything else only interrupts it."""
    if not must_write(growth):
        return
    place = st.empty()
    with place.container():
        st.button("Stop", key="stop-writing", on_click=_stop, args=(growth,))
        live = st.empty()
        most = growth.branch.settings.max_new_tokens
        for _ in remaining(model, growth):
            done = len(growth.branch.steps)
            line.progress(Progress(done / most, f"Token {done} of at most {most}"))
            live.markdown("… " + literal(text_of(growth.branch.steps)[-300:]))
    place.empty()


def must_write(growth: Growth) -> bool:
    """True if tokens are missing that nobody stopped."""
    return not growth.branch.finished and not growth.stopped


def go_on(growth: Growth) -> None:
    """Offer to go on with a text that was stopped."""
    if growth.stopped and not growth.branch.finished:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Stopped after {len(growth.branch.steps)} tokens.")
            st.button("Go on", key="go-on", on_click=_resume, args=(growth,))


def _stop(growth: Growth) -> None:
    growth.stopped = True


def _resume(growth: Growth) -> None:
    growth.stopped = False


def text_of(steps: Sequence[GenerationStep]) -> str:
    """What was written, as display-safe text."""
    return "".join((" " if step.token.leading_space else "") + step.token.text for step in steps)


def follow_url(growth: Growth) -> None:
    """Open at the step that the address names, the first time; from then on the address follows."""
    steps = growth.branch.steps
    asked = st.query_params.get("step", "")
    if growth.fresh and asked.isdecimal() and len(asked) < 7:
        growth.step = int(asked) - 1
    growth.fresh = False
    growth.step = max(0, min(growth.step, len(steps) - 1))
    st.query_params["step"] = str(growth.step + 1)


def headline(model: LoadedModel, growth: Growth) -> None:
    """One sentence that says what came out and how sure the model was."""
    steps = growth.branch.steps
    verb = "answers" if growth.branch.settings.chat else "goes on with"
    if model.family == "encoder-decoder":
        verb = "translates this as" if model.spec.name == TRANSLATOR else "writes"
    bits = sum(step.surprise for step in steps) / len(steps)
    shown = text_of([step for step in steps if not step.token.is_special]).strip()
    shown = shown if len(shown) <= 90 else shown[:89] + "…"
    st.markdown(
        f"#### {literal(model.spec.name)} {verb} “{literal(shown)}”: {len(steps)} tokens, "
        f"{bits:.1f} bits of surprise each."
    )


def in_short(model: LoadedModel, growth: Growth) -> str:
    """What is shown, for the status line."""
    steps = growth.branch.steps
    seconds = sum(step.seconds for step in steps)
    read = len(steps[0].prompt.source or steps[0].prompt.tokens)
    return f"{model.spec.name} · {read:,} tokens read, {len(steps)} written in {seconds:.1f} s"


def picture(model: LoadedModel, growth: Growth) -> None:
    """The component; what the visitor does there comes back as a choice."""

    def chosen() -> None:
        take(model, growth, received("written-text", "choice"))

    generation(data=generation_packet(model, growth), key="written-text", on_choice_change=chosen)
    if growth.full:
        st.caption("No further branch fits here. Go back to one of these, or write another text.")


def take(model: LoadedModel, growth: Growth, choice: Mapping[str, Any] | None) -> None:
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
    if kind == "branch" and token is not None and step is not None:
        grow(model, growth, step, token, _settings(growth, choice.get("settings")))
    elif kind == "looking":
        _look(growth, choice)


def _whole(choice: Mapping[str, Any], name: str) -> int | None:
    """A whole number that the browser says, or None."""
    value = choice.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _look(growth: Growth, choice: Mapping[str, Any]) -> None:
    first = growth.branch.steps[0]
    stack, layer, head = choice.get("stack"), _whole(choice, "layer"), _whole(choice, "head")
    if stack not in first.stacks or layer is None or layer not in first.attention_layers(stack):
        return
    if head is not None and (head == MEAN or 0 <= head < first.heads(stack, layer)):
        growth.looking[stack] = (layer, head)
    else:
        growth.looking[stack] = (layer, 0)


def _settings(growth: Growth, asked: object) -> llm_core.GenerationSettings | None:
    """The current settings with those of the sliders; None if they ask for something that does not exist."""
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
        return replace(growth.branch.settings, top_k=int(asked["topK"]), **values)
    except (KeyError, TypeError, ValueError, llm_core.SelectionError):
        return None


def explanation(model: LoadedModel, growth: Growth) -> str:
    """How to read the page, in the words of the field."""
    step = growth.branch.steps[growth.step]
    template = ""
    if growth.branch.settings.chat:
        template = "\n\nThe model was given your text inside its chat template; you see the whole of it as grey tokens."
    cross = (
        "\n\nThe decoder writes one word after another; at each of them **cross-attention** looks at the source, the "
        "**decoder** at its own words so far, and the **encoder** has read the source once before."
        if model.family == "encoder-decoder"
        else ""
    )
    return (
        "At every step the model gives each of its "
        f"{len(step.logits):,} tokens a score (**logit**). The **softmax** turns scores into probabilities: the "
        "outlines. The stages of the pipeline then change them, in this order: repetition penalty, temperature, top-k, "
        "top-p, min-p, typical; what is left is filled, what is cut off is hatched.\n\n"
        "The **draw**: every token has a luck of its own in this step, made from the seed. Probability times luck "
        "decides, and the largest product is written; so a token is written exactly as often as it is probable. Other "
        "seeds mean other luck: that is why one prompt gives different texts. Move a slider to see what the same luck "
        "would have written; the numbers are computed here, from the scores of the whole vocabulary.\n\n"
        "A token's colour says how surprising it was to the model (its bar: how probable). Surprise and hesitation "
        "(**entropy**) are measured in bits: one bit is one toss of a coin.\n\n"
        "Click a candidate to write it instead: a branch. All branches stay below, and you can go back to any of them."
        f"{template}{cross}{_by_the_files(model)}"
    )


def _by_the_files(model: LoadedModel) -> str:
    """What the model's own files say about writing, and what becomes of it."""
    applied = [f"{one.name} = {one.value}" for one in model.saved_settings if one.applied]
    others = [f"{one.name} = {one.value}" for one in model.saved_settings if not one.applied]
    said = ""
    if applied:
        said += (
            f"\n\nThe model's files ask for {literal(', '.join(applied))}; that is applied, too, as the library does."
        )
    if others:
        said += f"\n\nSet aside, since it changes no scores or is for you to choose: {literal(', '.join(others))}."
    return said


def table(growth: Growth) -> dict[str, list[Any]]:
    """Every step as a row, for people who cannot see the picture."""
    steps = growth.branch.steps
    return {
        "step": [step.index + 1 for step in steps],
        "token": [step.token.label for step in steps],
        "probability": [percent(step.probability) for step in steps],
        "surprise, bits": [f"{step.surprise:.1f}" for step in steps],
        "entropy, bits": [f"{step.entropy:.1f}" for step in steps],
        "second choice": [_other(step) for step in steps],
        "can be chosen": [min((stage.kept for stage in step.stages), default=len(step.logits)) for step in steps],
        "cache, bytes": [sum(layer.nbytes for layer in step.cache) for step in steps],
        "ms": [round(1000 * step.seconds) for step in steps],
    }


def _other(step: GenerationStep) -> str:
    other = next((candidate for candidate in step.candidates if candidate.token.id != step.token.id), None)
    return "" if other is None else f"{other.token.label} ({percent(other.before)})"


def downloads(model: LoadedModel, growth: Growth) -> None:
    """Buttons that save the picture as a page and its numbers as CSV and JSON."""
    name = f"{model.family}-text"

    def page() -> str:
        packet = generation_packet(model, growth, standalone=True)
        return generation.page(packet, f"{model.spec.name} writes", st.context.theme.type or "light")

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
                    step.index,
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
