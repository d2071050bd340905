"""Which tests one of several processes runs together: those of a file, and all that share the app's server."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

SERVED = "tests/browser"


class SharedThingsOnce(LoadScopeScheduling):
    """In the order of collection, so that the browser tests, the longest of all, begin first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return SERVED if file.startswith(f"{SERVED}/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SharedThingsOnce:
    config.option.loadscopereorder = False
    return SharedThingsOnce(config, log)
