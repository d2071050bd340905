"""The colours of the project, each with one meaning, in light and dark.

Every colour that a picture or a page uses is named here and nowhere else (Streamlit's own theme file repeats
the page colours, and a test holds the two together). The twelve colours of the heads were searched for: any two of
them differ clearly to the eye and under simulated protanopia, deuteranopia and tritanopia, which a test computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.shapes import Stack

ThemeName: TypeAlias = Literal["light", "dark"]


@dataclass(frozen=True)
class Theme:
    """Colours of one theme, as hexadecimal strings.

    Attributes:
        name: ``"light"`` or ``"dark"``.
        background: The page.
        panel: Raised areas: the sidebar, fields.
        text: Text, at least 4.5:1 on the background.
        quiet: Axis labels and secondary text, at least 4.5:1 on the background.
        line: Borders and grid lines.
        hatch: Lines over what is masked.
        query: Queries, wherever they appear.
        key: Keys.
        value: Values.
        encoder: The encoder stack.
        decoder: The decoder stack.
        cross: Cross-attention.
        positive: Numbers above zero, from the background on.
        negative: Numbers below zero.
        heads: One colour per head, in fixed order.
    """

    name: ThemeName
    background: str
    panel: str
    text: str
    quiet: str
    line: str
    hatch: str
    query: str
    key: str
    value: str
    encoder: str
    decoder: str
    cross: str
    positive: str
    negative: str
    heads: tuple[str, ...]

    def stack(self, stack: Stack) -> str:
        """The colour of a stack; a weight from 0 to 1 runs from the background to it."""
        return {"encoder": self.encoder, "decoder": self.decoder, "cross": self.cross}[stack]


TRANSPARENT = "rgba(0,0,0,0)"
"""The fill of what is drawn by its outline alone."""

LIGHT = Theme(
    name="light",
    background="#FFFFFF",
    panel="#F5F6F8",
    text="#1B1F24",
    quiet="#57606A",
    line="#D0D7DE",
    hatch="#AEB6BF",
    query="#0072B2",
    key="#B8500A",
    value="#00795A",
    encoder="#1F7483",
    decoder="#6B4FBB",
    cross="#9A6700",
    positive="#2E5FD0",
    negative="#C76A00",
    heads=(
        "#0072B2",
        "#CC7700",
        "#EE5555",
        "#663366",
        "#888899",
        "#990000",
        "#BB55FF",
        "#883344",
        "#2222AA",
        "#000044",
        "#330011",
        "#8800FF",
    ),
)

DARK = Theme(
    name="dark",
    background="#14171C",
    panel="#1D2229",
    text="#E8EBEF",
    quiet="#A3ADB8",
    line="#3A424D",
    hatch="#545E6B",
    query="#4DB3E6",
    key="#F08A4B",
    value="#3CC79B",
    encoder="#63C2D1",
    decoder="#A992F0",
    cross="#E3B341",
    positive="#7FA8FF",
    negative="#F0A04B",
    heads=(
        "#4DB3E6",
        "#FF8800",
        "#99AA66",
        "#776655",
        "#00FF66",
        "#CC3300",
        "#AA4488",
        "#FFDDBB",
        "#6666CC",
        "#CCEEFF",
        "#DD99AA",
        "#9933FF",
    ),
)


def theme(name: str | None) -> Theme:
    """The theme of a name; light for any other."""
    return DARK if name == "dark" else LIGHT


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def blend(one: str, other: str, share: float) -> str:
    """A colour between two, from 0 for the first to 1 for the second."""
    parts = [
        round(int(one[place : place + 2], 16) * (1 - share) + int(other[place : place + 2], 16) * share)
        for place in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def readable(theme: Theme, ground: str) -> str:
    """The theme's text or background colour, whichever can be read better on a ground."""
    return max((theme.text, theme.background), key=lambda colour: contrast(colour, ground))


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
