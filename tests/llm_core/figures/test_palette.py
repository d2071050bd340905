"""Colours can be read and told apart, and stand in one place."""

from __future__ import annotations

import itertools
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from llm_core.figures.palette import DARK, LIGHT, contrast, theme

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_text_reaches_4_5_and_graphics_reach_3(colours):
    for name in ("text", "quiet", "query", "key", "value", "encoder", "decoder", "cross"):
        assert contrast(getattr(colours, name), colours.background) >= 4.5, name
    for colour in (*colours.heads, colours.positive, colours.negative):
        assert contrast(colour, colours.background) >= 3


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_twelve_heads_have_twelve_colours(colours):
    assert len(set(colours.heads)) == 12


# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, on linear RGB.
EYES = {
    "typical": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def seen(colour, eye):
    """A colour in CIE L*a*b* (D65) as an eye sees it."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = to_xyz @ np.clip(np.asarray(EYES[eye]) @ linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_any_two_heads_can_be_told_apart(colours, eye):
    points = [seen(colour, eye) for colour in colours.heads]
    closest = min(np.linalg.norm(one - other) for one, other in itertools.combinations(points, 2))
    assert closest >= 20  # differences of 2 to 3 are just noticeable


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
