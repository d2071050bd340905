"""Work of an application: kept for everybody, ended by Stop, and nothing of it stays on the page when it fails."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from pages.shared.status_line import StatusLine


def script(text: str) -> None:
    import streamlit as st

    import llm_core
    from pages.shared.applications.work import done
    from pages.shared.asking import task
    from pages.shared.status_line import StatusLine

    wanted = task("applications.composition:composition", "sentence", text)
    try:
        st.write(done("test-work", wanted, StatusLine(st.container())))
    except llm_core.EmptyTextError as error:
        st.error(str(error))


def test_work_that_fails_leaves_no_stop_behind():
    app = AppTest.from_function(script, default_timeout=120, kwargs={"text": " "}).run()
    assert [error.value for error in app.error] == ["Expected a sentence, got nothing. Type one."]
    assert not app.button


def test_work_that_is_done_is_not_done_again():
    app = AppTest.from_function(script, default_timeout=120, kwargs={"text": "made"}).run()
    assert app.markdown[0].value == "made"
    assert not app.button
    assert app.run().markdown[0].value == "made"


def long_script() -> None:
    import streamlit as st

    from pages.shared.applications.work import ENCODER, done
    from pages.shared.asking import model, task
    from pages.shared.status_line import StatusLine

    lines = [f"line {number}" for number in range(20_000)]
    done("test-work", task("applications.text_vectors:text_vectors", model(ENCODER), lines), StatusLine(st.container()))


def test_stop_takes_effect_while_work_is_waited_for_and_go_on_begins_anew(monkeypatch):
    told = []

    def interrupted(line: StatusLine, progress: object) -> None:
        told.append(progress)
        raise StopException

    monkeypatch.setattr(StatusLine, "progress", interrupted)
    app = AppTest.from_function(long_script, default_timeout=120).run()
    app.button(key="test-work-stop").click().run()
    assert app.markdown[0].value == "Stopped."
    assert len(told) == 1
    app.button(key="test-work-go-on").click().run()
    assert len(told) == 2
    assert [button.label for button in app.button] == ["Stop"]
