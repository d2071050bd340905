"""Questions about what comes out: architecture, objective, probabilities."""

from __future__ import annotations

import numpy as np

from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, number_answer, outcome_answer, ranked_answer
from llm_core.lessons.answers.saying import quoted, whole
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.kinds import Argument, Asked, answers
from llm_core.numbers import percent
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token

FAMILIES = ("encoder", "decoder", "encoder-decoder")
TEMPERATURE = Argument(2.0, fraction=True)
ENOUGH = Argument(0.9, fraction=True)


@answers(outcomes=FAMILIES)
def architecture(evidence: Evidence, asked: Asked) -> Answer:
    """Which of the three architectures the model has."""
    trace = evidence.trace
    return outcome_answer(trace.family, asked.labels, because=what_gives_it_away(trace))


def what_gives_it_away(trace: Trace) -> str:
    """What the stacks and masks of a trace say about the architecture, in a sentence."""
    if len(trace.stacks) > 1:
        return "It has two stacks, and cross-attention from one to the other."
    stack = trace.stacks[0]
    if any(trace.mask(stack, layer).looks_ahead for layer in trace.layers(stack)):
        kinds = {trace.mask(stack, layer).kind for layer in trace.layers(stack)}
        windowed = "" if kinds == {"full"} else ", in some layers as far as a window goes"
        return f"Its only stack looks both ways{windowed}: tokens see what stands before and after them."
    return "Its only stack is masked: no token looks ahead."


@answers(facts=("right", "value", "task"))
def most_probable(evidence: Evidence, asked: Asked) -> Answer:
    """Which token gets the highest probability."""
    guess = evidence.known_guess()
    chances = guess.probabilities()
    tokens = guess.likeliest[:4]
    # Two tokens may be written alike, such as a word with and without a space before it.
    labels = [_written(place, tokens) for place in range(len(tokens))]
    values = [float(chances[token.id]) for token in tokens]
    # The likeliest would always stand first: the order of their ids says nothing of that.
    order = sorted(range(len(tokens)), key=lambda place: tokens[place].id)
    answer = ranked_answer(
        [labels[place] for place in order],
        [values[place] for place in order],
        percent,
        sentence=lambda label, value: f"{label} gets {value}.",
        what="tokens",
    )
    return Answer(answer.options, {"right": labels[0], "value": percent(values[0]), "task": task_of(evidence)})


@answers(
    arguments={"temperature": TEMPERATURE},
    facts=("token", "before", "after", "temperature"),
    outcomes=("rises", "falls"),
)
def temperature_effect(evidence: Evidence, asked: Asked) -> Answer:
    """What another temperature does to the probability of the likeliest token."""
    guess = evidence.known_guess()
    temperature = float(asked.arguments["temperature"])
    best = guess.likeliest[0]
    before, after = (float(guess.probabilities(heat)[best.id]) for heat in (1.0, temperature))
    if percent(before) == percent(after):
        raise NotAskableError(f"At temperature {temperature:g} the likeliest token stays at {percent(before)}.")
    facts = {
        "token": quoted(best),
        "before": percent(before),
        "after": percent(after),
        "temperature": f"{temperature:g}",
    }
    return outcome_answer(
        "rises" if after > before else "falls",
        asked.labels,
        because=f"{facts['token']} has {facts['before']} at temperature 1 and {facts['after']} at {temperature:g}.",
        facts=facts,
    )


@answers(arguments={"share": ENOUGH}, facts=("share",))
def tokens_for_share(evidence: Evidence, asked: Asked) -> Answer:
    """How many of the likeliest tokens together hold a share of the probability."""
    guess, wanted = evidence.known_guess(), float(asked.arguments["share"])
    if wanted >= 1:
        raise NotAskableError("Only all tokens together hold all of the probability.")
    added = np.cumsum(np.sort(guess.probabilities().astype(np.float64))[::-1])
    count = int(np.searchsorted(added, wanted) + 1)
    vocabulary = len(guess.logits)

    def held(number: int) -> str:
        which = "The likeliest alone holds" if number == 1 else f"The {number:,} likeliest hold"
        return f"{which} {percent(float(added[min(number, vocabulary) - 1]))}."

    others = [number for number in (1, max(2, count // 10), count * 10, 10, vocabulary) if 0 < number <= vocabulary]
    return number_answer(
        count,
        [(number, held(number)) for number in others],
        whole,
        because=held(count),
        facts={"share": percent(wanted)},
    )


def task_of(evidence: Evidence) -> str:
    """What is guessed, as the rest of a sentence."""
    guess = evidence.known_guess()
    before = "".join(_spaced(token) for token in guess.context[max(0, guess.position - 5) : guess.position + 1])
    if guess.kind == "mask":
        after = "".join(_spaced(token) for token in guess.context[guess.position + 1 : guess.position + 5])
        hidden = "".join(_spaced(token) for token in guess.context[max(0, guess.position - 5) : guess.position])
        return f"the hidden word in “{hidden.strip()} ____{after}”"
    return f"the token after “{before.strip()}”" if before.strip() else "the first token of what it writes"


def _spaced(token: Token) -> str:
    text = "" if token.is_special else token.text
    return text if token.continues or not text or not text[0].isalnum() else f" {text}"


def _written(place: int, tokens: tuple[Token, ...]) -> str:
    token = tokens[place]
    alike = [other for other in tokens if other.text == token.text]
    return f"“{token.label}”" if len(alike) > 1 else quoted(token)
