"""The page Applications through the app's own frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PAGE = "pages/apply/applications.py"
TIMEOUT = 240


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page, opened with URL parameters."""
    app.query_params.update(parameters)
    app.run()
    app.query_params.update(parameters)
    return app.switch_page(PAGE).run()


def headline(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    return headlines[0].replace("\\", "")


def test_an_advertisement_is_written_and_its_fields_stay_while_another_page_is_open(app):
    opened(app, use="Ad copy")
    app.main.segmented_control(key="ad-length").set_value("slogan").run()
    app.main.text_area(key="ad-product").set_value("a red umbrella").run()
    assert "toothbrush" in headline(app)
    app.main.button(key="ad-ask").click().run()
    assert "red umbrella" in headline(app)
    app.switch_page("pages/apply/scale.py").run()
    app.switch_page(PAGE).run()
    assert app.main.text_area(key="ad-product").value == "a red umbrella"
    assert "red umbrella" in headline(app)
