"""What visitors type is shown as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.literal import literal


@pytest.mark.parametrize(
    "text", ["**bold** _it_ `code`", "# no heading", "[a](b) <b>", ":red[x] $y$ :smile:", "a\nb", "\\"]
)
def test_markup_is_escaped(text):
    escaped = literal(text)
    assert escaped.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text.replace("\n", " ")
    for place, character in enumerate(escaped):
        if character in "*_`#[]<>:$":
            assert escaped[place - 1] == "\\"


def test_hostile_tokens_stand_in_the_headline_as_they_are():
    app = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=120)
    app.switch_page("pages/explore/attention.py")
    app.query_params.update({"model": "smollm2-135m", "text": "$x$ **bold** :red[hot] `code` # end", "token": "3  ·**"})
    app.run()
    assert not app.exception
    headline = next(markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### "))
    assert "$" not in headline.replace("\\$", "")
    assert "**" not in headline.replace("\\*", "")
