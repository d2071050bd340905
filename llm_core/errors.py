"""Everything a user can cause, as one hierarchy of exceptions.

Each message is a sentence that says what was expected, what came and what to do next, so a page
can show ``str(error)`` as it is::

    LlmCoreError
    ├── TextError
    │   ├── EmptyTextError          nothing is left of the text after tokenization
    │   ├── TextTooLongError        more tokens than the model can take
    │   └── InvalidTextError        not a string, or not valid Unicode
    ├── SelectionError              a stack, layer, head or query that the trace does not have
    ├── OutOfMemoryError            the work needs more memory than there is
    ├── BrokenDataError             a data file of the app that cannot be read
    ├── NotAskableError             a lesson's question has no one answer for this text or model
    ├── EngineError             what does the work cannot do it, whatever the work is
    │   ├── SettingError        a setting of the server that is not one of those there are
    │   ├── WorkerLostError     two workers in a row ended while they worked on a task
    │   ├── QueueFullError      more tasks wait than are let wait
    │   └── NoClusterError      the cluster that should work cannot be reached
    └── ModelError
        ├── UnknownModelError       no such catalog name, hub id, folder or file
        ├── UnreachableModelError   the hub cannot be reached and the model is not in its cache
        ├── NotAModelError          the folder or file holds no model that can be read
        │   └── BrokenGgufError     a .gguf file that is torn, or no GGUF file at all
        ├── UnsafeModelError        opening it would mean running somebody else's code
        │   ├── PickledWeightsError its only weights are pickles
        │   └── CustomCodeError     it cannot be built without its own Python code
        └── UnsupportedModelError   it runs, but what was asked of it cannot be shown faithfully
            └── LeftOutError        some of its weights would be used by nothing
"""

from __future__ import annotations

import re


class LlmCoreError(Exception):
    """Base of every error that a user of ``llm_core`` can cause."""


class TextError(LlmCoreError):
    """The text cannot be traced."""


class EmptyTextError(TextError):
    """Nothing is left of the text after tokenization."""


class TextTooLongError(TextError):
    """The text has more tokens than the model can take.

    Attributes:
        tokens: How many tokens the text has, or at least has when it is far over the limit.
        limit: How many tokens the model can take.
    """

    def __init__(self, message: str, *, tokens: int, limit: int) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.limit = limit

    def __reduce__(self) -> tuple[object, ...]:
        return (_text_too_long, (str(self), self.tokens, self.limit))


def _text_too_long(message: str, tokens: int, limit: int) -> TextTooLongError:
    return TextTooLongError(message, tokens=tokens, limit=limit)


class InvalidTextError(TextError):
    """The text is not a string, or not valid Unicode."""


class SelectionError(LlmCoreError):
    """A stack, layer, head or query row was asked for that does not exist."""


class BrokenDataError(LlmCoreError):
    """A data file of the app is not as it has to be; the message names the line."""


class NotAskableError(LlmCoreError):
    """A lesson's question has no one right answer for this text or model; the message says why."""


class OutOfMemoryError(LlmCoreError):
    """The work needs more memory than there is."""


class EngineError(LlmCoreError):
    """What does the work cannot do it, whatever the work is."""


class SettingError(EngineError):
    """A setting of the server is not one of those there are."""


class WorkerLostError(EngineError):
    """A worker ended while it worked on a task, and so did the next one."""

    def __init__(
        self,
        message: str = "The process that worked on this ended twice, perhaps for want of memory. All else goes on. "
        "Try again, or take a shorter text or a smaller model.",
    ) -> None:
        super().__init__(message)


class QueueFullError(EngineError):
    """More tasks wait than are let wait."""

    def __init__(
        self, message: str = "Too many others are waiting just now, so that this was not begun. Try again in a minute."
    ) -> None:
        super().__init__(message)


class NoClusterError(EngineError):
    """The cluster that should do the work cannot be reached."""


class ModelError(LlmCoreError):
    """The model cannot be used."""


class UnknownModelError(ModelError):
    """No catalog name, hub id, local folder or file matches the given name."""


class UnreachableModelError(ModelError):
    """The hub cannot be reached, and the model is not in the hub's local cache."""


class NotAModelError(ModelError):
    """The folder or file holds no model that can be read."""


class BrokenGgufError(NotAModelError):
    """The file is no GGUF file, or is torn."""


class UnsafeModelError(ModelError):
    """Opening the model would mean running code that came with it."""


class PickledWeightsError(UnsafeModelError):
    """The only weights are pickles, and unpickling runs arbitrary code."""


class CustomCodeError(UnsafeModelError):
    """The model cannot be built without Python code of its own."""


class UnsupportedModelError(ModelError):
    """The model runs, but its attention, or another part asked for, cannot be shown faithfully."""


class LeftOutError(UnsupportedModelError):
    """Some of the weights have no place in what would run, so that it is not the model that was trained."""


def shortened(name: object) -> str:
    """A name in quotation marks, as much of it as fits a sentence."""
    text = str(name)
    return f"“{text if len(text) <= 80 else text[:77] + '…'}”"


_PACKAGE = re.compile(r"(?:need to install|requires the|pip install(?: -U)?) ([A-Za-z][\w.-]*)")


def missing_package(error: BaseException) -> str | None:
    """A sentence on the Python package that an error of the library asks for, or None if it asks for none."""
    if not isinstance(error, ImportError):
        return None
    found = _PACKAGE.search(" ".join(str(error).split()))
    package = error.name or (found[1] if found else None)
    if package is None:
        return f"It needs a Python package that is not installed here: {first_line(error)}"
    return (
        f"It needs the Python package {package}, which is not installed here. "
        f"Install it (pip install {package}), start again, and load the model once more."
    )


def first_line(error: BaseException) -> str:
    """What went wrong in one line, for errors of other libraries."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # A line that ends with a colon announces what the next one says.
    announced = next((place for place, line in enumerate(lines) if not line.endswith(":")), len(lines) - 1)
    text = " ".join(lines[: announced + 1]) or type(error).__name__
    if isinstance(error, KeyError | ArithmeticError):
        text = f"{type(error).__name__}: {text}"
    text = text if len(text) <= 200 else text[:197] + "…"
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def memory_error(error: BaseException) -> OutOfMemoryError | None:
    """The error as a sentence if it is one of memory, or None: torch says so in words only."""
    if isinstance(error, OutOfMemoryError):
        return error
    if (
        isinstance(error, MemoryError)
        or "allocate memory" in str(error)
        or "unable to mmap" in str(error)
        or "out of memory" in str(error).lower()
    ):
        return OutOfMemoryError(
            "This needs more memory than there is here, so it was ended, and nothing else was touched. "
            "Take a shorter text or a smaller model."
        )
    return None
