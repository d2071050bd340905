"""Layout that every plotly figure of the project shares."""

from __future__ import annotations

from llm_core.figures.palette import Theme


def base_layout(theme: Theme) -> dict[str, object]:
    """Layout that every figure of a theme shares."""
    return {
        "template": "none",
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"family": "monospace", "size": 13, "color": theme.text},
        "hoverlabel": {
            "bgcolor": theme.panel,
            "bordercolor": theme.line,
            "font": {"family": "monospace", "size": 14, "color": theme.text},
        },
        "margin": {"l": 60, "r": 10, "t": 40, "b": 60},
        "dragmode": False,
    }


def axis_title(text: str) -> dict[str, object]:
    """An axis title no larger than its labels."""
    return {"text": text, "font": {"size": 13}}
