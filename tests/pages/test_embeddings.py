"""The Embeddings page through the app's own frame: every part, on real models, with what visitors may type."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from llm_core.engine.bench import models_of
from llm_core.engine.engine import Engine

ROOT = Path(__file__).parents[2]
TIMEOUT = 240
PARTS = ("map", "neighbours", "arithmetic", "contexts", "sentences", "positions", "lens")


def opened(**parameters: str) -> AppTest:
    """The page with URL parameters, run once."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.query_params.update(parameters)
    return app.switch_page("pages/explore/embeddings.py").run()


def show(app: AppTest, part: str) -> AppTest:
    return app.main.segmented_control(key="part").set_value(part).run()


def headline(app: AppTest) -> str:
    assert not app.exception, app.exception
    (sentence,) = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    return sentence


def drawn(app: AppTest) -> str:
    """The headline, after making sure that the part ran to its end."""
    sentence = headline(app)
    assert not app.main.error, [error.value for error in app.main.error]
    assert [expander.label for expander in app.main.expander] == [
        "How to read this",
        "The numbers as a table",
        "Save this picture",
    ]
    return sentence


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.main.caption)


def table(app: AppTest):
    return app.main.expander[1].dataframe[0].value


@pytest.mark.parametrize("control", ["part", "method", "dimensions", "measure"])
def test_an_address_that_empties_a_control_opens_at_its_usual_value(control):
    part = "Neighbours" if control == "measure" else "Map"
    usual, emptied = opened(part=part), opened(**{"part": part, control: ""})
    assert emptied.main.segmented_control(key=control).value is None
    assert drawn(emptied) == drawn(usual)


def test_the_first_picture_needs_no_model(monkeypatch):
    asked = []
    ask = Engine.ask

    def note(self, task, *rest):
        asked.append(task)
        return ask(self, task, *rest)

    monkeypatch.setattr(Engine, "ask", note)
    app = opened()
    assert "most alike" in drawn(app)
    assert "fitted once over all 7 states" in captions(app)
    assert asked
    assert not any(map(models_of, asked))


def test_the_layer_slider_moves_the_points_of_one_projection():
    app = opened()
    before = table(app)[["x", "y"]].to_numpy()
    app.main.select_slider(key="after").set_value("layer 5").run()
    assert "After layer 5" in drawn(app)
    after = table(app)[["x", "y"]].to_numpy()
    assert before.shape == after.shape
    assert abs(before - after).max() > 0.01


def test_several_sentences_and_words_and_the_vocabulary_are_drawn():
    app = opened()
    app.main.selectbox(key="points").set_value("texts").run()
    app.main.text_area(key="sentences").set_value("The cat sat.\nThe dog sat.").run()
    drawn(app)
    assert set(table(app)["group"]) == {"The cat sat.", "The dog sat."}
    app.main.selectbox(key="points").set_value("words").run()
    app.main.text_area(key="words").set_value("cat, dog\nParis, London, antidisestablishmentarianism").run()
    assert "Of 5 words" in drawn(app)
    app.main.selectbox(key="points").set_value("vocabulary").run()
    assert "2,000 of 22,501 tokens" in drawn(app)
    app.main.text_input(key="find").set_value("king").run()
    assert "match" in captions(app)


def test_one_unknown_word_is_left_out_with_a_note_and_repeated_ones_count_once(tiny_folder):
    app = opened(model=str(tiny_folder("bert")), points="Words", words="cat, 漢, cat\nmat, was, the")
    assert "Of 4 words" in drawn(app)
    assert "Left out: “漢”, since this tokenizer has no token for it." in captions(app)
    assert "1 repeated word is drawn once." in captions(app)


def test_words_too_few_for_tsne_are_told_beforehand_and_drawn_by_pca():
    app = opened(points="Words", words="cat, dog")
    assert "t-SNE needs 4 and UMAP needs 5; here 2 different points are drawn, by PCA." in captions(app)
    app.main.segmented_control(key="method").set_value("tsne").run()
    assert "“cat” and “dog” have the cosine" in drawn(app)
    assert "2 points always fit into so few dimensions without loss." in captions(app)
    assert not any(button.label == "Stop t-SNE" for button in app.main.button)
    app.main.text_area(key="words").set_value("cat, dog, horse, cow, tree").run()
    assert "needs" not in captions(app)


