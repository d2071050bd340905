"""What the model does without the heads that are switched off, beside as many random heads."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.captions import quoted
from llm_core.figures.effect_view import candidates_figure, controls_figure, token_changes_figure
from llm_core.figures.palette import Theme
from llm_core.heads.effects import AblationEffect, DistributionEffect, TextEffect, VectorEffect
from llm_core.numbers import percent
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.trace_record import Ablation
from pages.shared.address import chosen_or
from pages.shared.attention.switched_off import Off, reset, set_switched_off, switched_off
from pages.shared.cache import MOST_TOKENS, BoundedCache, TraceRequest, Workshop, models
from pages.shared.literal import literal
from pages.shared.looking import NAMES, Looking
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine

DRAWS = 5
RESULT_HEIGHT = 460
PLOT = {"displayModeBar": False}
ABLATIONS: dict[Ablation, str] = {"zero": "nothing (zero)", "mean": "its mean over this text"}
OUTPUTS = {"text": "after the text", "token": "at the kept token"}


@dataclass(frozen=True)
class CopyingTest:
    """How many tokens of a random sequence that stands there twice are copied right, each from 0 to 1.

    Attributes:
        before: With all heads.
        after: Without the heads that are off.
        controls: Without as many random heads, one for each draw.
    """

    before: float
    after: float
    controls: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Kept:
    effect: AblationEffect
    copied: CopyingTest | None
    nbytes: int = 10_000


@st.cache_resource
def _effects() -> Workshop[_Kept]:
    return Workshop(BoundedCache(256, 50_000_000))


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
        at_token = _position_choice(shown, place)
    line = StatusLine(st.container(height=36, border=False))
    if not off:
        line.say("No head is off.")
        st.caption(
            "Switch off the heads you look at, or choose “Switch heads off” in the grid above and pick them there."
        )
        return False
    position = place.query if at_token and place.stack != "cross" else None
    try:
        measured = _measured(shown.request, off, chosen_or(ablation, "zero"), position)
    except llm_core.LlmCoreError as error:
        st.info(literal(str(error)), icon=":material/info:")
        return False
    if isinstance(measured, Progress):
        line.waiting(measured)
        st.caption(f"Off: {_named(off)}.")
        st.space(RESULT_HEIGHT)  # so that what is below stays in place when the result comes
        return True
    line.say("Output measured, and again for random heads.")
    st.caption(f"Off: {_named(off)}.")
    _draw(shown, measured.effect, theme)
    if measured.copied is not None:
        st.markdown(_copying_in_words(measured.copied))
    return False


def _buttons(shown: Shown, place: Looking, off: Off) -> None:
    here = set(off.get((place.stack, place.layer), ()))
    heads = ", ".join(map(str, place.heads))
    name = f"layer {place.layer}, head{'s' if len(place.heads) > 1 else ''} {heads}"
    missing = not set(place.heads) <= here

    def switch() -> None:
        pairs = [[layer, head] for (stack, layer), some in off.items() if stack == place.stack for head in some]
        own = [[place.layer, head] for head in place.heads]
        kept = [pair for pair in pairs if pair not in own]
        set_switched_off(shown.trace, place.stack, [*kept, *own] if missing else kept)

    st.button(f"Switch {name} {'off' if missing else 'on'}", on_click=switch, type="primary", key="switch-shown")
    st.button("All heads on", on_click=reset, disabled=not off, key="reset-off")


def _position_choice(shown: Shown, place: Looking) -> bool:
    if place.query is None or shown.trace.logits is None or place.stack == "cross":
        return False
    chosen = st.segmented_control(
        "Output looked at",
        list(OUTPUTS),
        default="text",
        required=True,
        key="output",
        bind="query-params",
        format_func=OUTPUTS.__getitem__,
    )
    return chosen == "token"


def _measured(request: TraceRequest, off: Off, ablation: Ablation, position: int | None) -> _Kept | Progress:
    spec, store = llm_core.find_model(request.model), models()
    key = (spec, request, tuple(off.items()), ablation, position)

    def measure(progress: ProgressCallback) -> _Kept:
        from llm_core.heads.interventions import effect_of_ablation

        model = store.get(spec, within(progress, 0.0, 0.5))
        target = request.target if model.family == "encoder-decoder" and request.target.strip() else None
        effect = effect_of_ablation(
            model,
            request.text,
            off,
            target,
            ablation=ablation,
            position=position,
            draws=DRAWS,
            truncate=request.truncate,
            max_tokens=MOST_TOKENS,
            progress=within(progress, 0.5, 0.8),
        )
        return _Kept(effect, _copying_test(model, effect, within(progress, 0.8, 1.0)))

    return _effects().look(key, measure)


def _copying_test(
    model: llm_core.LoadedModel, effect: AblationEffect, progress: ProgressCallback
) -> CopyingTest | None:
    """Copying is what decoders are known to do with heads of their own, so only they are tested."""
    if model.family != "decoder":
        return None
    sets = [None, effect.chosen.heads, *(control.heads for control in effect.controls)]
    right = []
    try:
        for place, heads in enumerate(sets):
            progress(Progress(place / len(sets), "Copying a random sequence"))
            right.append(llm_core.copying(model, heads, ablation=effect.ablation).accuracy)
    except llm_core.SelectionError:
        return None
    return CopyingTest(right[0], right[1], tuple(right[2:]))


def _copying_in_words(test: CopyingTest) -> str:
    """A text that repeats something can often be guessed without copying; a random sequence cannot."""
    right = [percent(share, 0) for share in (test.before, test.after, *sorted(test.controls))]
    said = (
        "Copying a random sequence that stands there twice, which nothing but copying can do: "
        f"**{right[0]}** of its tokens come out right with all heads, **{right[1]}** without these"
    )
    if not test.controls:
        return said + "."
    return said + f", {right[2]} to {right[-1]} without as many random heads."


def _named(off: Off) -> str:
    return "; ".join(
        f"{NAMES[stack]} layer {layer}, head{'s' if len(heads) > 1 else ''} {', '.join(map(str, heads))}"
        for (stack, layer), heads in off.items()
    )


def _draw(shown: Shown, measured: AblationEffect, theme: Theme) -> None:
    effect = measured.chosen
    st.markdown(_sentence(effect, measured))
    left, right = st.columns(2, gap="medium")
    stack = next(iter(effect.heads))[0]
    with left:
        if isinstance(effect, TextEffect):
            _texts(effect)
            st.caption(f"Where the distribution changes most: after {_token_at(shown, effect.at.position)}.")
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
    return literal(quoted(tokens[position])) if position < len(tokens) else f"token {position}"


def _texts(effect: TextEffect) -> None:
    rows = {"with all heads": effect.text_before}
    if effect.text_after is not None:
        rows["without them"] = effect.text_after
    st.table({"": list(rows), "text": [literal(text) for text in rows.values()]})


def _sentence(effect: DistributionEffect | TextEffect | VectorEffect, measured: AblationEffect) -> str:
    count = len(measured.controls)
    if not count:
        beside = "There are no other heads to compare with"
    elif measured.stronger_than == count:
        beside = f"That is more than any of {count} draws of random heads does"
    elif measured.stronger_than == 0:
        beside = f"All {count} draws of random heads change more: these heads do not stand out"
    else:
        beside = f"That is more than {measured.stronger_than} of {count} draws of random heads do"
    if isinstance(effect, VectorEffect):
        return (
            f"Without them the sentence vector turns by {effect.sentence_change:.4f} (1 − cosine). {beside}. "
            "This encoder has no head that fills masks, so its vectors are its only output."
        )
    if isinstance(effect, TextEffect):
        same = effect.text_after is None or effect.text_after == effect.text_before
        change = effect.log_probability_after - effect.log_probability_before
        what = "It still writes the same" if same else "It writes something else"
        return f"{what}, and what it wrote before gets {change:+.2f} bits of log-probability. {beside}."
    answer = effect.answer
    hidden = f" in place of {literal(quoted(effect.masked))}, which is masked for this," if effect.masked else ""
    shares = f"{percent(answer.before)} to {percent(answer.after)}"
    return f"Its answer{hidden} {literal(quoted(answer.token))} goes from {shares}. {beside}."
