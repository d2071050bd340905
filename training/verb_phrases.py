# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""One clause in both languages: subject, verb in a tense, negation or question, object, place, time."""

from __future__ import annotations

from dataclasses import dataclass

from training.inflection import english_verb, french_participle, french_verb
from training.lexicon import Verb
from training.noun_phrases import NounPhrase, Pronoun, Subject
from training.surface import Marker

_ETRE_VERBS = {"aller", "venir", "arriver", "partir", "sortir", "rester", "tomber", "entrer", "revenir", "retourner",
               "devenir", "naître", "mourir", "rentrer", "monter", "descendre"}  # fmt: skip
_REFLEXIVE = {1: "me", 2: "te", 3: "se", 4: "nous", 5: "vous", 6: "se"}
_CLITICS = {
    ("him", 3): "le",
    ("her", 3): "la",
    ("it", 3): "le",
    ("them", 6): "les",
    ("me", 1): "me",
    ("you", 2): "te",
    ("us", 4): "nous",
}
CLITIC_OBJECTS = ((3, "m", "him"), (3, "f", "her"), (6, "m", "them"), (1, "m", "me"), (2, "m", "you"), (4, "m", "us"))

#: tense -> English pattern, French tense.  Modals carry (English, French verb, French tense).
MODALS = {
    "can": ("can", "pouvoir", "p"), "must": ("must", "devoir", "p"), "should": ("should", "devoir", "c"),
    "could": ("could", "pouvoir", "c"), "want": ("want to", "vouloir", "p"), "would_like": ("would like to", "vouloir", "c"),
    "have_to": ("have to", "devoir", "p"), "like": ("like to", "aimer", "p"), "going": ("be going to", "aller", "p"),
    "wanted": ("wanted to", "vouloir", "i"), "try": ("try to", "essayer de", "p"), "hope": ("hope to", "espérer", "p"),
    "prefer": ("prefer to", "préférer", "p"), "could_not": ("could", "pouvoir", "i"), "love": ("love to", "adorer", "p"),
}  # fmt: skip


