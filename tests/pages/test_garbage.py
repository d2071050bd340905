"""Searches of others find nothing to look through; our own finds what has been let go of."""

from __future__ import annotations

import asyncio
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.runtime import Runtime, RuntimeConfig, runtime
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from pages.shared import garbage


class Knot:
    """Something that only a search for garbage finds."""

    def __init__(self):
        self.own = self


@pytest.fixture
def searched_now_and_then(monkeypatch):
    monkeypatch.setattr(garbage, "EVERY_SECONDS", 1e6)
    garbage.search_now_and_then()
    yield
    gc.callbacks.remove(garbage._before)
    gc.unfreeze()


@pytest.mark.usefixtures("searched_now_and_then")
def test_what_is_let_go_of_is_found_by_our_own_search_and_no_other():
    gone = weakref.ref(Knot())
    gc.collect()
    assert gone() is not None
    assert gc.get_freeze_count() > 1000
    garbage.search()
    assert gone() is None


class Tab:
    """A browser tab that takes what it is sent."""

    def write_forward_msg(self, message):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Streamlit's own, which forgets closed tabs a moment later."""
    monkeypatch.setattr(runtime.Runtime, "_instance", None)
    files = MemoryUploadedFileManager("/upload")
    storage = MemorySessionStorage(ttl_seconds=0.2)
    return Runtime(
        RuntimeConfig(str(tmp_path / "app.py"), MemoryMediaFileStorage("/media"), files, session_storage=storage)
    )


def test_tabs_that_were_closed_are_let_go_of_without_another_visitor(server):
    async def come_and_go():
        await server.start()
        try:
            session = server.connect_session(Tab(), user_info={})
            gone = weakref.ref(server._session_mgr.get_session_info(session).session)
            server.disconnect_session(session)
            garbage.forget_who_left()
            await asyncio.sleep(0)
            gc.collect()
            assert gone() is not None  # whoever reloads a page finds it again
            await asyncio.sleep(0.3)
            garbage.forget_who_left()
            await asyncio.sleep(0)
            gc.collect()
            assert gone() is None
        finally:
            server.stop()
            await server.stopped

    with ThreadPoolExecutor(1) as pool:  # the browser of other tests keeps this thread's loop
        pool.submit(asyncio.run, come_and_go()).result()


def test_nothing_is_let_go_of_before_a_server_has_begun(server):
    garbage.forget_who_left()
