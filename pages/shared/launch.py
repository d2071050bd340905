"""``python app.py``: serve the app without Streamlit's older way of finding pages, which would disown our addresses."""

from __future__ import annotations

import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from llm_core.errors import SettingError
from pages.shared.asking import engine
from pages.shared.garbage import search_now_and_then


def launch(script: str) -> None:
    """Serve a script until the process is stopped; what follows the script's name are Streamlit's own options.

    The workers begin before anybody asks: importing and loading takes them seconds.

    A folder named ``pages`` beside the script makes Streamlit look for pages in it until a visitor's first run has
    told of others, so that the first link to any page but the front one would open a dialog that there is no such page.
    """
    try:
        engine()
    except SettingError as error:
        sys.exit(str(error))
    search_now_and_then()
    PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", script, *sys.argv[1:]]
    cli.main()
