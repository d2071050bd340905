"""Questions about feed-forward neurons."""

from __future__ import annotations

from llm_core.errors import NotAskableError
from llm_core.lessons.answer import Answer, ranked_answer
from llm_core.lessons.answers.saying import quoted, token_at
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.kinds import Asked, answers
from llm_core.numbers import signed


@answers(facts=("neuron", "layer", "token", "right", "value", "average"))
def promoted_token(evidence: Evidence, asked: Asked) -> Answer:
    """Which token gains most by the strongest neuron of the last layer, directly, in the output."""
    found = evidence.neurons
    if found is None or not found.neurons:
        raise NotAskableError("The feed-forward neurons of this model cannot be told apart, or it is not loaded yet.")
    neuron = found.neurons[0]
    if not neuron.promotes or not neuron.suppresses:
        raise NotAskableError(found.unread or "No token's score can be read off this neuron.")
    # Two that gain most beside two that gain least: all of them are tokens that it moves.
    pushed = {one.token.id: one for one in (*neuron.promotes[:2], *neuron.suppresses[:2])}
    order = sorted(pushed.values(), key=lambda one: one.token.id)
    labels = [quoted(one.token) for one in order]
    answer = ranked_answer(
        labels,
        [one.logit for one in order],
        lambda logit: signed(logit, 2),
        sentence=lambda label, value: f"It changes the logit of {label} by {value}.",
        what="tokens",
    )
    best = neuron.promotes[0]
    return Answer(
        answer.options,
        {
            "neuron": f"{neuron.index:,}",
            "layer": str(found.layer),
            "token": token_at(found.token, found.position),
            "right": quoted(best.token),
            "value": signed(best.logit, 2),
            "average": "" if neuron.mean_logit is None else signed(neuron.mean_logit, 2),
        },
    )
