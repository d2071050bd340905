"""What a head can be for: roles told by which keys it looks at, each with its source.

A role names, for every query, the keys that a head with this role would look at. The keys of a query are
only those that it may see: in a decoder "the token after" never exists, and a window closes the first token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Int32, Int64

from llm_core.shapes import Mask, Stack
from llm_core.text.tokens import Token

RoleName: TypeAlias = Literal[
    "previous token",
    "next token",
    "first token",
    "same token",
    "duplicate token",
    "induction",
    "separator",
    "broad",
    "alignment",
]

SELF: tuple[Stack, ...] = ("encoder", "decoder")
EVERY: tuple[Stack, ...] = ("encoder", "decoder", "cross")


@dataclass(frozen=True)
class Role:
    """Something a head can be for.

    Attributes:
        name: A few words.
        meaning: What a head with this role does, as the rest of a sentence that begins with "Each token".
        source: Where it was described.
        stacks: Where it can be found.
    """

    name: RoleName
    meaning: str
    source: str
    stacks: tuple[Stack, ...]


CLARK = "Clark et al. 2019, What does BERT look at?, section 3"
VOITA = "Voita et al. 2019, Analyzing multi-head self-attention, section 5.2"

ROLES: Mapping[RoleName, Role] = {
    role.name: role
    for role in (
        Role("previous token", "looks at the token before it", f"{CLARK}; {VOITA}", SELF),
        Role("next token", "looks at the token after it", f"{CLARK}; {VOITA}", SELF),
        Role(
            "first token",
            "looks at the first token, where attention rests that is not needed elsewhere",
            "Xiao et al. 2023, Efficient streaming language models with attention sinks",
            EVERY,
        ),
        Role("same token", "looks at itself", CLARK, SELF),
        Role(
            "duplicate token",
            "looks at other occurrences of the same token",
            "Wang et al. 2022, Interpretability in the wild (duplicate token heads)",
            SELF,
        ),
        Role(
            "induction",
            "looks at the token that followed another occurrence of the same token, to copy it",
            "Olsson et al. 2022, In-context learning and induction heads (prefix matching)",
            SELF,
        ),
        Role("separator", "looks at separators and punctuation", CLARK, EVERY),
        Role("broad", "spreads its attention over many tokens", f"{CLARK} (entropy)", EVERY),
        Role(
            "alignment",
            "looks at a word of the source that no other word of the target looks at more",
            "Bahdanau et al. 2015 (soft alignment); Chen et al. 2020, Accurate word alignment induction "
            "(the target word may be the one read or the one written)",
            ("cross",),
        ),
    )
}


def roles_of(stack: Stack) -> tuple[Role, ...]:
    """The roles that heads of a stack can have."""
    return tuple(role for role in ROLES.values() if stack in role.stacks)


@dataclass(frozen=True, eq=False)
class KeyFacts:
    """What the roles need to know about the tokens that are looked at.

    Attributes:
        ids: Vocabulary numbers; each special token has a negative one of its own, since it repeats nothing.
        special: True for tokens that are not text.
        separator: True for separators and punctuation, see :func:`is_separator`; the first token is none.
        first: Position of the first token that is no padding.
    """

    ids: Int64[np.ndarray, " key"]
    special: Bool[np.ndarray, " key"]
    separator: Bool[np.ndarray, " key"]
    first: int


def key_facts(tokens: Sequence[Token]) -> KeyFacts:
    """Facts about a sequence of tokens."""
    special = np.array([token.is_special for token in tokens], bool)
    ids = np.array([token.id for token in tokens], np.int64)
    first = next((place for place, token in enumerate(tokens) if not token.is_padding), 0)
    separator = np.array([is_separator(token) for token in tokens], bool)
    separator[first] = False
    return KeyFacts(np.where(special, -1 - np.arange(len(ids)), ids), special, separator, first)


_STANDS_FOR_TEXT = re.compile("mask|unk|extra_id", re.IGNORECASE)


def is_separator(token: Token) -> bool:
    """True for punctuation, line breaks and special tokens, except padding and those that stand for a word."""
    if token.is_special:
        return not token.is_padding and not _STANDS_FOR_TEXT.search(token.raw)
    return all(character == "↵" or unicodedata.category(character).startswith("P") for character in token.text)


KeysOfRole: TypeAlias = Callable[[Int32[np.ndarray, " query"], KeyFacts], Mask]


def _at_distance(distance: int) -> KeysOfRole:
    def keys_of(queries: np.ndarray, facts: KeyFacts) -> Mask:
        keys = np.zeros((len(queries), len(facts.ids)), bool)
        places = queries + distance
        exists = (places >= 0) & (places < len(facts.ids))
        keys[np.flatnonzero(exists), places[exists]] = True
        return keys

    return keys_of


def _first(queries: np.ndarray, facts: KeyFacts) -> Mask:
    keys = np.zeros((len(queries), len(facts.ids)), bool)
    keys[:, facts.first] = True
    return keys


def _separators(queries: np.ndarray, facts: KeyFacts) -> Mask:
    return np.broadcast_to(facts.separator, (len(queries), len(facts.ids)))


def _first_of_the_others(queries: np.ndarray, facts: KeyFacts) -> Mask:
    return _first(queries, facts) & _others(queries, facts)


def _separators_of_the_others(queries: np.ndarray, facts: KeyFacts) -> Mask:
    return _separators(queries, facts) & _others(queries, facts)


def _duplicates(queries: np.ndarray, facts: KeyFacts) -> Mask:
    return (facts.ids[queries][:, None] == facts.ids) & _others(queries, facts)


def _after_duplicates(queries: np.ndarray, facts: KeyFacts) -> Mask:
    before = np.concatenate([[np.iinfo(np.int64).min], facts.ids[:-1]])
    after_another = (facts.ids[queries][:, None] == before) & ~facts.special & ~_next(queries, facts)
    return after_another & _others(queries, facts)


def _others(queries: np.ndarray, facts: KeyFacts) -> Mask:
    return ~_itself(queries, facts)


_itself, _next = _at_distance(0), _at_distance(1)


SELF_KEYS: Mapping[RoleName, KeysOfRole] = {
    "previous token": _at_distance(-1),
    "next token": _next,
    "first token": _first_of_the_others,
    "same token": _itself,
    "duplicate token": _duplicates,
    "induction": _after_duplicates,
    "separator": _separators_of_the_others,
}
"""The keys of each role in self-attention, before the layer's own mask is applied."""

CROSS_KEYS: Mapping[RoleName, KeysOfRole] = {"first token": _first, "separator": _separators}
"""The same in cross-attention, where queries and keys are different tokens."""
