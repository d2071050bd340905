"""What is said of an answer: what it is, where it comes from, and how much it is to be doubted."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from llm_core.applications.copied_answers import SILENT, CopiedAnswer
from llm_core.applications.documents import Passage
from llm_core.applications.support import unsupported_words
from llm_core.numbers import counted, percent
from pages.shared.applications.work import DECODER
from pages.shared.asking import ask, task
from pages.shared.literal import literal


def sentence_headline(sentence: str, passage: Passage, *, answered: bool) -> str:
    """The sentence that is nearest to the question, as such, with its passage.

    Args:
        sentence: The sentence.
        passage: Where it stands.
        answered: True if the passages are relevant enough.
    """
    where = f"“{literal(passage.document)}”, passage {passage.number + 1}"
    doubt = "" if answered else " The documents are most likely silent on this."
    return f"The sentence nearest to the question: “{literal(sentence)}” It stands in {where}.{doubt}"


def likeliest_words(copied: CopiedAnswer) -> str:
    """Which words of the sentence the decoder finds the likeliest answer, or that it finds silence likelier.

    Words that only repeat the question are no answer, however likely they are.
    """
    words, share = f"“{literal(copied.text)}”", percent(exp(copied.best.log_probability))
    silent = percent(exp(float(copied.silence[copied.best.passage])))
    if not copied.said:
        return (
            f"{DECODER} names no words of it: “{SILENT}” has {silent}, the likeliest of its words that do not only "
            f"repeat the question, {words}, {share}. Read the sentence."
        )
    return (
        f"Of its words that do not only repeat the question {DECODER} finds {words} the likeliest answer, with "
        f"{share}; “{SILENT}” has {silent}. Such a choice of words is often wrong: read the sentence."
    )


def written_headline(answer: str, passages: Sequence[str], *, answered: bool) -> str:
    """A freely written answer with how far the passages bear it out."""
    unsupported = unsupported_words(answer, passages)
    silent = "" if answered else " The documents are most likely silent on this."
    if unsupported:
        are = "is" if len(unsupported) == 1 else "are"
        return (
            f"Not borne out: {counted(len(unsupported), 'word')} of what {DECODER} writes {are} in no passage that was "
            f"read.{silent}"
        )
    return f"“{literal(answer)}” writes {DECODER}, in words of the passages, which does not make it true.{silent}"


def in_no_passage(answer: str, passages: Sequence[str], called: str = "passage that was read") -> str:
    """The answer with the words that no passage holds marked, as Markdown.

    Args:
        answer: What a model wrote.
        passages: What it had to keep to.
        called: What one of these is called.
    """
    unsupported = unsupported_words(answer, passages)
    if not unsupported and not ask(task("applications.shared_words:content_words", answer)):
        return "There is no word with content in it that could be looked for."
    if not unsupported:
        return f"Every word with content stands in a {called}, which does not make it true."
    parts, end = [], 0
    for start, stop in unsupported:
        parts += [literal(answer[end:start]), f":orange-background[{literal(answer[start:stop])}]"]
        end = stop
    marked = "".join([*parts, literal(answer[end:])]).replace("\n", " ")
    return f"Marked words stand in no {called}: {marked}"