def test_the_most_alike_say_that_the_mean_was_removed_and_what_others_have():
    app = opened()
    assert "with the layer’s mean removed; of " in drawn(app)
    assert "is not counted" in captions(app)
    app.main.toggle(key="centre").set_value(False).run()
    assert "mean removed" not in drawn(app)
    assert "or less)" in drawn(app)


def test_three_dimensions_and_every_colour_draw():
    app = opened()
    app.main.segmented_control(key="dimensions").set_value(3).run()
    drawn(app)
    assert "z" in table(app)
    for colour in ("layer", "frequency", "position"):
        app.main.selectbox(key="colour_text").set_value(colour).run()
        drawn(app)
    for key in ("unit", "centre", "specials"):
        toggle = app.main.toggle(key=key)
        toggle.set_value(not toggle.value).run()
        drawn(app)


def test_searching_says_how_many_points_match():
    app = opened()
    app.main.text_input(key="find").set_value("tired").run()
    drawn(app)
    assert "1 point matches “tired”." in captions(app)


def test_tsne_runs_while_pca_is_drawn_and_takes_its_place():
    app = opened()
    app.main.selectbox(key="points").set_value("vocabulary").run()
    app.main.segmented_control(key="method").set_value("tsne").run()
    drawn(app)
    assert "component 1" in str(app.main.get("plotly_chart")[0].proto)
    assert any(button.label == "Stop t-SNE" for button in app.main.button)
    deadline = time.monotonic() + TIMEOUT
    while any(button.label == "Stop t-SNE" for button in app.main.button) and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    drawn(app)
    assert "far distances and the axes mean nothing" in captions(app)


def test_a_projection_can_be_stopped_and_started_again():
    app = opened()
    app.main.selectbox(key="points").set_value("vocabulary").run()
    app.main.select_slider(key="sample").set_value(10_000).run()
    app.main.segmented_control(key="method").set_value("tsne").run()
    next(button for button in app.main.button if button.label == "Stop t-SNE").click().run()
    drawn(app)
    assert "was stopped; what you see is PCA" in app.main.info[0].value
    next(button for button in app.main.button if button.label == "Start it again").click().run()
    next(button for button in app.main.button if button.label == "Stop t-SNE").click().run()
    drawn(app)


@pytest.mark.parametrize("model", ["minilm-l6", "smollm2-135m"])
def test_cat_and_dog_are_near(model):
    app = show(opened(model=model), "neighbours")
    assert "Nearest to “cat” in the token table" in drawn(app)
    assert any("dog" in token for token in table(app)["token"])
    ranks = app.main.dataframe[0].value
    assert ranks.iloc[0]["word"] == "dog"


def test_neighbours_by_dot_product_of_a_token_at_a_layer():
    app = show(opened(model="smollm2-135m"), "neighbours")
    app.main.selectbox(key="of").set_value("token").run()
    app.main.segmented_control(key="measure").set_value("dot").run()
    assert "After layer 29, as it leaves the model, nearest to “sat”" in drawn(app)
    assert "dot product" in drawn(app)
    assert table(app)["dot product"].is_monotonic_decreasing
    app.main.select_slider(key="token_after").set_value("embedding").run()
    assert "Before the first layer, nearest to “sat”" in drawn(app)


def test_king_minus_man_plus_woman_is_queen_and_its_words_can_be_counted():
    app = show(opened(), "arithmetic")
    assert "king − man + woman lies nearest to “queen”" in drawn(app)
    app.main.toggle(key="without").set_value(False).run()
    assert "nearest to “king”, its own words counted" in drawn(app)
    app.main.text_input(key="sum").set_value("antidisestablishmentarianism + cat").run()
    assert "their mean is taken" in captions(app)


