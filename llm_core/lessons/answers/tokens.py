"""Questions about tokens and the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.comparison.words import words_of
from llm_core.heads.captions import listed
from llm_core.lessons.answer import Answer, number_answer
from llm_core.lessons.answers.saying import quoted, whole
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.kinds import Asked, answers
from llm_core.text.tokens import Token


@answers(facts=("words", "characters", "special"))
def token_count(evidence: Evidence, asked: Asked) -> Answer:
    """How many tokens the text is for the model, special ones included."""
    trace = evidence.trace
    count, words, characters = len(trace.tokens), len(words_of(trace.text)), len(trace.text)
    special = sum(token.is_special for token in trace.tokens)
    return number_answer(
        count,
        [
            (words, f"{whole(words)} is the number of words."),
            (count - special, f"{whole(count - special)} leaves out the special tokens."),
            (characters, f"{whole(characters)} is the number of characters."),
            (count + 2, f"{whole(count + 2)} would be two special tokens more."),
            (count + 1, f"{whole(count + 1)} is one too many."),
        ],
        whole,
        because=f"Count the chips: there are {whole(count)}.",
        facts={"words": whole(words), "characters": whole(characters), "special": whole(special)},
    )


@answers(facts=("special", "which", "where"))
def special_tokens(evidence: Evidence, asked: Asked) -> Answer:
    """How many tokens are not part of the text but signs that the model's makers added."""
    tokens = [token for token in evidence.trace.tokens if token.is_special]
    count = len(tokens)
    names = ", ".join(dict.fromkeys(quoted(token) for token in tokens[:6])) or "none"
    return number_answer(
        count,
        [(number, f"The outlined chips are the special ones, not {number}.") for number in (count + 1, 0, 1, 2, 3)],
        whole,
        because=f"Outlined chips: {names}." if count else "No chip is outlined: every token is a piece of the text.",
        facts={"special": whole(count), "which": names, "where": where_specials_stand(evidence.trace.tokens)},
    )


@answers()
def vocabulary_size(evidence: Evidence, asked: Asked) -> Answer:
    """How many different tokens the model knows."""
    known = evidence.known_geometry().vocabulary
    highest = max(token.id for token in evidence.trace.tokens)
    return number_answer(
        known,
        [
            (256, "256 is the number of different bytes, the least that any text can be cut into."),
            (250_000, "250,000 is the vocabulary of Jurassic-1, one of the largest."),
            (len(evidence.trace.tokens), f"{whole(len(evidence.trace.tokens))} is the number of tokens of this text."),
            (1_000_000, "A million is about what the largest dictionaries of English hold."),
        ],
        whole,
        because=f"Ids run from 0 to {whole(known - 1)}; the highest in this text is {whole(highest)}.",
    )


def where_specials_stand(tokens: Sequence[Token]) -> str:
    """Where the special tokens of a text stand, in a sentence."""
    special = [token.is_special for token in tokens]
    if not any(special):
        return "There are none here: this model reads the text as it is."
    inner = [place for place in range(1, len(special) - 1) if special[place]]
    ends = [name for name, at in (("at the beginning", 0), ("at the end", -1)) if special[at]]
    places = [*ends, *(["between them"] if inner and len(ends) == 2 else ["within the text"] if inner else [])]
    return f"Here they stand {listed(places)}." if sum(special) > 1 else f"Here it stands {places[0]}."
