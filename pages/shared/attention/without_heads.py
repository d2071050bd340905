"""What the model does without the heads that are switched off, beside as many random heads."""

from __future__ import annotations

from typing import Literal, TypeAlias

import streamlit as st

import llm_core
from llm_core.figures.effect_view import candidates_figure, controls_figure, token_changes_figure
from llm_core.figures.palette import Theme
from llm_core.heads.captions import placed
from llm_core.heads.copying_records import Copied
from llm_core.heads.effects import AblationEffect, DistributionEffect, TextEffect
from llm_core.heads.guidance import Guidance
from llm_core.progress import Progress
from llm_core.recording.trace_record import Ablation, Edits, Trace
from llm_core.whole_model.opening import is_mask
from pages.shared.address import chosen_or
from pages.shared.asking import look, model, task
from pages.shared.attention.drawn import ABLATIONS, heads_in_words, named_heads
from pages.shared.attention.effect_words import copying_in_words, effect_in_words
from pages.shared.attention.switched_off import Off, reset, set_switched_off, switched_off
from pages.shared.guided import guidance_of, say_guidance
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine
from pages.shared.traces import MOST_TOKENS

DRAWS = 8
RESULT_HEIGHT = 460
PLOT = {"displayModeBar": False}
Output: TypeAlias = Literal["text", "token"]


def draw_without(shown: Shown, place: Looking, theme: Theme) -> bool:
    """The section that answers what would be if these heads were not there; True while that is being measured."""
    st.markdown("##### Does it matter? Switch heads off and see")
    off = switched_off(shown.trace)
    if shown.trace.method != "recorded":
        st.caption(
            "The attention of this model does not pass through the recorder, so its heads cannot be switched off."
        )
        return False
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _buttons(shown, place, off)
        ablation = st.segmented_control(
            "A head that is off gives out",
            ABLATIONS,
            default="zero",
            required=True,
            key="ablation",
            bind="query-params",
            format_func=ABLATIONS.__getitem__,
        )
        output = _output_choice(shown, place)
    line = StatusLine(st.container(height=36, border=False))
    if not off:
        line.say("No head is off.")
        st.caption(
            "Switch off the heads you look at, or choose “Switch heads off” in the grid above and pick them there."
        )
        return False
    position = place.query if output == "token" else None
    try:
        measured = _measured(shown, off, chosen_or(ablation, "zero"), position)
    except llm_core.LlmCoreError as error:
        st.info(literal(str(error)), icon=":material/info:")
        return False
    st.caption(f"Off: {named_heads(Edits(off))}.")
    say_guidance(guided_off(shown.trace, off, place))
    if isinstance(measured, Progress):
        line.waiting(measured)
        st.space(RESULT_HEIGHT)  # so that what is below stays in place when the result comes
        return True
    _draw(shown, measured, theme, asked=position is not None)
    try:
        copied = _copied(shown, measured)
    except llm_core.LlmCoreError as error:
        st.info(literal(str(error)), icon=":material/info:")
        return False
    if isinstance(copied, Progress):
        line.waiting(copied)
        return True
    line.say("Output measured, and again for random heads.")
    if copied is not None:
        st.markdown(unbroken(copying_in_words(copied.before, copied.after, copied.random)))
    return False


def guided_off(trace: Trace, off: Off, place: Looking) -> list[Guidance]:
    """Those of the heads that are off which training guided, beside the best that no one guided.

    Where they are looked at, it is for the token that is looked at, as above the picture.
    """
    found: list[Guidance] = []
    for (stack, layer), heads in off.items():
        here = (stack, layer) == (place.stack, place.layer)
        found += guidance_of(trace, stack, layer, heads, *((place.query, place.key) if here else ()))
    return found


def _buttons(shown: Shown, place: Looking, off: Off) -> None:
    here = set(off.get((place.stack, place.layer), ()))
    name = f"layer {place.layer}, {heads_in_words(place.heads)}"
    missing = not set(place.heads) <= here

    def switch() -> None:
        pairs = [[layer, head] for (stack, layer), some in off.items() if stack == place.stack for head in some]
        own = [[place.layer, head] for head in place.heads]
        kept = [pair for pair in pairs if pair not in own]
        set_switched_off(shown.trace, place.stack, [*kept, *own] if missing else kept)

    st.button(f"Switch {name} {'off' if missing else 'on'}", on_click=switch, type="primary", key="switch-shown")
    st.button("All heads on", on_click=reset, disabled=not off, key="reset-off")


