"""The data file of published figures: everything has its source, and a broken file is reported with its line."""

from __future__ import annotations

import datetime

import pytest

import llm_core
from llm_core.errors import BrokenDataError
from llm_core.scale.published import DATA, FIGURES, published_models, read_published

NAMED = (
    *("GPT-3", "GPT", "ChatGPT", "Claude", "Claude 2", "Jurassic-1", "Command", "Paradigm"),
    *("BERT", "T5", "LLaMA", "Llama 2", "Codex", "CodeWhisperer"),
)
"""The models, and what serves models, that the introduction names."""

SMALL = """
[sources.paper]
title = "A paper"
url = "https://example.org"
date = 2020-01-01

[[models]]
name = "One"
maker = "Somebody"
parameters = { value = 5, source = "paper" }
"""


def test_every_model_that_the_introduction_names_has_its_row():
    rows = {name for model in published_models() for name in model.named}
    assert rows >= set(NAMED)


def test_every_model_of_the_catalog_has_its_row_with_its_own_count():
    rows = {model.name: model for model in published_models()}
    for spec in llm_core.catalog():
        assert rows[spec.name].value("parameters") == spec.parameters
        assert rows[spec.name].family == spec.family


@pytest.mark.parametrize("model", published_models(), ids=lambda model: model.name)
def test_every_figure_has_a_source_and_a_date(model):
    assert bool(model.figures) == (model.name not in {"ChatGPT", "Paradigm", "CodeWhisperer"})
    for name, figure in model.figures.items():
        assert name in FIGURES
        assert figure.value > 0
        assert figure.source.title
        assert figure.source.url.startswith("https://")
        assert datetime.date(2017, 6, 12) <= figure.source.date <= datetime.date(2026, 12, 31)


COUNTED = [model for model in published_models() if model.counted is not None]


@pytest.mark.parametrize("model", COUNTED, ids=lambda model: model.name)
def test_the_published_shape_gives_the_published_number_of_parameters(model):
    assert model.counted == pytest.approx(model.value("parameters"), rel=0.03)


def test_the_shapes_that_are_published_in_full_are_counted():
    assert {model.name for model in COUNTED} >= {spec.name for spec in llm_core.catalog()}
    assert {model.name for model in COUNTED} >= {"BERT large", "T5-11B", "LLaMA 65B", "Llama 2 70B", "GPT-3 175B"}


def test_names_are_unique():
    names = [model.name for model in published_models()]
    assert len(names) == len(set(names))


def test_what_is_not_published_is_none_and_not_a_guess():
    claude = next(model for model in published_models() if model.name == "Claude 2")
    assert claude.value("context") == 100_000
    assert claude.value("parameters") is None
    assert claude.counted is None
    assert claude.dimensions.attention == {}
    jurassic = next(model for model in published_models() if model.name == "Jurassic-1 Jumbo")
    assert jurassic.value("parameters") == 178_000_000_000
    assert jurassic.value("vocabulary") == 256_000


def test_a_small_file_is_read():
    (model,) = read_published(SMALL)
    assert (model.name, model.value("parameters"), model.family) == ("One", 5, None)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("date = 2020-01-01", "", 2, "date"),
        ('"https://example.org"', '"example.org"', 4, "https"),
        ('title = "A paper"', 'title = ""', 3, "title"),
        ("value = 5, ", "", 10, "whole number"),
        ("value = 5", 'value = "5 B"', 10, "whole number"),
        ("value = 5", "value = -5", 10, "whole number"),
        ("value = 5", "value = true", 10, "whole number"),
        (', source = "paper"', "", 10, "source"),
        ('source = "paper"', 'source = "rumour"', 10, "rumour"),
        ("parameters =", "size =", 10, "size"),
        ('{ value = 5, source = "paper" }', "5", 10, "source"),
        ('maker = "Somebody"', "", 7, "maker"),
        ('maker = "Somebody"', 'maker = "Somebody"\nfamily = "oracle"', 10, "oracle"),
        ("[[models]]", "[[models]", 7, "TOML"),
    ],
)
def test_a_broken_file_is_reported_with_its_line(old, new, line, what):
    assert old in SMALL
    with pytest.raises(BrokenDataError) as raised:
        read_published(SMALL.replace(old, new))
    assert what in str(raised.value)
    assert f"line {line}" in str(raised.value).lower()


def test_the_shipped_file_ends_models_with_no_stray_sources():
    text = DATA.read_text(encoding="utf-8")
    for heading in (line for line in text.splitlines() if line.startswith("[sources.")):
        key = heading.removeprefix("[sources.").removesuffix("]")
        assert f'source = "{key}"' in text, key
