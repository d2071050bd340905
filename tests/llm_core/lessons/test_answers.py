"""Computed answers against numbers known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import llm_core
from llm_core.embeddings.position_records import DistanceBias, PositionTable, RotaryAngles
from llm_core.lessons.answer import Answer, Option, number_answer, ranked_answer
from llm_core.lessons.answers.heads import how_clearly
from llm_core.lessons.answers.stream import where_it_turns
from llm_core.lessons.evidence import Evidence, Guess
from llm_core.lessons.kinds import Asked
from llm_core.lessons.registry import kinds
from llm_core.measures.geometry import Geometry
from llm_core.measures.parameters import ParameterBlocks
from llm_core.recording.masks import causal_mask
from llm_core.text.tokens import Token
from tests.made_traces import made_trace

ROWS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.6, 0.3, 0.1]]
OPEN = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]]


def ask(kind: str, evidence: Evidence, **arguments: object) -> Answer:
    """The answer of a kind, its arguments as a file would leave them."""
    found = kinds()[kind]
    told = {name: argument.default for name, argument in found.arguments.items()} | arguments
    return found.compute(evidence, Asked(told, {name: f"It is {name}" for name in found.outcomes}))


def right(answer: Answer) -> str:
    return answer.options[answer.right].label


def decoder(**parts: object) -> Evidence:
    return Evidence(made_trace({"decoder": [[ROWS]]}, "red green blue"), **parts)


def test_the_strongest_key_is_the_largest_weight_of_the_row():
    answer = ask("strongest_key", decoder(), layer=0, head=0, query=2)
    assert right(answer) == "“red” [0]"
    assert [option.because for option in answer.options] == [
        *("“red” [0] gets 60.0 %.", "“green” [1] gets 30.0 %.", "“blue” [2] gets 10.0 %."),
    ]
    assert answer.facts["token"] == "“blue” [2]"


def test_tokens_that_the_mask_closes_are_no_options():
    answer = ask("strongest_key", decoder(), layer=0, head=0, query=1)
    assert [option.label for option in answer.options] == ["“red” [0]", "“green” [1]"]
    with pytest.raises(llm_core.NotAskableError, match="not two tokens to choose between"):
        ask("strongest_key", decoder(), layer=0, head=0, query=0)


def test_a_tie_is_said_and_not_decided():
    evidence = Evidence(made_trace({"encoder": [[OPEN]]}, "a b c"))
    with pytest.raises(llm_core.NotAskableError, match=r"share the first place with 40\.0 %"):
        ask("strongest_key", evidence, layer=0, head=0, query=2)


def test_places_that_do_not_exist_cannot_be_asked():
    for wrong, said in ({"layer": 9}, "layer 9"), ({"head": 4}, "head 4"), ({"query": 30}, "token 30"):
        with pytest.raises(llm_core.NotAskableError, match=said):
            ask("strongest_key", decoder(), **{"layer": 0, "head": 0, "query": 2, **wrong})
    with pytest.raises(llm_core.NotAskableError, match="a stack that the model does not have"):
        ask("strongest_key", decoder(), stack="cross")


def test_who_may_look_at_whom_is_read_off_the_mask():
    full = Evidence(made_trace({"encoder": [[OPEN]]}, "a b c"))
    assert right(ask("may_look", full, **{"from": "first", "to": "last"})) == "It is yes"
    assert right(ask("may_look", decoder(), **{"from": "first", "to": "last"})) == "It is no"
    assert right(ask("may_look", decoder(), **{"from": "last", "to": "first"})) == "It is yes"
    assert right(ask("open_keys", full, query=1)) == "3"
    assert right(ask("open_keys", decoder(), query=1)) == "2"
    assert right(ask("mask_shape", full)) == "It is full"
    assert right(ask("mask_shape", decoder())) == "It is causal"


def test_the_share_of_attention_ahead_is_what_lies_above_the_diagonal():
    full = Evidence(made_trace({"encoder": [[OPEN]]}, "a b c"))
    # (0.3 + 0.5) + 0.7 of three rows.
    assert right(ask("share_ahead", full)) == "50.0 %"
    assert right(ask("share_ahead", decoder())) == "0.0 %"


def test_a_row_adds_up_to_one():
    assert right(ask("row_sum", decoder(), layer=0, head=0, query=2)) == "100.0 %"


def test_heads_are_counted_over_all_layers():
    two = made_trace({"encoder": [[OPEN, OPEN], [OPEN, OPEN]]}, "a b c")
    answer = ask("head_count", Evidence(two))
    assert right(answer) == "4"
    assert answer.facts == {"layers_of_all": "2", "each": "2"}


def test_the_head_that_looks_back_is_found():
    back = [[1, 0, 0, 0, 0, 0], *np.eye(6).tolist()[:5]]
    own = np.eye(6).tolist()
    trace = made_trace({"encoder": [[own, own], [own, back]]}, "a b c d e f")
    answer = ask("head_with_role", Evidence(trace), role="previous token")
    assert right(answer) == "layer 1, head 1"
    assert "100.0 %" in answer.options[answer.right].because
    assert "over 5 tokens; heads of a random network do with 16.7 %" in answer.options[answer.right].because


def test_no_head_is_asked_for_that_too_few_tokens_tell_of():
    own = np.eye(5).tolist()
    trace = made_trace({"encoder": [[own, own]]}, "a b c d e")
    with pytest.raises(llm_core.NotAskableError, match="Only 4 tokens tell of the role “previous token” here"):
        ask("head_with_role", Evidence(trace), role="previous token")


def test_the_broadest_head_has_the_highest_entropy():
    even = [[1 / 3] * 3] * 3
    trace = made_trace({"encoder": [[np.eye(3).tolist(), OPEN], [even, OPEN]]}, "a b c")
    answer = ask("broadest_head", Evidence(trace))
    assert right(answer) == "layer 1, head 0"
    assert "as over 3.00 tokens" in answer.options[answer.right].because


def test_vectors_are_compared_by_their_cosine():
    states = (np.array([[1, 0], [0, 1], [1, 1]], np.float32), np.array([[2, 0], [0, 3], [4, 0]], np.float32))
    trace = replace(made_trace({"decoder": [[ROWS]]}, "red green blue"), states={"decoder": states})
    answer = ask("nearest_vector", Evidence(trace), query=0)
    assert right(answer) == "“blue” [2]"
    assert answer.facts["value"] == "0.71"
    assert right(ask("vector_width", Evidence(trace))) == "2"
    with pytest.raises(llm_core.NotAskableError, match="No word stands twice"):
        ask("same_word_twice", Evidence(trace))


def test_a_word_that_stands_twice_is_the_same_vector_or_not():
    trace = made_trace({"encoder": [[OPEN]]}, "a b a")
    for third, outcome in ([1, 0], "It is same"), ([1, 1], "It is different"):
        states = (np.array([[1, 0], [0, 1], third], np.float32),)
        told = replace(trace, states={"encoder": states})
        assert right(ask("same_word_twice", Evidence(told))) == outcome


def test_lengths_and_turns_follow_the_stream():
    line = [[1, 0], [2, 0], [0, 4], [0, 4]]
    states = tuple(np.array([row, row, row], np.float32) for row in line)
    layers = {"decoder": [[ROWS]] * 3}
    trace = replace(made_trace(layers, "red green blue"), states={"decoder": states})
    assert right(ask("largest_step", Evidence(trace), query=0)) == "layer 1"
    assert right(ask("stream_length", Evidence(trace), query=0)) == "It is longer"
    assert right(ask("layer_count", Evidence(trace))) == "3"


def test_what_a_final_norm_makes_of_the_last_state_is_no_step_of_a_layer():
    """The last state lies across (normed); what the last layer gave out goes on as before and is short."""
    states = tuple(np.array([row] * 3, np.float32) for row in ([10, 0], [10, 1], [0, 90]))
    layers = {"decoder": [[ROWS]] * 2}
    unknown = replace(made_trace(layers, "red green blue"), states={"decoder": states})
    with pytest.raises(llm_core.NotAskableError, match="two layers or more"):
        ask("largest_step", Evidence(unknown), query=0)
    told = ask("stream_length", Evidence(unknown), query=0)
    assert right(told) == "It is alike"
    assert told.facts["until"] == "before the last layer"
    assert "cannot be told" in told.facts["why"]
    out = np.array([[1, 3]] * 3, np.float32)
    known = replace(unknown, last_outputs={"decoder": out})
    assert right(ask("stream_length", Evidence(known), query=0)) == "It is shorter"
    assert "No norm touches the sum" in ask("stream_length", Evidence(known), query=0).facts["why"]
    answer = ask("largest_step", Evidence(known), query=0)
    assert right(answer) == "layer 1"
    # 1 less (10, 1) times (1, 3) over the product of their lengths.
    assert answer.facts["value"] == f"{1 - 13 / (101**0.5 * 10**0.5):.2f}"
    assert "last layer prepares" in answer.facts["where"]
    post = replace(unknown, states={"decoder": (*states[:2], out)}, last_outputs={"decoder": out})
    assert "ends in a norm" in ask("stream_length", Evidence(post), query=0).facts["why"]


def test_a_length_on_the_border_of_two_answers_is_not_asked():
    states = tuple(np.array([row] * 3, np.float32) for row in ([2, 0], [1, 0], [5, 0]))
    trace = replace(made_trace({"decoder": [[ROWS]] * 2}, "red green blue"), states={"decoder": states})
    on_it = replace(trace, last_outputs={"decoder": np.array([[3, 0.01]] * 3, np.float32)})
    with pytest.raises(llm_core.NotAskableError, match="on the border of two answers"):
        ask("stream_length", Evidence(on_it), query=0)


def test_values_within_rounding_of_each_other_are_a_tie_even_if_written_otherwise():
    said = {"sentence": lambda label, value: f"{label} {value}", "what": "letters"}
    with pytest.raises(llm_core.NotAskableError, match="share the first place"):
        ranked_answer(["a", "b"], [0.49501, 0.49499], lambda value: f"{value:.2f}", **said)
    assert ranked_answer(["a", "b"], [0.51, 0.49], lambda value: f"{value:.2f}", **said).right == 0


def test_explanations_follow_the_numbers_of_the_text():
    full = Evidence(made_trace({"encoder": [[OPEN]]}, "a b c"))
    assert "to put its attention somewhere" in ask("row_sum", full, layer=0, head=0, query=0).facts["rest"]
    assert "none here" in ask("special_tokens", full).facts["where"]
    framed = Evidence(made_trace({"encoder": [[OPEN]]}, "[CLS] b [SEP]"))
    assert ask("special_tokens", framed).facts["where"] == "Here they stand at the beginning and at the end."
    assert [how_clearly(share).split()[2] for share in (0.9, 0.3, 0.05)] == ["most", "less", "little:"]
    assert where_it_turns(1, 3, whole_stream=True).endswith("here another layer does.")
    assert "last layer" not in where_it_turns(2, 3, whole_stream=False)


@pytest.mark.parametrize(
    ("code", "best"),
    [
        (RotaryAngles("decoder", "", np.array([0.5, 0.1], np.float32)), "1 token apart"),
        (
            DistanceBias(
                "decoder", None, np.arange(-30, 31), -np.abs(np.arange(-30, 31))[None].astype(np.float32), True
            ),
            "1 token apart",
        ),
        (
            PositionTable(
                "decoder",
                np.array([[np.cos(p * np.pi / 2), np.sin(p * np.pi / 2)] for p in range(30)], np.float32),
                True,
            ),
            None,
        ),
    ],
)
def test_positions_favour_what_their_numbers_say(code, best):
    evidence = decoder(positions=(code,))
    if best is None:
        # A quarter turn a position: 4, 12 and 24 apart are the same vector.
        with pytest.raises(llm_core.NotAskableError, match=r"share the first place with 1\.00"):
            ask("closest_distance", evidence)
    else:
        assert right(ask("closest_distance", evidence)) == best


def token(number: int, text: str) -> Token:
    return Token(number, text, text)


def test_probabilities_and_temperature_are_over_the_whole_vocabulary():
    logits = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))
    tokens = (token(0, "a"), token(1, "b"), token(2, "c"))
    evidence = decoder(guess=Guess("next", tokens[:1], 0, logits, tokens))
    assert right(ask("most_probable", evidence)) == "“a”"
    assert ask("most_probable", evidence).facts["value"] == "50.0 %"
    assert right(ask("temperature_effect", evidence, temperature=2.0)) == "It is falls"
    assert right(ask("temperature_effect", evidence, temperature=0.5)) == "It is rises"
    # At one half, squares: 0.25 of 0.34375.
    assert ask("temperature_effect", evidence, temperature=0.5).facts["after"] == "72.7 %"
    assert right(ask("tokens_for_share", evidence, share=0.7)) == "2"
    with pytest.raises(llm_core.NotAskableError, match="stays at"):
        ask("temperature_effect", evidence, temperature=1.0)
    with pytest.raises(llm_core.NotAskableError, match="gives a score to every token"):
        ask("most_probable", decoder())


def test_sizes_follow_from_counts():
    blocks = ParameterBlocks(100, 200, 100, 600, 0, 0, 0)
    shape = Geometry("x", {"decoder": 1}, {"decoder": 4}, {"decoder": 4}, 64, 16, 256, 1000, "rotary", 99, True, True)
    evidence = decoder(parameters=blocks, geometry=shape)
    assert right(ask("largest_part", evidence)) == "It is feed_forward"
    assert right(ask("part_share", evidence, part="attention")) == "30.0 %"
    assert right(ask("inner_width", evidence)) == "4.0 times"
    assert right(ask("head_width", evidence)) == "16"
    assert right(ask("weight_memory", evidence, bits=16)) == "2 kB"
    assert right(ask("times_as_many", evidence)) == "175,000,000 times"
    assert right(ask("longer_text", evidence, factor=3)) == "9 times as many"
    assert right(ask("matrix_memory", evidence, tokens=100_000, bits=16)) == "20 GB"
    assert right(ask("position_way", evidence)) == "It is rotary"
    assert right(ask("architecture", evidence)) == "It is decoder"
    with pytest.raises(llm_core.NotAskableError, match="not published"):
        ask("times_as_many", evidence, model="Claude 2")
    with pytest.raises(llm_core.NotAskableError, match="not known before it is loaded"):
        ask("part_share", decoder())


def test_a_sliding_window_and_other_masks_have_names_of_their_own():
    trace = made_trace({"decoder": [[ROWS]]}, "red green blue", masks={"decoder": causal_mask(3, 3)})
    assert right(ask("mask_shape", Evidence(trace))) == "It is causal"


def test_wrong_numbers_that_are_right_by_accident_are_left_out():
    answer = number_answer(4, [(4.0, "also four"), (3, "three"), (-1, "less than none")], "{:.0f}".format, because="4.")
    assert [option.label for option in answer.options] == ["3", "4"]
    with pytest.raises(llm_core.NotAskableError, match="the same here"):
        number_answer(4, [(4.2, "four again")], "{:.0f}".format, because="4.")


def test_options_that_are_written_alike_are_offered_once():
    answer = ranked_answer(["a", "b", "b"], [3, 2, 1], str, sentence=lambda label, value: f"{label} {value}", what="x")
    assert [option.label for option in answer.options] == ["a", "b"]


def test_an_answer_with_two_right_options_cannot_be_made():
    with pytest.raises(ValueError, match="one is right"):
        Answer((Option("a", True), Option("b", True)))
    with pytest.raises(ValueError, match="at least two"):
        Answer((Option("a", True),))


NO_MEASURES = "the model's measures, which are not known"
NO_PARAMETERS = "the model's parameters, which are not known"
NO_SCORES = "a model that gives a score to every token"
NO_VECTORS = "vectors between the layers were not recorded"

REFUSED = {
    "head_with_role": {"one token": "With one token there is nothing", "always": "Only 1 token tells of the role"},
    "broadest_head": {"one token": "With one token there is nothing", "always": "not two heads"},
    "key_value_heads": {"always": "could be taken for 1 is the same"},
    "strongest_key": {"one token": "not two tokens to choose", "always": r"share the first place with 50\.0 %"},
    "best_match": {"always": "keeps its queries and keys to itself"},
    "largest_arrival": {"always": "values of made cannot be recorded"},
    "may_look": {"always": "needs two different tokens"},
    "mask_shape": {"one token": "With one token every mask is the same"},
    "share_ahead": {"one token": "needs two tokens or more of one text"},
    "promoted_token": {"always": "neurons of this model cannot be told apart"},
    "most_probable": {"always": NO_SCORES},
    "temperature_effect": {"always": NO_SCORES},
    "tokens_for_share": {"always": NO_SCORES},
    "position_way": {"always": NO_MEASURES},
    "closest_distance": {"always": "tells positions apart is not known"},
    "largest_part": {"always": NO_PARAMETERS},
    "part_share": {"always": NO_PARAMETERS},
    "inner_width": {"always": NO_MEASURES},
    "head_width": {"always": NO_MEASURES},
    "times_as_many": {"always": NO_PARAMETERS},
    "weight_memory": {"always": NO_PARAMETERS},
    "vector_width": {"no vectors": NO_VECTORS},
    "nearest_vector": {"no vectors": NO_VECTORS, "always": "not two tokens to choose"},
    "same_word_twice": {"no word twice": "No word stands twice", "no vectors": NO_VECTORS},
    "largest_step": {"no vectors": NO_VECTORS, "always": "two layers or more"},
    "stream_length": {"no vectors": NO_VECTORS, "always": "two layers or more"},
    "vocabulary_size": {"always": NO_MEASURES},
}
"""Why the smallest models and texts have no such question; the first cause that holds counts. Others are answered."""


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("family", ["encoder", "decoder", "encoder-decoder"])
@pytest.mark.parametrize("text", ["red", "[CLS]", "red blue", "red red"])
def test_the_smallest_models_and_texts_are_asked_all_but_what_they_have_no_answer_to(kind, family, text):
    """One layer of one head and nothing known beyond the trace, with and without vectors."""
    count = len(text.split())
    weights = [np.tril(np.full((1, count, count), 1 / count, np.float32))]
    stacks = {"encoder-decoder": ("encoder", "decoder", "cross")}.get(family, (family,))
    trace = made_trace(dict.fromkeys(stacks, weights), text, text if "cross" in stacks else "")
    vectors = np.zeros((count, 4), np.float32)
    told = kinds()[kind]
    asked = Asked(
        {name: argument.default for name, argument in told.arguments.items()}, {name: name for name in told.outcomes}
    )
    for states in ({}, {stack: (vectors, vectors) for stack in stacks if stack != "cross"}):
        causes = {
            "one token": count == 1,
            "no word twice": text != "red red",
            "no vectors": not states,
            "always": True,
        }
        evidence = Evidence(replace(trace, states=states))
        reason = next((said for cause, said in REFUSED.get(kind, {}).items() if causes[cause]), None)
        if reason is None:
            assert set(told.facts) <= set(told.compute(evidence, asked).facts)
        else:
            with pytest.raises(llm_core.LlmCoreError, match=reason):
                told.compute(evidence, asked)