def test_spring_splits_by_meaning_near_the_top_of_the_decoder():
    app = show(opened(model="smollm2-135m"), "contexts")
    assert "“spring” splits by meaning, most after layer 29" in drawn(app)
    assert table(app)["centred gap"].max() > 0.55
    next(button for button in app.main.button if button.label == "bat").click().run()
    assert "“bat”" in drawn(app)


def test_meanings_are_added_and_models_compared():
    app = show(opened(), "contexts")
    app.main.number_input(key="meanings").set_value(3).run()
    app.main.text_area(key="uses3").set_value("The cat made a spring at the mouse.").run()
    drawn(app)
    app.main.toggle(key="beside_models").set_value(True).run()
    drawn(app)
    assert "t5\\-mini\\-en\\-fr" in captions(app)


def test_sentences_of_like_meaning_are_alike():
    app = show(opened(model="minilm-l6"), "sentences")
    assert "Most alike of 15 pairs: “A cat is sleeping on the sofa\\.”" in drawn(app)


def test_two_hundred_sentences_are_all_used_and_more_are_announced(tiny_folder):
    lines = [f"the cat {one} {other}" for one in range(10) for other in range(25)]
    app = show(opened(model=str(tiny_folder("bert-headless"))), "sentences")
    app.main.text_area(key="compared").set_value("\n".join(lines[:200])).run()
    assert "of 19,900 pairs" in drawn(app)
    assert "The first" not in captions(app)
    app.main.text_area(key="compared").set_value("\n".join([*lines, lines[0]])).run()
    assert "The first 200 of 251 sentences are read" in captions(app)
    app.main.text_area(key="compared").set_value("the cat\n\nthe cat\n").run()
    assert "add another" in drawn(app)
    assert "1 repeated line is read once." in captions(app)


def test_a_sum_that_cancels_out_has_no_neighbour():
    app = show(opened(), "arithmetic")
    app.main.text_input(key="sum").set_value("king + man - king - man").run()
    assert "has length 0 and points nowhere: no token is nearest to it" in drawn(app)
    assert not app.main.get("plotly_chart")


def test_a_sentence_without_the_word_is_left_out_and_each_picture_has_one_title():
    app = show(opened(), "contexts")
    app.main.text_area(key="uses1").set_value("A warm spring.\nA warm spring.\nNo such word.\nIt is spring.").run()
    assert "In these 6 sentences" in drawn(app)
    assert "Left out: “No such word\\.”, without “spring” as a word." in captions(app)
    raw, centred = (chart.proto.spec for chart in app.main.get("plotly_chart")[:2])
    assert "raw: largest gap" in raw
    assert "centred: largest gap" not in raw
    assert "raw: largest gap" not in centred


def test_sentence_vectors_of_a_decoder_are_refused_with_a_way_on():
    app = show(opened(model="smollm2-135m"), "sentences")
    assert "made by encoders" in headline(app)
    next(button for button in app.main.button if button.label == "Use minilm-l6").click().run()
    assert "Most alike" in drawn(app)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("minilm-l6", "adds learned vectors"),
        ("smollm2-135m", "the same numbers in every pair keep"),
        ("t5-mini-en-fr", "cares most about distance"),
    ],
)
def test_positions_of_every_architecture(model, says):
    app = show(opened(model=model), "positions")
    assert says in drawn(app)
    chosen = next(box for box in app.main.selectbox if box.label == "Positions of")
    chosen.set_value("sinusoids, for comparison").run()
    assert "sinusoids of 2017" in drawn(app)


def test_positions_turn_by_the_distance_of_two_tokens():
    app = show(opened(model="smollm2-135m"), "positions")
    assert "3 tokens apart" in drawn(app)
    app.main.slider(key="query_at").set_value(13).run()
    assert "4 tokens apart" in drawn(app)


def test_the_decoder_says_paris_only_near_the_top():
    app = show(opened(model="smollm2-135m"), "lens")
    assert drawn(app).startswith("#### “Paris” is the first choice only after the last of 30 layers, with ")
    assert drawn(app).endswith("; among the first 10 it comes after layer 27")
    rows = table(app)
    last = rows[(rows["state"] == "layer 29") & (rows["token"] == "·is")].iloc[0]
    assert last["says"] == "·Paris"
    assert last["its rank"] == 1


