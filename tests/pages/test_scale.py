"""The page Scale through the app's own frame."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from llm_core.scale.published_file import published_models
from llm_core.scale.sizes import Dimensions
from pages.shared.scale.measuring import Measurement
from pages.shared.scale.rows import Row
from pages.shared.scale.table import numbers_of, sources_of

ROOT = Path(__file__).parents[2]
PAGE = "pages/apply/scale.py"
TIMEOUT = 180


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page, opened with URL parameters."""
    app.query_params.update(parameters)
    return app.switch_page(PAGE).run()


def headline(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    assert not app.main.error
    (said,) = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    return said.replace("\\", "")


def test_parameters_are_compared_with_the_model_in_use(app):
    # 2.8 million million over 22,713,216; 178 billion among those that the introduction names.
    assert "123,000 times the 22.7 M of minilm-l6" in headline(opened(app, model="minilm-l6"))
    app.segmented_control(key="models").set_value("of the introduction").run()
    assert "7,840 times the 22.7 M of minilm-l6" in headline(app)


def test_the_url_sets_context_and_precision_and_the_headline_follows(app):
    opened(app, model="minilm-l6", scale="Memory", context="1,024", bits="32")
    # 12 heads of 6 layers, 1,024 squared weights of 4 bytes; 22,713,216 weights of 4 bytes.
    assert "At 1,024 tokens and 32 bits, minilm-l6 takes 90.9 MB of weights" in headline(app)
    assert "302 MB of attention matrices" in headline(app)


def test_a_slider_changes_the_bytes_at_once(app):
    opened(app, scale="Memory", model="smollm2-135m")
    before = headline(app)
    app.select_slider(key="context").set_value(4096).run()
    assert before.replace("2,048 tokens", "4,096 tokens").split(" and ")[0] == headline(app).split(" and ")[0]
    assert "smollm2-135m takes 269 MB of weights, 94.4 MB of keys and values" in headline(app)


def test_every_model_has_its_row_and_every_figure_its_source(app):
    opened(app, scale="Table and sources")
    headline(app)
    table, sources = (frame.value for frame in app.main.dataframe[:2])
    assert list(table["model"]) == [model.name for model in published_models()]
    claude = table[table["model"] == "Claude 2"].iloc[0]
    assert (claude["parameters"], claude["context, tokens"]) == ("not published", "100,000")
    assert claude["one attention matrix"] == "20 GB"
    assert len(sources) == sum(len(model.figures) for model in published_models())
    assert not sources[["source", "date"]].isna().any().any()
    own = sources[sources["link"].isna()]
    assert set(own["model"]) == {"minilm-l6-mlm", "t5-mini-en-fr"}
    codex = table[table["model"] == "Codex 12B"].iloc[0]
    assert (codex["keys and values of 1,000 tokens"], codex["attention"]) == ("unknown", "not published")
    kimi = table[table["model"] == "Kimi K2"].iloc[0]
    assert (kimi["experts"], kimi["attention"]) == (
        "8 of 384 and 1 always, in 60 layers",
        "latent, 576 numbers a token",
    )


def test_a_sum_with_an_unknown_part_is_a_lower_bound_and_a_named_card_is_held_against(app):
    opened(app, scale="Memory", model="smollm2-135m", models="of the introduction")
    headline(app)
    said = [caption.value.replace("\\", "") for caption in app.main.caption]
    assert any(caption.startswith("“At least”") for caption in said)
    (card,) = [caption for caption in said if "NVIDIA H200" in caption]
    assert "141 GB, announced in November 2023" in card
    assert "of 2 more the weights alone would fit" in card  # Codex and Command


def test_attention_is_measured_when_the_button_is_pressed(app):
    opened(app, scale="Measured here", longest="256", model="t5-mini-en-fr")
    assert "Measure it here" in headline(app)
    app.button(key="measure").click().run()
    measurement = app.session_state["measurement"]
    deadline = time.monotonic() + TIMEOUT
    while not measurement.ended and time.monotonic() < deadline:
        time.sleep(0.05)
        app.run()
    app.run()
    # Its tokenizer ends at 128 tokens.
    assert headline(app).startswith("#### 8 times the text: eager attention takes")
    measured = app.main.dataframe[0].value
    assert list(measured["tokens"]) == [16, 32, 64, 128]
    assert (measured["eager, bytes"] > measured["recorded, bytes"]).iloc[-1]


def test_a_measurement_can_be_stopped_and_keeps_its_points():
    measurement = Measurement("minilm-l6", [16, 32] + [512] * 200)
    go_on_until(measurement, lambda: len(measurement.points) >= 2)
    measurement.stop()
    assert measurement.ended
    assert measurement.stopped
    assert measurement.error is None
    assert [point.tokens for point in measurement.points[:2]] == [16, 32]
    measurement.go_on()
    assert len(measurement.points) < 202


def test_one_measurement_waits_for_another_until_that_has_ended():
    first, second = Measurement("minilm-l6", [16, 512, 512]), Measurement("minilm-l6", [16])
    first.go_on()
    second.go_on()
    assert second.progress.message == "Waiting for another visitor's measurement"
    first.stop()
    go_on_until(second, lambda: second.ended)
    assert [point.tokens for point in second.points] == [16]
    assert first.stopped


def test_measured_again_times_are_new():
    one, other = Measurement("minilm-l6", [16]), Measurement("minilm-l6", [16])
    go_on_until(one, lambda: one.ended)
    go_on_until(other, lambda: other.ended)
    assert one.points[0].recorded_seconds != other.points[0].recorded_seconds
    assert one.points[0].eager_bytes == other.points[0].eager_bytes


def test_a_length_that_cannot_be_measured_is_a_sentence():
    measurement = Measurement("minilm-l6", [16, 100_000])
    go_on_until(measurement, lambda: measurement.ended)
    assert len(measurement.points) == 1
    assert "Choose a shorter text" in str(measurement.error)


def go_on_until(measurement: Measurement, happened) -> None:
    """Ask about a measurement as its page does, until something happened."""
    deadline = time.monotonic() + TIMEOUT
    while not happened() and time.monotonic() < deadline:
        measurement.go_on()
        time.sleep(0.02)


def test_a_model_of_which_nothing_is_published_has_a_row_of_nones():
    numbers = numbers_of([Row("?", Dimensions(), None, in_use=True)])
    assert {name for name, (value,) in numbers.items() if value is not None} == {"model", "maker", "note"}
    assert sources_of([Row("?", Dimensions(), None)])["model"] == []
