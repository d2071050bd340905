"""What leaves the app: pages that open offline and numbers."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import plotly.graph_objects as go

from pages.shared.export import columns_as_csv, columns_as_json, picture_page

COLUMNS = {"token": ["cat", '<b>, "mat"'], "x": np.array([0.5, -1], np.float32)}


def test_a_picture_is_one_page_with_everything_it_needs_inside():
    page = picture_page(go.Figure(go.Scatter(x=[1, 2], y=[3, 4], text=["cat", "mat"])))
    own = page.split("</script>")[-2] + page.split("</script>")[-1]
    assert "cdn.plot.ly" not in own
    assert "src=" not in own
    assert '"mat"' in own


def test_numbers_are_saved_row_by_row():
    rows = list(csv.DictReader(io.StringIO(columns_as_csv(COLUMNS))))
    assert [row["token"] for row in rows] == COLUMNS["token"]
    assert [float(row["x"]) for row in rows] == [0.5, -1]
    assert json.loads(columns_as_json(COLUMNS)) == [
        {"token": "cat", "x": 0.5},
        {"token": COLUMNS["token"][1], "x": -1},
    ]
