# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""From marked words to a sentence: elision, contraction, capital letter, and the word alignment.

Words that translate each other carry the same private-use character behind them ("black\\ue003",
"noir\\ue003"). Everything here works on such marked text; :func:`finish` takes the marks off and
returns where they were.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

FIRST_MARK = 0xE000
_MARK = "[\ue000-\uf8ff]"
_SILENT_H = (
    "h(?!ibou|éros|aricot|amster|amburger|aut|érisson|uit|arpe|ache|omard|onte|ors|ier |oll|all|asard|andicap|ockey)"
)
_VOWEL = f"(?:[aàâeéèêëiîïoôuùûœæAÀÂEÉÈÊIÎOÔUŒ]|y |{_SILENT_H}|{_SILENT_H.replace('h(', 'H(', 1)})"
_ELISION = re.compile(
    rf"(?<![\w'’-])([ldjnmts][ea]|qu[e]|[Ll]orsque|[Pp]uisque|[LDJNMTS][ea]|Que)({_MARK}?) (?={_VOWEL})"
)
_ELIDES = {"le", "la", "de", "je", "ne", "me", "te", "se", "que", "lorsque", "puisque"}
_CONTRACTIONS = (("à le", "au"), ("à les", "aux"), ("de le", "du"), ("de les", "des"), ("À le", "Au"), ("À les", "Aux"))


@dataclass(frozen=True)
class SentencePair:
    """An English sentence, its French translation, and which words are each other's translation.

    ``links`` holds (English start, English end, French start, French end) in characters.
    """

    english: str
    french: str
    links: tuple[tuple[int, int, int, int], ...] = ()
    kind: str = "clause"


class Marker:
    """Hands out one mark for each pair of words that translate each other."""

    def __init__(self) -> None:
        self._numbers = itertools.count(FIRST_MARK)

    def __call__(self) -> str:
        """A mark not handed out before."""
        return chr(next(self._numbers))


def marked(text: str, mark: str) -> str:
    """Put a mark behind the last word of a text (a compound is marked at its head by the caller)."""
    return text + mark if text else text


def _elide(match: re.Match[str]) -> str:
    word, mark = match.group(1), match.group(2)
    if word.lower() not in _ELIDES:
        return match.group(0)
    return f"{word[:-1]}'{mark}"


def _join_french(text: str) -> str:
    for apart, joined in _CONTRACTIONS:
        text = re.sub(rf"(?<![\w'-]){apart}(?={_MARK}? )(?!{_MARK}? {_VOWEL})" if apart.endswith("e") else rf"(?<![\w'-]){apart}(?={_MARK}? )",
                      joined, text)  # fmt: skip
    text = _ELISION.sub(_elide, text)
    return re.sub(r"\b([Ss])i (?=ils?\b)", r"\1'", text)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([.,])", r"\1", text)
    for index, character in enumerate(text):
        if character.isalpha():
            return text[:index] + character.upper() + text[index + 1 :]
    return text


def _spans(text: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """Text without marks, and for each mark the characters of the word it stood behind."""
    plain: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    for character in text:
        if FIRST_MARK <= ord(character) <= 0xF8FF:
            end = len(plain)
            start = end
            while start > 0 and (plain[start - 1].isalnum() or plain[start - 1] == "-" or start == end):
                start -= 1
            spans.setdefault(character, (start, end))
        else:
            plain.append(character)
    return "".join(plain), spans


def finish(english: str, french: str, kind: str = "clause") -> SentencePair:
    """Turn marked English and French into a finished pair with its alignment."""
    english_text, english_spans = _spans(re.sub(r" +([?!])", r"\1", _tidy(english)))
    french_text, french_spans = _spans(_tidy(_join_french(re.sub(r"\s+", " ", french))))
    links = tuple((*english_spans[mark], *french_spans[mark]) for mark in english_spans if mark in french_spans)
    return SentencePair(english_text, french_text, links, kind)
