"""The hand-written bilingual lexicon: nouns, adjectives and verbs with the classes that say what goes with what."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from training.paths import read_table


@dataclass(frozen=True)
class Noun:
    """A noun: ``gender`` 'm' or 'f'; ``count`` is 'count', 'mass' or 'plural' (English only, as trousers)."""

    english: str
    french: str
    gender: str
    count: str
    classes: frozenset[str]
    french_plural_only: bool = False


@dataclass(frozen=True)
class Adjective:
    """An adjective: ``position`` is 'before' or 'after' the French noun."""

    english: str
    french: str
    position: str
    invariable: bool
    classes: frozenset[str]


@dataclass(frozen=True)
class Verb:
    """A verb with the classes of its objects and subjects; ``frame`` says what follows it."""

    english: str
    french: str
    objects: tuple[str, ...]
    subjects: frozenset[str]
    frame: str
    state: bool


# Which adjective classes fit a noun, by the noun's first fitting class.
_ADJECTIVES_OF = (
    ("person", ("person", "any_person")), ("animal", ("animal", "color", "any")), ("food", ("food", "any_few")),
    ("drink", ("drink",)), ("clothes", ("clothes", "color", "thing", "any")),
    ("vehicle", ("vehicle", "color", "thing", "any")), ("body", ("body",)),
    ("building", ("place", "color", "any")), ("roomlike", ("place", "any")), ("destination", ("place", "any")),
    ("task", ("abstract",)), ("watchable", ("abstract", "any")), ("listenable", ("abstract", "any")),
    ("readable", ("abstract", "color", "any", "thing")), ("abstract", ("abstract",)), ("emotion", ()),
    ("nature", ("any",)), ("instrument", ("thing", "any")), ("object", ("thing", "color", "any")),
    ("furniture", ("thing", "color", "any")), ("surface", ("any", "color")),
)  # fmt: skip
#: Words that learners meet first; they are drawn more often.
COMMON = frozenset(
    [
        "cat",
        "dog",
        "horse",
        "bird",
        "cow",
        "fish",
        "rabbit",
        "mouse",
        "house",
        "car",
        "book",
        "table",
        "chair",
        "bed",
        "garden",
        "school",
        "kitchen",
        "man",
        "woman",
        "boy",
        "girl",
        "child",
        "teacher",
        "student",
        "friend",
        "mother",
        "father",
        "brother",
        "sister",
        "apple",
        "bread",
        "cheese",
        "cake",
        "water",
        "milk",
        "coffee",
        "tea",
        "tree",
        "flower",
        "letter",
        "newspaper",
        "door",
        "window",
        "box",
        "bag",
        "phone",
        "key",
        "hat",
        "shirt",
        "dress",
        "coat",
        "shoe",
        "train",
        "bus",
        "bike",
        "park",
        "street",
        "river",
        "station",
        "market",
        "beach",
        "city",
        "question",
        "story",
        "film",
        "song",
        "doctor",
        "king",
        "king",
        "farmer",
        "lesson",
        "homework",
        "computer",
        "ball",
        "umbrella",
        "bedroom",
        "sun",
        "moon",
        "black",
        "white",
        "red",
        "blue",
        "green",
        "yellow",
        "small",
        "big",
        "little",
        "old",
        "young",
        "new",
        "beautiful",
        "good",
        "happy",
        "sad",
        "tired",
        "hungry",
        "long",
        "tall",
        "cold",
        "hot",
        "interesting",
        "difficult",
        "easy",
        "eat",
        "drink",
        "read",
        "see",
        "buy",
        "like",
        "love",
        "want",
        "have",
        "write",
        "find",
        "look",
        "take",
        "give",
        "make",
        "sit",
        "sleep",
        "run",
        "go",
        "play",
        "live",
        "speak",
        "know",
        "watch",
        "wait",
        "be",
        "walk",
        "open",
        "close",
        "work",
        "wear",
    ]
)
_ANY_PERSON = {"good", "old", "beautiful", "little", "pretty", "nice", "bad", "strange", "new"}


class Lexicon:
    """All words, and random choice among those of a class."""

    def __init__(self) -> None:
        self.nouns = tuple(
            Noun(r["english"], r["french"], r["gender"][0], r["count"], frozenset(r["classes"].split(",")),
                 r["gender"].endswith("p"))
            for r in read_table("nouns.tsv")
        )  # fmt: skip
        self.adjectives = tuple(
            Adjective(r["english"], r["french"], r["position"], r["invariable"] != "-",
                      frozenset(r["classes"].split(",")))
            for r in read_table("adjectives.tsv")
        )  # fmt: skip
        self.verbs = tuple(
            Verb(r["english"], r["french"], tuple(c for c in r["objects"].split(",") if c != "-"),
                 frozenset(r["subjects"].split(",")), r["frame"].partition("+")[0], r["frame"].endswith("+state"))
            for r in read_table("verbs.tsv")
        )  # fmt: skip
        self.weighted_verbs = tuple(v for v in self.verbs for _ in range(3 if v.english.split()[0] in COMMON else 1))
        by_class: dict[str, list[Noun]] = defaultdict(list)
        for noun in self.nouns:
            for name in noun.classes:
                by_class[name].extend([noun] * (4 if noun.english in COMMON else 1))
        self._nouns_of = dict(by_class)
        self._adjectives_for: dict[Noun, tuple[Adjective, ...]] = {}

    def noun(self, rng: random.Random, *classes: str) -> Noun:
        """A random noun of a random one of these classes."""
        name = rng.choice(classes)
        if name not in self._nouns_of:
            raise ValueError(f"no noun has the class {name!r}; classes: {', '.join(sorted(self._nouns_of))}")
        return rng.choice(self._nouns_of[name])

    def adjectives_for(self, noun: Noun) -> tuple[Adjective, ...]:
        """The adjectives that make sense with a noun (possibly none)."""
        if noun not in self._adjectives_for:
            names = next((names for name, names in _ADJECTIVES_OF if name in noun.classes), ("any",))
            if noun.count == "mass" and not noun.classes & {"food", "drink"}:
                names = ()
            self._adjectives_for[noun] = tuple(
                a for a in self.adjectives for _ in range(3 if a.english in COMMON else 1)
                if a.classes & set(names)
                or ("any_person" in names and a.english in _ANY_PERSON and "any" in a.classes)
                or ("any_few" in names and a.english in {"big", "small", "good", "bad"} and noun.count == "count"
                    and "any" in a.classes)
            )  # fmt: skip
        return self._adjectives_for[noun]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The project's lexicon, read once."""
    return Lexicon()
