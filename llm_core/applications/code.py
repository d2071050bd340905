"""Program text from a wish in words. What a model writes here is shown and parsed, and never run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.errors import EmptyTextError, SelectionError
from llm_core.generation.conversation import Conversation
from llm_core.generation.step import GenerationStep
from llm_core.text.tokens import VISIBLE_SPACES

LANGUAGES = {"Python": "python", "JavaScript": "javascript", "SQL": "sql", "Shell": "bash", "HTML": "html"}
"""By name, each language as Markdown and highlighters call it."""

FENCE = "```"
"""What opens and closes a block of code."""

LINE_BREAK = VISIBLE_SPACES["\n"]
"""How a line break is written in a token's text."""


@dataclass(frozen=True)
class CodeLine:
    """A line of a program; empty lines after it belong to it, as they do to the token that breaks it.

    Attributes:
        number: Its place in the program, from 1, empty lines counted.
        start: Its first token.
        end: One past its last token.
        probability: Geometric mean of the probabilities the model gave its tokens, from 0 to 1.
        is_blank: True if there is nothing but white space in it.
    """

    number: int
    start: int
    end: int
    probability: float
    is_blank: bool


def coding(wish: str, language: str) -> Conversation:
    """A wish as a model tuned to chat is asked for code; its answer begins inside a block of that language.

    Raises:
        EmptyTextError: There is no wish.
        SelectionError: There is no such language.
    """
    if language not in LANGUAGES:
        raise SelectionError(f"Expected a language among {', '.join(LANGUAGES)}, got {language!r}.")
    if not wish.strip():
        raise EmptyTextError("Expected a wish in words, got none. Type what the code should do.")
    return Conversation(
        f"Write {language} code for this task: {wish.strip()}",
        answer_begins=f"{FENCE}{LANGUAGES[language]}\n",
    )


def block_length(pieces: Sequence[str]) -> int:
    """How many of the pieces an answer is written in come before the one that closes its block of code."""
    written = ""
    for count, piece in enumerate(pieces):
        written += piece
        if FENCE in written:
            return count
    return len(pieces)


def code_of(text: str) -> str:
    """The code of an answer that begins inside a block: all of it, or what stands before the block is closed."""
    return text.split(FENCE, 1)[0].rstrip()


def python_fault(code: str) -> str | None:
    """Where a text is no Python, in words; None if it parses. Parsing builds a tree and runs nothing."""
    try:
        with warnings.catch_warnings():
            # Code that is valid but odd, such as an unknown escape, is no fault.
            warnings.simplefilter("ignore")
            ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
    except (ValueError, RecursionError, MemoryError):
        return "it cannot be parsed"
    return None


def lines_of(steps: Sequence[GenerationStep]) -> tuple[CodeLine, ...]:
    """The lines that tokens make: a line ends with the token that holds its line break."""
    lines, start, number, breaks = [], 0, 1, 0
    for place, step in enumerate(steps):
        breaks += step.token.text.count(LINE_BREAK)
        if LINE_BREAK in step.token.text or place == len(steps) - 1:
            chosen = [max(one.probability, 1e-12) for one in steps[start : place + 1]]
            text = "".join(one.token.text for one in steps[start : place + 1] if not one.token.is_special)
            is_blank = not text.strip("".join(VISIBLE_SPACES.values()))
            lines.append(CodeLine(number, start, place + 1, float(np.exp(np.log(chosen).mean())), is_blank))
            start, number = place + 1, breaks + 1
    return tuple(lines)
