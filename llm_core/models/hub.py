"""Models from the hub: asked for once, with a deadline, and remembered as unreachable for a minute."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from llm_core.errors import (
    NotAModelError,
    PickledWeightsError,
    UnknownModelError,
    UnreachableModelError,
)
from llm_core.progress import Progress, ProgressCallback, Telling

DEADLINE_SECONDS = 10.0
REMEMBER_SECONDS = 60.0
WANTED = ("*.json", "*.model", "*.txt", "*.jinja", "*.spm", "*.tiktoken", "*.codes", "*.tokenizer", "*.safetensors")
UNWANTED = ("*/*", "openvino*", "*.bin.index.json", "*_results.json")

_unreachable_until: dict[str, float] = {}
Answer = TypeVar("Answer")


def download(hub_id: str, report: ProgressCallback) -> Path:
    """A local folder with the files of a model of the hub: from the hub's cache, or fetched now.

    Raises:
        UnreachableModelError: The hub does not answer and the model is not in the cache.
        UnknownModelError: The hub has no such model, or it is not open to everybody.
        PickledWeightsError: Its only weights are pickles.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    report(Progress(0.0, f"Looking for {hub_id} in the cache of earlier downloads"))
    try:
        folder = snapshot_download(
            hub_id, local_files_only=True, allow_patterns=list(WANTED), ignore_patterns=list(UNWANTED)
        )
        if (Path(folder) / "config.json").exists() and any(Path(folder).glob("*.safetensors")):
            return Path(folder)
    except (LocalEntryNotFoundError, OSError):
        pass
    files = _ask_hub(hub_id, report)
    return _fetch(hub_id, files, report)


def _ask_hub(hub_id: str, report: ProgressCallback) -> dict[str, int]:
    """Name and size in bytes of each file the model needs."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    endpoint = os.environ.get("HF_ENDPOINT", constants.ENDPOINT)
    if constants.HF_HUB_OFFLINE or _unreachable_until.get(endpoint, 0) > time.monotonic():
        raise _unreachable(hub_id)
    report(Progress(0.02, f"Asking the hub for {hub_id}"))
    try:
        info = _within_deadline(
            lambda: HfApi(endpoint=endpoint).model_info(
                hub_id, files_metadata=True, timeout=DEADLINE_SECONDS / 2, token=False
            )
        )
    except (RepositoryNotFoundError, GatedRepoError) as error:
        raise UnknownModelError(
            f"The hub has no open model “{hub_id}”: it does not exist, or is private or gated. "
            "Check the spelling, or download it yourself and name its folder."
        ) from error
    except HfHubHTTPError as error:
        raise UnreachableModelError(
            f"The hub answered with an error for “{hub_id}”. Try again later, or choose an offline model."
        ) from error
    except Exception as error:
        _unreachable_until[endpoint] = time.monotonic() + REMEMBER_SECONDS
        raise _unreachable(hub_id) from error
    files = {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or []}
    wanted = {
        name: size
        for name, size in files.items()
        if "/" not in name and any(Path(name).match(pattern) for pattern in WANTED)
    }
    if "config.json" not in wanted:
        raise NotAModelError(f"The hub's “{hub_id}” has no config.json, so it is no transformers model.")
    if not any(name.endswith(".safetensors") for name in wanted):
        raise PickledWeightsError(
            f"The hub's “{hub_id}” has no weights as safetensors, and pickles can run any code when opened. "
            "Choose a model that has them."
        )
    return wanted


def _fetch(hub_id: str, files: dict[str, int], report: ProgressCallback) -> Path:
    from huggingface_hub import hf_hub_download

    total = max(sum(files.values()), 1)
    done = 0
    folder: Path | None = None
    tell = Telling(report)

    class Bar(_ReportingBar):
        on_bytes = staticmethod(
            lambda count: tell(
                Progress(
                    0.05 + 0.95 * min((done + count) / total, 1.0),
                    f"Downloading {hub_id}: {(done + count) / 1e6:,.0f} of {total / 1e6:,.0f} MB",
                )
            )
        )

    for name, size in sorted(files.items(), key=lambda item: item[1]):
        try:
            folder = Path(hf_hub_download(hub_id, name, token=False, tqdm_class=Bar)).parent
        except Exception as error:
            if error is tell.raised:
                raise
            raise UnreachableModelError(
                f"The download of “{hub_id}” broke off at {name}. What has arrived is kept: try again."
            ) from error
        done += size
    if folder is None:
        raise NotAModelError(f"The hub's “{hub_id}” has no files to download.")
    return folder


class _ReportingBar(tqdm):  # type: ignore[misc]
    """A tqdm bar that draws nothing and tells its count of bytes to ``on_bytes``."""

    on_bytes: Callable[[int], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("name", None)
        super().__init__(*args, **kwargs)
        self.disable = False

    def display(self, *_: Any, **__: Any) -> bool:
        self.on_bytes(int(self.n))
        return True


def _within_deadline(ask: Callable[[], Answer]) -> Answer:
    """The answer, or TimeoutError after the deadline, even if a name server never answers."""
    outcome: list[Answer] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(ask())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    if failure:
        raise failure[0]
    if not outcome:
        raise TimeoutError(f"no answer within {DEADLINE_SECONDS:.0f} seconds")
    return outcome[0]


def _unreachable(hub_id: str) -> UnreachableModelError:
    return UnreachableModelError(
        f"“{hub_id}” is a model of the hub, and the hub cannot be reached from here. Choose an offline model, "
        "name a local folder, or connect to the internet and try again in a minute."
    )
