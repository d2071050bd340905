"""Colours can be read and told apart, and stand in one place."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from llm_core.figures.palette import DARK, LIGHT, contrast, theme

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_text_reaches_4_5_and_graphics_reach_3(colours):
    for name in ("text", "quiet", "query", "key", "value", "encoder", "decoder", "cross"):
        assert contrast(getattr(colours, name), colours.background) >= 4.5, name
    for head in colours.heads:
        assert contrast(head, colours.background) >= 3


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_twelve_heads_have_twelve_colours(colours):
    assert len(set(colours.heads)) == 12


def test_contrast_is_the_published_one():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_theme_file_repeats_the_palette():
    written = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    for colours in (LIGHT, DARK):
        assert written[colours.name] == {
            "primaryColor": colours.query,
            "backgroundColor": colours.background,
            "secondaryBackgroundColor": colours.panel,
            "textColor": colours.text,
            "borderColor": colours.line,
        }


def test_nothing_else_names_a_colour():
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "llm_core").rglob("*.py")]
    for file in files:
        if file.name != "palette.py":
            assert re.findall(r"#[0-9A-Fa-f]{6}\b|rgba?\(", file.read_text()) == [], file


def test_an_unknown_theme_is_light():
    assert theme(None) is LIGHT
    assert theme("dark") is DARK
    assert {field.name for field in fields(LIGHT)} >= {"query", "key", "value"}
