"""The generated text: grammar of both languages, the alignment, and the split."""

from __future__ import annotations

import random

import pytest

from training.generate import (
    draw,
    generate,
    held_out_combination,
    normalised,
    swap_sentences,
)
from training.inflection import french_gender, french_participle, french_verb
from training.lexicon import lexicon
from training.noun_phrases import NounPhrase
from training.paths import DATA, read_pairs
from training.surface import Marker, finish


def _noun(english: str) -> object:
    return next(n for n in lexicon().nouns if n.english == english)


def _phrase(noun: str, *adjectives: str, **kind: object) -> NounPhrase:
    words = tuple(next(a for a in lexicon().adjectives if a.english == name) for name in adjectives)
    return NounPhrase(_noun(noun), Marker(), adjectives=words, **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phrase", "english", "french"),
    [
        (_phrase("cat", "black"), "The black cat", "Le chat noir"),
        (_phrase("house", "white", plural=True), "The white houses", "Les maisons blanches"),
        (_phrase("man", "old", determiner="a"), "An old man", "Un vieil homme"),
        (_phrase("water", determiner="a"), "Some water", "De l'eau"),
        (_phrase("school", determiner="possessive", possessor=1), "My school", "Mon école"),
        (_phrase("tree", determiner="this"), "This tree", "Cet arbre"),
        (_phrase("dress", "beautiful", "red", determiner="a"), "A beautiful red dress", "Une belle robe rouge"),
        (_phrase("eye", "blue", determiner="generic", plural=True), "Blue eyes", "Les yeux bleus"),
    ],
)
def test_adjectives_agree_and_stand_where_french_puts_them(phrase: NounPhrase, english: str, french: str) -> None:
    pair = finish(phrase.english(), phrase.french())
    assert (pair.english, pair.french) == (english, french)


def test_the_alignment_links_words_across_the_swap() -> None:
    pair = finish(*(f"{text}." for text in (lambda p: (p.english(), p.french()))(_phrase("cat", "black"))))
    words = {pair.english[a:b]: pair.french[c:d] for a, b, c, d in pair.links}
    assert words == {"The": "Le", "black": "noir", "cat": "chat"}


def test_verbs_are_inflected() -> None:
    assert french_verb("manger", "p", 4) == "mangeons"
    assert french_verb("être", "i", 6) == "étaient"
    assert french_participle("asseoir", "f", True) == "assises"


def test_lexicon_is_large_enough_and_genders_agree_with_pyrealb() -> None:
    words = lexicon()
    assert len(words.nouns) + len(words.adjectives) + len(words.verbs) >= 800
    assert len({v.english for v in words.verbs}) >= 100
    wrong = [n for n in words.nouns if french_gender(n.french) not in (n.gender, "x", None)]
    assert wrong == []


def test_class_sentences_never_reach_the_training_text() -> None:
    classroom = {normalised(english) for english, _ in read_pairs(DATA / "class_sentences.tsv")}
    phrases = {normalised(english) for english, _ in read_pairs(DATA / "phrases.tsv")}
    training, held_out = generate(500)
    assert len(classroom) == 100
    assert not classroom & phrases
    assert not classroom & {normalised(p.english) for p in training}
    assert not any(map(held_out_combination, training))
    assert all(map(held_out_combination, held_out))


def test_the_same_seed_gives_the_same_sentences() -> None:
    assert [draw(random.Random(5)) for _ in range(3)] == [draw(random.Random(5)) for _ in range(3)]


def test_french_never_keeps_an_article_that_must_be_elided() -> None:
    rng = random.Random(3)
    for _ in range(2000):
        french = draw(rng).french
        assert "[[" not in french
        assert not any(
            part in f" {french.lower()} "
            for part in (" à le ", " de le ", " de les ", " le eau", " je ai ", " la école", " si il ")
        )


def test_swap_sentences_differ_and_have_a_swap() -> None:
    pairs = list(swap_sentences(50))
    assert len({p.english for p in pairs}) == 50
    for pair in pairs:
        french_order = [start for _, _, start, _ in sorted(pair.links)]
        assert french_order != sorted(french_order)
