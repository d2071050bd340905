"""Role scores on attention made by hand, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.screen import screens
from llm_core.figures.windows import Window
from llm_core.heads.roles import is_separator
from llm_core.recording.masks import MaskRecord, causal_mask
from llm_core.recording.records import AttentionRecord
from llm_core.text.tokens import Token
from tests.made_traces import made_trace

FLAT = np.full((4, 4), 0.25)


def looking_at(keys, count=None):
    """Attention rows that look at one key each."""
    return np.eye(count or len(keys))[list(keys)]


def scores(layers, tokens, stack="encoder", fewest=1, **options):
    """Scores over however few queries, since what is made by hand is short."""
    return llm_core.head_scores(made_trace({stack: layers}, tokens, **options), stack, fewest=fewest)


def test_each_fixed_place_is_found():
    before, after = looking_at([0, 0, 1, 2]), looking_at([1, 2, 3, 3])
    before[0], after[3] = FLAT[0], FLAT[0]
    layer = [before, after, looking_at([0, 1, 2, 3]), looking_at([0, 0, 0, 0])]
    found = scores([layer], "red fox ran home")
    assert [found.best_role(0, head) for head in range(4)] == [
        "previous token",
        "next token",
        "same token",
        "first token",
    ]
    for role, head in (("previous token", 0), ("next token", 1), ("first token", 3)):
        assert found.roles[role][0, head] == pytest.approx(1)
        assert found.queries[role].tolist() == [3]
    assert found.roles["same token"][0, 2] == pytest.approx(1)
    assert found.roles["previous token"][0, 3] == pytest.approx(1 / 3)  # the second token's first is its previous


def test_a_score_is_the_mean_over_the_queries_that_have_such_a_key():
    rows = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0.8, 0.2, 0], [0, 0, 0.7, 0.3]]
    found = scores([[rows]], "red fox ran home", "decoder")
    assert found.roles["previous token"][0, 0] == pytest.approx(0.8)
    assert found.roles["same token"][0, 0] == pytest.approx(0.2)  # the first token has no choice and does not count
    assert found.of(0, 0)["first token"] == pytest.approx(0.3)


def test_a_decoder_never_looks_ahead_so_that_the_next_token_is_not_triggered():
    found = scores([[np.tril(np.ones((3, 3))) / [[1], [2], [3]]]], "red fox ran", "decoder")
    assert np.isnan(found.roles["next token"]).all()
    assert not found.triggered["next token"]
    assert "next token" not in found.of(0, 0)


REPEATED = "red fox ran red fox"


def test_induction_and_duplicates_in_a_decoder_look_back():
    induction, duplicate = np.tril(np.full((2, 5, 5), 0.01))
    induction[3, 1], induction[4, 2] = 0.6, 0.8
    duplicate[3, 0], duplicate[4, 1] = 0.5, 0.9
    found = scores([[induction, duplicate]], REPEATED, "decoder")
    assert found.roles["induction"][0].tolist() == pytest.approx([0.7, 0.01])
    assert found.roles["duplicate token"][0].tolist() == pytest.approx([0.01, 0.7])
    assert found.queries["induction"].tolist() == found.queries["duplicate token"].tolist() == [2]


def test_induction_in_an_encoder_looks_both_ways():
    rows = np.zeros((5, 5))
    rows[0, 4], rows[3, 1], rows[4, 2] = 0.9, 0.6, 0.3
    found = scores([[rows]], REPEATED)
    assert found.queries["induction"].tolist() == [3]  # nothing comes after the second "fox"
    assert found.roles["induction"][0, 0] == pytest.approx(0.6)
    assert found.queries["duplicate token"].tolist() == [4]


def test_a_token_after_itself_is_no_induction_key_of_its_own():
    rows = np.tril(np.ones((3, 3))) / [[1], [2], [3]]
    found = scores([[rows]], "red red red", "decoder")
    assert found.queries["induction"].tolist() == [1]  # only the third has another: the second follows the first
    assert found.roles["induction"][0, 0] == pytest.approx(1 / 3)


def test_a_text_that_repeats_nothing_does_not_trigger_induction():
    found = scores([[FLAT]], "red fox ran home")
    assert not found.triggered["induction"]
    assert not found.triggered["duplicate token"]
    assert found.triggered["previous token"]


def test_special_tokens_repeat_nothing():
    found = scores([[FLAT]], "[SEP] fox [SEP] home")
    assert not found.triggered["duplicate token"]
    assert not found.triggered["induction"]


def test_separators_are_punctuation_and_special_tokens_but_not_the_first():
    rows = np.zeros((6, 6))
    rows[:, 2], rows[:, 5], rows[:, 0], rows[:, 3] = 0.3, 0.4, 0.2, 0.1
    found = scores([[rows]], "[CLS] fox , [MASK] ran [SEP]")
    every, itself = [0.7] * 4, [0.4, 0.3]
    assert found.roles["separator"][0, 0] == pytest.approx(np.mean(every + itself))
    assert found.roles["first token"][0, 0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        (Token(1, ",", ","), True),
        (Token(1, "。", "。"), True),
        (Token(1, "↵↵", "ĊĊ"), True),
        (Token(1, "</s>", "</s>", is_special=True), True),
        (Token(1, "<mask>", "<mask>", is_special=True), False),
        (Token(1, "<unk>", "<unk>", is_special=True), False),
        (Token(1, "<pad>", "<pad>", is_special=True, is_padding=True), False),
        (Token(1, "a.", "a."), False),
        (Token(1, "😀", "😀"), False),
    ],
)
def test_what_a_separator_is(token, answer):
    assert is_separator(token) is answer


def test_entropy_is_in_bits_and_broad_is_its_share_of_the_highest():
    found = scores([[FLAT, looking_at([0, 0, 0, 0])]], "red fox ran home")
    assert found.entropy[0].tolist() == pytest.approx([2, 0], abs=1e-6)
    assert found.roles["broad"][0].tolist() == pytest.approx([1, 0], abs=1e-6)
    assert found.best_role(0, 0) == "broad"


def test_broad_is_measured_against_the_keys_that_a_query_sees():
    rows = np.tril(np.ones((4, 4))) / [[1], [2], [3], [4]]
    found = scores([[rows]], "red fox ran home", "decoder")
    assert found.roles["broad"][0, 0] == pytest.approx(1)
    assert found.entropy[0, 0] == pytest.approx(np.log2([2, 3, 4]).mean())


def test_distance_is_in_tokens():
    rows = looking_at([3, 1, 0, 3])
    rows[1] = [0.5, 0, 0, 0.5]
    assert scores([[rows]], "red fox ran home").distance[0, 0] == pytest.approx((3 + 1.5 + 2 + 0) / 4)


def test_a_learned_sink_is_one_more_place_to_look_at():
    nothing = np.zeros((1, 3, 2), np.float32)
    record = AttentionRecord(nothing, nothing, nothing, causal_mask(3, 3), 1.0, sink=np.zeros(1, np.float32))
    found = scores([record], "red fox ran", "decoder")
    assert found.entropy[0, 0] == pytest.approx(np.log2([3, 4]).mean())
    assert found.roles["broad"][0, 0] == pytest.approx(1)
    assert found.roles["previous token"][0, 0] == pytest.approx((1 / 3 + 1 / 4) / 2)
    assert found.distance[0, 0] == pytest.approx((0.5 + 1) / 2)


def test_padding_changes_nothing(tiny):
    model = tiny("bert")
    plain = llm_core.head_scores(llm_core.trace(model, "The cat sat on the mat."), "encoder")
    padded = llm_core.head_scores(llm_core.trace(model, "The cat sat on the mat.", pad_to=30), "encoder")
    for role, values in plain.roles.items():
        np.testing.assert_allclose(padded.roles[role], values, atol=1e-5)
        np.testing.assert_array_equal(padded.queries[role], plain.queries[role])
    np.testing.assert_allclose(padded.entropy, plain.entropy, atol=1e-4)


def test_a_window_that_closes_the_first_token_leaves_those_queries_out():
    first, end = np.array([0, 0, 1, 2], np.int32), np.arange(1, 5, dtype=np.int32)
    window = MaskRecord(first, end, np.ones(4, bool))
    rows = [[1, 0, 0, 0], [0.6, 0.4, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0.5, 0.5]]
    found = scores([[rows]], "red fox ran home", "decoder", masks={"decoder": window})
    assert found.queries["first token"].tolist() == [1]
    assert found.roles["first token"][0, 0] == pytest.approx(0.6)


def test_layers_with_fewer_heads_are_filled_up():
    found = scores([[FLAT, FLAT], [FLAT]], "red fox ran home")
    assert np.isnan(found.entropy[1, 1])
    assert found.of(1, 1) == {}
    assert found.best_role(1, 1) is None
    assert found.best_role(1, 0) == "broad"


def aligned(rows, source="le chat noir", target="[S] the black cat"):
    trace = made_trace({"cross": [np.array([rows])]}, source, target)
    return llm_core.head_scores(trace, "cross", fewest=1)


def test_a_one_to_one_alignment_of_the_words_read_is_perfect():
    found = aligned(looking_at([0, 0, 2, 1], 3))
    assert found.roles["alignment"][0, 0] == pytest.approx(1)
    assert found.best_role(0, 0) == "alignment"


def test_an_alignment_of_the_words_written_next_is_perfect_too():
    assert aligned(looking_at([0, 2, 1, 1], 3)).roles["alignment"][0, 0] == pytest.approx(1)


def test_all_words_looking_at_one_are_no_alignment():
    assert aligned(looking_at([1, 1, 1, 1], 3)).roles["alignment"][0, 0] == pytest.approx(1 / 3)


def test_attention_spread_evenly_is_no_alignment():
    assert aligned(np.full((4, 3), 1 / 3)).roles["alignment"][0, 0] == pytest.approx(1 / 9)


def test_attention_on_special_tokens_is_missing_from_an_alignment():
    rows = np.zeros((3, 3))
    rows[1, 0], rows[2, 1], rows[:, 2] = 0.5, 0.7, 0.3
    found = aligned(rows, "le chat [SEP]", "[S] the cat")
    assert found.roles["alignment"][0, 0] == pytest.approx(0.6)
    assert found.roles["separator"][0, 0] == pytest.approx(0.3)


@pytest.mark.parametrize(("source", "target"), [("chat", "[S] cat"), ("chat noir", "[S] cat"), ("chat", "[S] cat sat")])
def test_one_word_cannot_be_aligned(source, target):
    rows, keys = len(target.split()), len(source.split())
    found = aligned(np.full((rows, keys), 1 / keys), source, target)
    assert not found.triggered["alignment"]
    assert np.isnan(found.roles["alignment"]).all()


def test_distance_between_two_languages_has_no_meaning():
    assert np.isnan(aligned(looking_at([0, 0, 2, 1], 3)).distance).all()


def test_a_head_that_rests_on_the_first_token_is_named_by_its_work():
    rows = looking_at([0, 0, 0, 0, 0])
    rows[3] = [0.4, 0.6, 0, 0, 0]
    rows[4] = [0.4, 0, 0.6, 0, 0]
    found = scores([[rows]], REPEATED, "decoder")
    assert found.of(0, 0)["first token"] > found.of(0, 0)["induction"]
    assert found.best_role(0, 0) == "induction"


def test_a_role_that_too_few_queries_tell_of_is_withheld():
    rows = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0.8, 0.2, 0], [0, 0, 0.7, 0.3]]
    found = scores([[rows]], "red fox ran home", "decoder", fewest=5)
    assert np.isnan(found.roles["previous token"]).all()
    assert found.means["previous token"][0, 0] == pytest.approx(0.8)
    assert found.withheld == {"previous token": 3, "first token": 3, "same token": 3, "broad": 3}
    assert found.of(0, 0) == {}
    assert found.best_role(0, 0) is None
    told = scores([[rows]], "red fox ran home", "decoder", fewest=3)
    assert told.roles["previous token"][0, 0] == pytest.approx(0.8)
    assert not told.withheld
    assert told.best_role(0, 0) == "previous token"


def test_beside_each_score_stands_what_even_attention_has():
    rows = np.tril(np.ones((5, 5))) / np.arange(1, 6)[:, None]
    found = scores([[rows]], REPEATED, "decoder")
    for role, values in found.roles.items():
        if not np.isnan(values).any():
            assert values[0, 0] == pytest.approx(found.random[role][0], abs=1e-6), role
    assert found.random["previous token"][0] == pytest.approx(np.mean([1 / 2, 1 / 3, 1 / 4, 1 / 5]))
    assert found.random["induction"][0] == pytest.approx(np.mean([1 / 4, 1 / 5]))
    assert found.entropy[0, 0] == pytest.approx(found.random["entropy"][0])
    assert found.distance[0, 0] == pytest.approx(found.random["distance"][0])
    assert np.isnan(found.random["next token"]).all()


def test_a_role_is_not_clear_that_a_random_network_has_as_well():
    rows = np.tril(np.full((3, 3), 0.01))
    rows[1, :2], rows[2, :3] = [0.55, 0.45], [0.45, 0.1, 0.45]
    found = scores([[rows]], "red fox ran", "decoder")
    assert found.roles["first token"][0, 0] == pytest.approx(0.5)
    assert found.random["first token"][0] == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert not found.clear("first token")[0, 0]
    assert found.best_role(0, 0) != "first token"


def test_a_single_token_triggers_nothing():
    found = scores([[np.ones((1, 1))]], "red")
    assert set(found.triggered.values()) == {0}
    assert np.isnan(found.entropy).all()


@pytest.mark.parametrize(("name", "stack"), [("gemma3", "decoder"), ("modernbert", "encoder"), ("t5", "cross")])
def test_blocks_of_a_few_rows_give_the_same_scores(tiny, name, stack):
    text = "The cat sat on the mat, and the cat sat on the mat."
    trace = llm_core.trace(tiny(name), text, "le chat noir" if name == "t5" else None)
    whole = llm_core.head_scores(trace, stack)
    scorer = llm_core.HeadScorer(trace, stack)
    for layer in trace.layers(stack):
        for block in llm_core.attention_blocks(trace, stack, layer, block_bytes=1000):
            scorer.add(block)
    parts = scorer.scores()
    for role, values in whole.roles.items():
        np.testing.assert_allclose(parts.roles[role], values, atol=1e-6)
        assert ((values >= 0) & (values <= 1 + 1e-6))[~np.isnan(values)].all()
    np.testing.assert_allclose(parts.distance, whole.distance, atol=1e-5)


def test_a_sample_of_the_queries_can_be_read():
    rows = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0.8, 0.2, 0], [0, 0, 0.7, 0.3]]
    trace = made_trace({"decoder": [[rows]]}, "red fox ran home")
    found = llm_core.head_scores(trace, "decoder", queries=[1, 3], fewest=1)
    assert found.roles["previous token"][0, 0] == pytest.approx(0.8)
    assert found.queries["previous token"].tolist() == [2]


class StoppedError(Exception):
    pass


def test_progress_is_told_and_can_stop_the_work(tiny):
    trace = llm_core.trace(tiny("llama"), "The cat sat")
    told = []
    llm_core.head_scores(trace, "decoder", progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)

    def stop(progress):
        raise StoppedError

    with pytest.raises(StoppedError):
        llm_core.head_scores(trace, "decoder", progress=stop)


def test_a_stack_that_does_not_exist_is_refused(tiny):
    with pytest.raises(llm_core.SelectionError, match="Expected one of the stacks"):
        llm_core.head_scores(llm_core.trace(tiny("llama"), "The cat sat"), "cross")


def test_every_role_says_what_it_is_and_who_described_it():
    for stack in ("encoder", "decoder", "cross"):
        for role in llm_core.roles_of(stack):
            assert role.meaning
            assert any(character.isdigit() for character in role.source)
    assert "alignment" not in {role.name for role in llm_core.roles_of("encoder")}
    assert {"first token", "separator", "broad", "alignment"} == {role.name for role in llm_core.roles_of("cross")}


def test_scores_cannot_be_changed():
    found = scores([[FLAT]], "red fox ran home")
    with pytest.raises(ValueError, match="read-only"):
        found.roles["broad"][0, 0] = 0


@pytest.mark.parametrize("name", ["bloom", "mpt"])
def test_no_role_is_clear_where_a_fixed_bias_draws_every_network_to_near_tokens(tiny, name):
    trace = llm_core.trace(tiny(name), "The cat sat on the mat because it was tired. " * 3)
    assert trace.alibi
    found = llm_core.head_scores(trace, "decoder")
    assert all(np.isnan(values).all() for values in found.random.values())
    assert {found.best_role(layer, head) for layer in found.layers for head in range(4)} <= {None, "broad"}


def test_headline_and_grid_have_one_random_network(tiny):
    trace = llm_core.trace(tiny("gpt-oss"), "The cat sat on the mat because it was tired.")
    assert trace.has_sink("decoder", 0)
    count = len(trace.tokens)
    found = llm_core.head_scores(trace, "decoder")
    whole = Window(0, count)
    for row, layer in enumerate(found.layers):
        (screen,) = screens(trace, "decoder", layer, [0], whole, whole)
        random = {habit.name: habit.random for habit in screen.habits}
        assert random["the token before"] == pytest.approx(found.random["previous token"][row])