def test_the_lens_reads_a_text_of_ones_own_and_a_long_one_in_parts(tiny_folder):
    app = show(opened(model=str(tiny_folder("llama"))), "lens")
    app.main.text_area(key="lens_decoder").set_value("The cat sat on the mat. " * 6).run()
    drawn(app)
    assert any(slider.label.startswith("First of 16") for slider in app.main.slider)
    next(button for button in app.main.button if button.label == "Take the text at the left").click().run()
    drawn(app)


def test_the_lens_of_a_masked_model_guesses_its_mask(tiny_folder):
    app = show(opened(model=str(tiny_folder("bert"))), "lens")
    drawn(app)
    chosen = next(box for box in app.main.selectbox if box.label == "Follow the answer at")
    assert "[MASK]" in chosen.options[chosen.index]


def test_an_encoder_without_a_head_is_told_with_a_way_on():
    app = show(opened(model="minilm-l6"), "lens")
    assert "needs a head" in headline(app)
    assert any(button.label == "Use smollm2-135m" for button in app.main.button)


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5", "bart", "bloom", "modernbert", "gemma3", "albert"])
def test_every_part_of_every_architecture_draws_or_says_why_not(tiny_folder, name):
    app = opened(model=str(tiny_folder(name)), text="The cat sat on the mat.")
    for part in PARTS:
        show(app, part)
        assert headline(app) != "#### This could not be drawn", part


@pytest.mark.parametrize(
    ("part", "key", "value", "says"),
    [
        ("neighbours", "word", "   ", "Expected a word"),
        ("arithmetic", "sum", "king - ", "after each sign"),
        ("contexts", "word_in", "zebra", "does not hold it as a word"),
        ("sentences", "compared", "", "at least one sentence"),
    ],
)
def test_what_cannot_be_used_is_said(part, key, value, says):
    app = show(opened(), part)
    widget = app.main.text_area(key=key) if part == "sentences" else app.main.text_input(key=key)
    widget.set_value(value).run()
    assert headline(app) == "#### Something is missing here"
    assert says in app.main.error[0].value


@pytest.mark.parametrize(("part", "field"), [("Map", "text"), ("Arithmetic", "sum"), ("Neighbours", "word")])
def test_hostile_text_in_the_address_brings_no_markup(part, field):
    hostile = "<script>window.hacked=1</script> **bold** $x$ :smile: <img src=x onerror=window.hacked=1>"
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.query_params.update({"part": part, field: hostile})
    app.switch_page("pages/explore/embeddings.py").run()
    said = [headline(app), *(one.value for kind in ("error", "caption", "info") for one in getattr(app.main, kind))]
    assert not any("**bold**" in one or "<script>" in one.replace("\\<", "") for one in said)


def test_hostile_text_is_shown_as_typed():
    app = show(opened(text="<script>alert(1)</script> **bold** :smile:"), "sentences")
    app.main.text_area(key="compared").set_value("<b>one</b> **two**\n`three` $x$").run()
    assert "**two**" not in drawn(app).replace("\\*\\*two\\*\\*", "")


def test_the_url_opens_a_part_with_its_choices():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.query_params.update({"part": "Arithmetic", "sum": "cat - kitten + puppy"})
    app.switch_page("pages/explore/embeddings.py").run()
    assert "cat − kitten + puppy lies nearest to “dog" in drawn(app)


@pytest.mark.parametrize(
    "params",
    [
        {"part": "<script>", "after": "layer 99", "method": "magic", "dimensions": "7"},
        {"part": "Logit lens", "count": "-3", "meanings": "99", "points": "x"},
        {"part": "Positions", "query_at": "1e9", "key_at": "-5"},
    ],
)
def test_nonsense_in_the_url_is_ignored(params):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.query_params.update(params)
    app.switch_page("pages/explore/embeddings.py").run()
    assert headline(app)


def test_choices_stay_while_another_part_is_looked_at():
    app = show(opened(), "neighbours")
    app.main.text_input(key="word").set_value("river").run()
    show(app, "map")
    show(app, "neighbours")
    assert "“river”" in drawn(app)
