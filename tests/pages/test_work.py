"""Work of an application: kept for everybody, and nothing of it stays on the page when it fails."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script(fails: bool) -> None:
    import streamlit as st

    import llm_core
    from pages.shared.applications.work import done
    from pages.shared.status_line import StatusLine

    def make(progress: object) -> str:
        if fails:
            raise llm_core.SelectionError("There is too much of it. Shorten it.")
        return "made"

    try:
        st.write(done("test-work", (fails,), make, StatusLine(st.container()), 10))
    except llm_core.SelectionError as error:
        st.error(str(error))


def test_work_that_fails_leaves_no_stop_behind():
    app = AppTest.from_function(script, kwargs={"fails": True}).run()
    assert [error.value for error in app.error] == ["There is too much of it. Shorten it."]
    assert not app.button


def test_work_that_is_done_is_not_done_again():
    app = AppTest.from_function(script, kwargs={"fails": False}).run()
    assert app.markdown[0].value == "made"
    assert not app.button
    assert app.run().markdown[0].value == "made"
