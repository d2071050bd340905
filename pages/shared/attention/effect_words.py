"""What switching heads off does, in sentences: what is measured, how it changes, and how that compares."""

from __future__ import annotations

import numpy as np

from llm_core.heads.captions import quoted
from llm_core.heads.copying_records import Copying
from llm_core.heads.effects import NOISE, AblationEffect, Candidate, DistributionEffect, TextEffect, VectorEffect
from llm_core.intervals import mean_interval
from llm_core.numbers import at_least_percent, at_most_percent, counted, decimal, percent, signed
from llm_core.text.tokens import Token
from pages.shared.literal import literal

ROUNDING = 1e-9
"""A bound that is so near to zero is zero, and only floating point says otherwise."""


def effect_in_words(measured: AblationEffect) -> str:
    """What becomes of the output without the heads asked about, and how large that is beside random heads."""
    effect = measured.chosen
    if isinstance(effect, VectorEffect):
        said = (
            f"Without {_them(effect)} the sentence vector turns by {size_in_words(effect)}. "
            "This encoder has no head that fills masks, so its vectors are its only output."
        )
    elif isinstance(effect, TextEffect):
        said = _of_text(effect)
    else:
        said = _of_answer(effect, measured)
    return f"{said} {_beside(measured)}"


def _them(effect: DistributionEffect | TextEffect | VectorEffect) -> str:
    """How the heads that are off are spoken of."""
    return "it" if sum(len(heads) for heads in effect.heads.values()) == 1 else "them"


def size_in_words(effect: DistributionEffect | TextEffect | VectorEffect) -> str:
    """How large an effect is, with its unit."""
    if isinstance(effect, VectorEffect):
        return f"{_small(effect.size, 4)} (1 − cosine)"
    return f"{_small(effect.size, 3)} {'bits a token' if isinstance(effect, TextEffect) else 'bits'}"


def _small(size: float, digits: int) -> str:
    least = 10.0**-digits
    return f"< {decimal(least, digits)}" if 0 < size < least / 2 else decimal(size, digits)


def _of_answer(effect: DistributionEffect, measured: AblationEffect) -> str:
    answer = effect.answer
    asked = f" in place of {_named(effect.masked)}, which is masked for this," if effect.masked else ""
    said = f"Its answer{asked} is {_named(answer.token)}, {_change(answer)}."
    if effect.instead.token.id != answer.token.id:
        said += (
            f" Without {_them(effect)} its answer is {_named(effect.instead.token)} ({percent(effect.instead.after)})."
        )
    random = [control.answer.after for control in measured.controls if isinstance(control, DistributionEffect)]
    if random:
        said += (
            f" Without random heads {_named(answer.token)} has {_range([percent(share) for share in sorted(random)])}."
        )
    return said + _moved(effect)


def _change(candidate: Candidate) -> str:
    before, after = percent(candidate.before), percent(candidate.after)
    return f"with {before} before and after" if before == after else f"whose probability goes from {before} to {after}"


def _moved(effect: DistributionEffect) -> str:
    """Which tokens of the whole vocabulary gain and lose most; nothing if none changes as written."""
    said = [
        f"{_named(candidate.token)} {word} most ({percent(candidate.before)} to {percent(candidate.after)})"
        for candidate, word in ((effect.grew, "gains"), (effect.shrank, "loses"))
        if percent(candidate.before) != percent(candidate.after)
    ]
    return f" Of all tokens {' and '.join(said)}." if said else ""


def _of_text(effect: TextEffect) -> str:
    before, after = effect.log_probability_before, effect.log_probability_after
    change = f"from {decimal(before, 2)} to {decimal(after, 2)} bits ({signed(after - before, 2)})"
    if effect.text_after is None:
        return f"The target was given, so nothing is written anew. Its log-probability goes {change}."
    what = "It still writes the same" if effect.text_after == effect.text_before else "It writes something else"
    return f"{what}, and the log-probability of what it wrote with all heads, its end left out, goes {change}."


def _beside(measured: AblationEffect) -> str:
    """The size of the effect among those of random heads, which is what says whether it is large."""
    effect, controls = measured.chosen, measured.controls
    size = size_in_words(effect)
    if isinstance(effect, VectorEffect):
        whole = f"That turn of {size}"
    else:
        what = (
            "distributions of all its rows change" if isinstance(effect, TextEffect) else "whole distribution changes"
        )
        whole = f"The {what} by {size} (Kullback-Leibler divergence), which"
    if not controls:
        whose = "Its" if _them(effect) == "it" else "Their"
        return f"{whose} effect of {size} stands alone: there are no other heads to compare with."
    if effect.size <= NOISE and all(control.size <= NOISE for control in controls):
        this = "this head nor a random one changes" if _them(effect) == "it" else "these heads nor random ones change"
        return f"Neither {this} anything that can be measured."
    count, above = len(controls), measured.stronger_than
    sizes = _range([size_in_words(control).split(" (")[0] for control in sorted(controls, key=lambda one: one.size)])
    draws = counted(count, "draw")
    if above == count:
        return f"{whole} is more than without random heads in any of {draws} ({sizes})."
    aside = "this head does not stand out" if _them(effect) == "it" else "these heads do not stand out"
    more = "no more than without random heads in any" if above == 0 else f"more than without random heads in {above}"
    return f"{whole} is {more} of {draws} ({sizes}): {aside}."


def _range(written: list[str]) -> str:
    """The first and the last of what is written, once if they are the same."""
    return written[0] if written[0] == written[-1] else f"{written[0]} to {written[-1]}"


def _named(token: Token) -> str:
    return literal(quoted(token))


def copying_in_words(before: Copying, after: Copying, random: Copying | None) -> str:
    """How much of random sequences is copied right; a text that repeats something can often be guessed otherwise."""
    said = (
        "Copying random sequences that stand there twice, which nothing but copying can do "
        f"({counted(len(before.right), 'sequence')}, {counted(before.tokens * len(before.right), 'repeated word')}): "
        f"**{percent(before.accuracy)}** of the repeated words come out right with all heads ({_interval(before)}), "
        f"**{percent(after.accuracy)}** without these ({_interval(after)})"
    )
    if random is None:
        return said + "."
    low, high = mean_interval(np.asarray(random.right - after.right))
    differs = "fewer" if low > ROUNDING else "more" if high < -ROUNDING else ""
    between = f"the difference lies between {signed(100 * low, 1)} and {signed(100 * high, 1)} percentage points"
    return f"{said}, {percent(random.accuracy)} without as many random heads ({_interval(random)}). " + (
        f"Without these heads {differs} words come out right than without random ones: {between}."
        if differs
        else f"That tells these heads from random ones no more than chance does: {between}."
    )


def _interval(copied: Copying) -> str:
    low, high = copied.interval
    return f"95 % interval {at_least_percent(low)} to {at_most_percent(high)}"