@dataclass
class Clause:
    """Everything a clause is made of; :meth:`english` and :meth:`french` write it."""

    subject: Subject
    verb: Verb
    marker: Marker
    tense: str = "present"
    negation: str = ""  # "", "not", "never", "no longer"
    object: NounPhrase | None = None
    clitic: tuple[int, str, str] | None = None
    question: str = ""  # "", "yes-no", or an English question word
    place: tuple[str, str] = ("", "")
    time: tuple[str, str] = ("", "")
    time_first: bool = False
    adverb: tuple[str, str] = ("", "")  # frequency adverb: before the English verb, after the French one
    contracted: bool = False
    french_question: str = ""

    def __post_init__(self) -> None:
        self._verb_mark = self.marker()
        self._negation_mark = self.marker()

    # English ---------------------------------------------------------------------------------

    def _english_be(self, past: bool = False) -> str:
        if isinstance(self.subject, Pronoun) and self.subject.english_word == "I":
            return "was" if past else "am"
        plural = self.subject.english_is_plural or (isinstance(self.subject, Pronoun) and self.subject.person == 2)
        return ("were" if plural else "was") if past else ("are" if plural else "is")

    @property
    def _third(self) -> bool:
        first_two = isinstance(self.subject, Pronoun) and self.subject.person in (1, 2)
        return not (self.subject.english_is_plural or first_two)

    def _english_verb(self) -> tuple[str, str, str]:
        """(auxiliary or "", word after it, particles) before negation is placed."""
        verb, _, particle = self.verb.english.partition(" ")
        mark = self._verb_mark
        be = verb == "be"
        if self.tense == "progressive":
            return self._english_be(), english_verb(verb, "pr") + mark, particle
        if self.tense == "past_progressive":
            return self._english_be(past=True), english_verb(verb, "pr") + mark, particle
        if self.tense == "perfect":
            return "has" if self._third else "have", english_verb(verb, "pp") + mark, particle
        if self.tense == "future":
            return "will", verb + mark, particle
        if self.tense == "conditional":
            return "would", verb + mark, particle
        if self.tense == "present":
            if be:
                return self._english_be(), "", particle
            if self.negation in {"not"} or self.question:
                return "does" if self._third else "do", verb + mark, particle
            return "", english_verb(verb, "p", self._third) + mark, particle
        if self.tense == "past":
            if be:
                return self._english_be(past=True), "", particle
            if self.negation in {"not"} or self.question:
                return "did", verb + mark, particle
            return "", english_verb(verb, "ps") + mark, particle
        modal = MODALS[self.tense][0]
        first, _, rest = modal.partition(" ")
        tail = f"{rest} {verb}{mark}".strip()
        if first in {"can", "must", "should", "could", "would"}:
            return first, tail, particle
        if first == "be":
            return self._english_be(), tail, particle
        past = first.endswith("ed")
        if self.negation == "not" or self.question:
            return (
                "did" if past else "does" if self._third else "do",
                ("want" if past else first) + " " + tail,
                particle,
            )
        return "", (first if past else english_verb(first, "p", self._third)) + " " + tail, particle

    def english(self) -> str:
        """The marked English clause, without a full stop."""
        auxiliary, verb, particle = self._english_verb()
        negation = {"": "", "not": "not" + self._negation_mark, "never": "never" + self._negation_mark,
                    "no longer": "no longer" + self._negation_mark}[self.negation]  # fmt: skip
        adverb = self.adverb[0]
        subject = self.subject.english()
        if self.negation == "not" and self.contracted and auxiliary not in {"am", ""}:
            auxiliary = {"can": "can't", "will": "won't"}.get(auxiliary, auxiliary + "n't") + self._negation_mark
            negation = ""
        elif self.negation == "not" and auxiliary == "can":
            auxiliary, negation = "cannot" + self._negation_mark, ""
        elif self.contracted and not self.question and not self.negation and isinstance(self.subject, Pronoun):
            short = {"am": "'m", "is": "'s", "are": "'re", "will": "'ll", "would": "'d"}.get(auxiliary, "")
            if short:
                subject, auxiliary = subject + short, ""
        tail = [verb, particle, self.object.english() if self.object else "", self.clitic[2] if self.clitic else ""]
        if particle in {"on", "off"} and self.clitic:
            tail = [verb, tail[3], particle]
        places = [self.place[0], "" if self.time_first else self.time[0]]
        if self.question == "yes-no":
            words = [auxiliary, subject, negation, adverb, *tail, *places]
        elif self.question in {"what", "who"}:
            words = [self.question, auxiliary, subject, adverb, verb, particle, *places]
        elif self.question:
            words = [self.question, auxiliary, subject, negation, adverb, *tail, *places]
        else:
            words = [subject, auxiliary, negation, adverb, *tail, *places]
        text = " ".join(w for w in words if w)
        return f"{self.time[0]}, {text}" if self.time_first and self.time[0] else text

    # French ----------------------------------------------------------------------------------

    def _french_parts(self) -> tuple[str, str, str, bool]:
        """(finite verb, what follows the negation, clitics before the finite verb, infinitive carries the clitics)."""
        subject, mark = self.subject, self._verb_mark
        person = subject.person
        lemma, particle, reflexive = self.verb.french, "", ""
        if lemma.startswith(("se ", "s'")):
            lemma = lemma[3:] if lemma.startswith("se ") else lemma[2:]
            reflexive = _REFLEXIVE[person]
        lemma, _, particle = lemma.partition(" ")
        if self.verb.english == "sit" and self.tense in {"past", "future", "conditional", "present", *MODALS}:
            lemma, particle, reflexive = "asseoir", "", _REFLEXIVE[person]
        elif self.verb.frame == "posture" and particle:
            particle = french_participle(
                "asseoir" if particle == "assis" else "coucher", subject.gender, subject.french_is_plural
            )
        if particle.endswith(("ses bras",)):
            particle = particle.replace("ses", {1: "mes", 2: "tes", 3: "ses", 4: "nos", 5: "vos", 6: "leurs"}[person])
        clitic = ""
        if self.clitic:
            clitic = _CLITICS[self.clitic[2], self.clitic[0]]
        before = " ".join(w for w in (reflexive, clitic) if w)
        compound = self.tense == "perfect" or (self.tense == "past" and not self._imperfect_past)
        if compound:
            etre = bool(reflexive) or lemma in _ETRE_VERBS
            if etre:
                participle = french_participle(lemma, subject.gender, subject.french_is_plural)
            elif self.clitic and self.clitic[2] in {"her", "him", "them", "us", "it"}:
                participle = french_participle(lemma, self.clitic[1], self.clitic[0] >= 4)
            else:
                participle = french_participle(lemma)
            auxiliary = french_verb("être" if etre else "avoir", "p", person)
            return auxiliary, f"{participle}{mark} {particle}".strip(), before, False
        if self.tense in MODALS:
            _, modal, tense = MODALS[self.tense]
            modal, _, link = modal.partition(" ")
            finite = french_verb(modal, tense, person)
            if self.tense == "hope" or not link:
                link = link or ""
            return finite, f"{link} {before} {lemma}{mark} {particle}".strip(), "", True
        tense = {
            "present": "p",
            "progressive": "p",
            "past": "i",
            "past_progressive": "i",
            "future": "f",
            "conditional": "c",
        }[self.tense]
        return french_verb(lemma, tense, person) + mark, particle, before, False

    @property
    def _imperfect_past(self) -> bool:
        return self.verb.state or self.verb.english in {"be", "lie"}

    def french(self) -> str:
        """The marked French clause, without a full stop."""
        finite, rest, clitics, _ = self._french_parts()
        subject = self.subject.french()
        negated = bool(self.negation)
        second = {"": "", "not": "pas", "never": "jamais", "no longer": "plus"}[self.negation]
        second = second + self._negation_mark if second else ""
        adverb = self.adverb[1]
        object_ = self.object.french(negated and self.verb.english != "be") if self.object else ""
        if self.object and rest.split(" ")[-1] == "de" and self.object.takes_bare_de:
            object_ = " ".join(self.object.french_words())
        places = [self.place[1], "" if self.time_first else self.time[1]]
        ne = "ne" if negated else ""
        text: list[str]
        inverted = (
            bool(self.question)
            and isinstance(self.subject, Pronoun)
            and self.subject.person != 1
            and self.french_question != "est-ce que"
        )
        word = {"": "", "yes-no": "", "where": "où", "when": "quand", "why": "pourquoi", "how": "comment", "what": "que",
                "who": "qui", "how often": "combien de fois", "at what time": "à quelle heure", "what time": "à quelle heure"}[self.question]  # fmt: skip
        if self.question and not inverted:
            opening = f"{word} est-ce que" if word else "est-ce que"
            if word == "que":
                opening = "qu'est-ce que"
            text = [opening, subject, ne, clitics, finite, second, adverb, rest, object_, *places]
        elif inverted:
            assert isinstance(self.subject, Pronoun)
            plain = finite.rstrip("".join(chr(c) for c in range(0xE000, 0xE100)))
            marks = finite[len(plain) :]
            euphonic = "-t-" if self.subject.person == 3 and plain[-1] in "aeéc" else "-"
            text = [word, ne, clitics, plain + marks + euphonic + subject, second, adverb, rest, object_, *places]
        else:
            text = [subject, ne, clitics, finite, second, adverb, rest, object_, *places]
        result = " ".join(w for w in text if w)
        if self.time_first and self.time[1]:
            return f"{self.time[1]}, {result}"
        return result