def outputs_of(trace: Trace, place: Looking) -> dict[Output, str]:
    """What of the output can be looked at, and what that is: none where there is no choice."""
    rows_are_queries = trace.family != "encoder-decoder" or place.stack != "encoder"
    if place.query is None or trace.logits is None or not rows_are_queries:
        return {}
    if trace.family == "decoder":
        return {"text": "after the text", "token": "after the kept token"}
    if trace.family == "encoder-decoder":
        return {"text": "where it changes most", "token": "after the kept token"}
    has_mask = any(map(is_mask, trace.tokens))
    return {"text": "at the mask" if has_mask else "the last word, masked", "token": "the kept token, masked"}


def _output_choice(shown: Shown, place: Looking) -> Output:
    outputs = outputs_of(shown.trace, place)
    if not outputs:
        return "text"
    chosen = st.segmented_control(
        "Output looked at",
        list(outputs),
        default="text",
        required=True,
        key="output",
        bind="query-params",
        format_func=outputs.__getitem__,
    )
    return chosen_or(chosen, "text")


def _measured(shown: Shown, off: Off, ablation: Ablation, position: int | None) -> AblationEffect | Progress:
    request = shown.request
    target = request.target if shown.trace.family == "encoder-decoder" and request.target.strip() else None
    found: AblationEffect | Progress = look(
        task(
            "heads.interventions:effect_of_ablation",
            model(request.model),
            request.text,
            off,
            target,
            ablation=ablation,
            position=position,
            draws=DRAWS,
            truncate=request.truncate,
            max_tokens=MOST_TOKENS,
        )
    )
    return found


def _copied(shown: Shown, effect: AblationEffect) -> Copied | Progress | None:
    """How much is copied without the heads that are off, and without random ones; None where nothing is copied.

    Copying is what decoders are known to do with heads of their own, so only they are tested. The sequences are drawn
    and read with all heads once for each model, for everybody.
    """
    if shown.trace.family != "decoder":
        return None
    used = model(shown.request.model)
    test = task("heads.copying:possible_test", used)
    controls = [control.heads for control in effect.controls]
    found: Copied | Progress | None = look(
        task("heads.copying:copying_beside", used, test, effect.chosen.heads, controls, ablation=effect.ablation)
    )
    return found


def _draw(shown: Shown, measured: AblationEffect, theme: Theme, *, asked: bool) -> None:
    effect = measured.chosen
    st.markdown(unbroken(effect_in_words(measured)))
    left, right = st.columns(2, gap="medium")
    stack = next(iter(effect.heads))[0]
    with left:
        if isinstance(effect, TextEffect):
            _texts(effect)
            where = "At the kept token" if asked else "Where the distribution changes most"
            st.caption(f"{where}: after {_token_at(shown, effect.at.position)}.")
            figure = candidates_figure(effect.at, stack, theme=theme)
        elif isinstance(effect, DistributionEffect):
            figure = candidates_figure(effect, stack, theme=theme)
        else:
            figure = token_changes_figure(effect, shown.trace.tokens, stack, theme=theme)
        st.plotly_chart(figure, theme=None, config=PLOT, key="effect", alt="The output with and without these heads.")
    with right:
        st.plotly_chart(
            controls_figure(measured, stack, theme=theme),
            theme=None,
            config=PLOT,
            key="controls",
            alt="How large the effect is, beside random heads.",
        )
        st.caption(measured.drawn)


def _token_at(shown: Shown, position: int) -> str:
    tokens = shown.trace.target_tokens or shown.trace.tokens
    return literal(placed(tokens, position)) if position < len(tokens) else f"token {position}"


def _texts(effect: TextEffect) -> None:
    rows = {"with all heads": effect.text_before}
    if effect.text_after is not None:
        rows["without them"] = effect.text_after
    st.table({"": list(rows), "text": [literal(text) for text in rows.values()]})
