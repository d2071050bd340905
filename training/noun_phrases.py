# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Noun phrases and pronouns in both languages at once, with the marks that align their words."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.inflection import english_plural, french_adjective, french_plural
from training.lexicon import Adjective, Noun
from training.surface import Marker

NUMBERS = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit", 9: "neuf", 10: "dix",
           11: "onze", 12: "douze", 15: "quinze", 20: "vingt", 100: "cent"}  # fmt: skip


ENGLISH_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
                   10: "ten", 11: "eleven", 12: "twelve", 15: "fifteen", 20: "twenty", 100: "a hundred"}  # fmt: skip


ENGLISH_POSSESSIVE = {1: "my", 2: "your", 3: "his", 4: "our", 5: "your", 6: "their"}


FRENCH_POSSESSIVE = {1: ("mon", "ma", "mes"), 2: ("ton", "ta", "tes"), 3: ("son", "sa", "ses"),
                     4: ("notre", "notre", "nos"), 5: ("votre", "votre", "vos"), 6: ("leur", "leur", "leurs")}  # fmt: skip


_VOWELS = "aàâeéèêiîoôuùûœAEÉIOU"


_ASPIRATED = ("hibou", "héros", "haricot", "hamster", "hamburger", "haut", "hérisson", "huit", "harpe")


_BEFORE_VOWEL = {"beau": "bel", "vieux": "vieil", "nouveau": "nouvel", "ce": "cet"}


