"""Where labels of points go so that none lies on another; those without room are left to hovering."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

CHARACTER = 8.0
LINE = 15.0
GAP = 9.0
"""Pixels: a character's width and a line's height at size 13, and the distance of a label from its point."""

ROOM = (560.0, 440.0)
"""Pixels of a usual plot; smaller screens show fewer points side by side and the same labels."""


def place_labels(
    points: Float32[np.ndarray, "point 2"], labels: Sequence[str], low: np.ndarray, high: np.ndarray
) -> tuple[list[str], list[str]]:
    """A text and a side for each point's label, in plotly's words; the text is empty where there is no room.

    Args:
        points: Shape (point 2).
        labels: A label for each; earlier ones go first.
        low: The lower end of both axes.
        high: Their upper end.
    """
    scale = np.array(ROOM) / np.maximum(high - low, 1e-9)
    # Both axes share one scale, the smaller of the two; along the other the points stand in the middle of the room.
    size = np.array(ROOM)
    pixels = (points - low) * scale.min() + (size - (high - low) * scale.min()) / 2
    boxes = np.zeros((0, 4))
    texts, sides = [], []
    for place, (point, label) in enumerate(zip(pixels, labels, strict=True)):
        others = np.delete(pixels, place, axis=0)
        text, side = "", "top center"
        for candidate, box in _candidates(point, len(label) * CHARACTER):
            covers = ((others > box[:2]) & (others < box[2:])).all(axis=1).any()
            overlaps = ((boxes[:, :2] < box[2:]) & (boxes[:, 2:] > box[:2])).all(axis=1).any()
            outside = bool((box[:2] < 0).any() or (box[2:] > size).any())
            if not covers and not overlaps and not outside:
                text, side = label, candidate
                boxes = np.vstack([boxes, box])
                break
        texts.append(text)
        sides.append(side)
    return texts, sides


def _candidates(point: np.ndarray, width: float) -> list[tuple[str, np.ndarray]]:
    x, y = point
    half = width / 2
    return [
        ("top center", np.array([x - half, y + GAP - 3, x + half, y + GAP - 3 + LINE])),
        ("bottom center", np.array([x - half, y - GAP + 3 - LINE, x + half, y - GAP + 3])),
        ("middle right", np.array([x + GAP, y - LINE / 2, x + GAP + width, y + LINE / 2])),
        ("middle left", np.array([x - GAP - width, y - LINE / 2, x - GAP, y + LINE / 2])),
    ]