def starts_with_vowel(word: str) -> bool:
    """Whether a French word begins with a vowel sound (a silent h counts)."""
    return word[0] in _VOWELS or (word[0] in "hH" and not word.lower().startswith(_ASPIRATED))


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase; ``determiner`` is the, a, some, this, that, generic, number, many, no, each or a possessive.

    ``possessor`` is the French person (1..6) of a possessive; ``possessor_feminine`` chooses her over his.
    """

    noun: Noun
    marker: Marker
    determiner: str = "the"
    plural: bool = False
    adjectives: tuple[Adjective, ...] = ()
    possessor: int = 1
    possessor_feminine: bool = False
    number: int = 2
    _marks: dict[str, str] = field(default_factory=dict)

    @property
    def french_is_plural(self) -> bool:
        """Whether French agrees with it in the plural."""
        return self.plural or self.noun.french_plural_only

    @property
    def english_is_plural(self) -> bool:
        """Whether an English verb agrees with it in the plural."""
        return self.plural or self.noun.count == "plural"

    @property
    def person(self) -> int:
        """The French person (3 or 6) of a verb that has this subject."""
        return 6 if self.french_is_plural else 3

    @property
    def gender(self) -> str:
        """French gender: 'm' or 'f'."""
        return self.noun.gender

    def _mark(self, word: str) -> str:
        return self._marks.setdefault(word, self.marker())

    def english(self) -> str:
        """The marked English noun phrase."""
        noun = english_plural(self.noun.english) if self.plural and self.noun.count == "count" else self.noun.english
        words = [a.english + self._mark(a.english) for a in self.adjectives] + [noun + self._mark("noun")]
        first = words[0].lower()
        determiner = self.determiner
        if determiner == "a":
            article = (
                "an"
                if (first[0] in "aeiou" and not first.startswith(("uni", "use", "eu"))) or first.startswith("honest")
                else "a"
            )
            if self.english_is_plural or self.noun.count == "mass":
                article = "some"
            words.insert(0, article + self._mark("determiner"))
        elif determiner == "possessive":
            word = ENGLISH_POSSESSIVE[self.possessor]
            if self.possessor == 3 and self.possessor_feminine:
                word = "her"
            words.insert(0, word + self._mark("determiner"))
        elif determiner == "number":
            words.insert(0, ENGLISH_NUMBERS[self.number] + self._mark("determiner"))
        elif determiner in {"this", "that"}:
            word = {"this": "these", "that": "those"}[determiner] if self.english_is_plural else determiner
            words.insert(0, word + self._mark("determiner"))
        elif determiner == "many":
            words.insert(0, "many" + self._mark("determiner"))
        elif determiner != "generic" and determiner != "bare":
            words.insert(0, determiner + self._mark("determiner"))
        return " ".join(words)

    @property
    def takes_bare_de(self) -> bool:
        """Whether "de" swallows its article: besoin de pain, besoin de chaises."""
        return self.determiner in {"a", "some", "bare"} and (self.french_is_plural or self.noun.count == "mass")

    def french_words(self) -> list[str]:
        """Adjectives and noun in French order, marked, without a determiner."""
        plural, gender = self.french_is_plural, self.noun.gender
        noun = self.noun.french
        if self.plural and not self.noun.french_plural_only:
            noun = french_plural(noun)
        head, space, rest = noun.partition(" ")
        after = [a for a in self.adjectives if a.position == "after"]
        words = [head + self._mark("noun") + space + rest]
        for adjective in after:
            words.append(self._french_adjective(adjective, gender, plural, ""))
        for adjective in reversed([a for a in self.adjectives if a.position == "before"]):
            words.insert(0, self._french_adjective(adjective, gender, plural, words[0]))
        return words

    def _french_adjective(self, adjective: Adjective, gender: str, plural: bool, following: str) -> str:
        if adjective.invariable:
            head, space, rest = adjective.french.rpartition(" ")
            return head + space + rest + self._mark(adjective.english)
        form = french_adjective(adjective.french, gender, plural)
        if following and gender == "m" and not plural and starts_with_vowel(following):
            form = _BEFORE_VOWEL.get(adjective.french, form)
        return form + self._mark(adjective.english)

    def french(self, negated: bool = False) -> str:
        """The marked French noun phrase; under negation an indefinite article becomes "de"."""
        words = self.french_words()
        plural, feminine, vowel = self.french_is_plural, self.noun.gender == "f", starts_with_vowel(words[0])
        mark = self._mark("determiner")
        determiner = self.determiner
        prefix = ""
        mass = self.noun.count == "mass" or determiner == "some"
        if determiner in {"the", "generic"}:
            prefix = "les" if plural else "la" if feminine else "le"
        elif determiner in {"a", "some", "bare"}:
            if negated:
                prefix = "de"
            elif plural:
                prefix = (
                    "de"
                    if self.adjectives
                    and not self.noun.french_plural_only
                    and words[0].split()[0][:-1] != self._plain_noun()
                    else "des"
                )
            elif mass:
                prefix = "de l'" if vowel else "de la" if feminine else "du"
                if vowel:
                    return "de l'" + mark + " ".join(words)
            else:
                prefix = "une" if feminine else "un"
        elif determiner in {"this", "that"}:
            prefix = "ces" if plural else "cette" if feminine else "cet" if vowel else "ce"
        elif determiner == "possessive":
            forms = FRENCH_POSSESSIVE[self.possessor]
            prefix = forms[2] if plural else forms[1] if feminine and not (vowel and self.possessor <= 3) else forms[0]
        elif determiner == "number":
            prefix = NUMBERS[self.number]
        elif determiner == "many":
            return "beaucoup" + mark + " de " + " ".join(words)
        elif determiner == "no":
            prefix = "aucune" if feminine else "aucun"
        elif determiner == "each" or determiner == "every":
            prefix = "chaque"
        return f"{prefix}{mark} " + " ".join(words)

    def _plain_noun(self) -> str:
        return french_plural(self.noun.french).split()[0]


@dataclass(frozen=True)
class Pronoun:
    """A subject pronoun; ``person`` 1..6, ``gender`` of the referent."""

    person: int
    gender: str
    english_word: str
    marker: Marker
    _mark: list[str] = field(default_factory=list)

    @property
    def english_is_plural(self) -> bool:
        """Whether an English verb agrees with it in the plural."""
        return self.person >= 4

    @property
    def french_is_plural(self) -> bool:
        """Whether French agrees with it in the plural."""
        return self.person >= 4

    def _get_mark(self) -> str:
        if not self._mark:
            self._mark.append(self.marker())
        return self._mark[0]

    def english(self) -> str:
        """The marked English word."""
        return self.english_word + self._get_mark()

    def french_word(self) -> str:
        """The French pronoun without its mark."""
        if self.person == 3:
            return "elle" if self.gender == "f" else "il"
        return {1: "je", 2: "tu", 4: "nous", 5: "vous", 6: "elles" if self.gender == "f" else "ils"}[self.person]

    def french(self, negated: bool = False) -> str:  # noqa: ARG002 - as NounPhrase.french
        """The marked French word, the same under negation."""
        return self.french_word() + self._get_mark()


@dataclass(frozen=True)
class Name:
    """A person's first name, the same in both languages."""

    name: str
    gender: str
    marker: Marker
    person: int = 3
    english_is_plural: bool = False
    french_is_plural: bool = False
    _mark: list[str] = field(default_factory=list)

    def english(self) -> str:
        """The marked English word."""
        if not self._mark:
            self._mark.append(self.marker())
        return self.name + self._mark[0]

    def french(self, negated: bool = False) -> str:  # noqa: ARG002 - as NounPhrase.french
        """The marked French word, the same under negation."""
        return self.english()


Subject = NounPhrase | Pronoun | Name
