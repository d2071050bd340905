"""English text for the mask-filling encoder, by source, split into what is trained and what is held out."""

from __future__ import annotations

import random
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from training.encoder_facts import fact_sentences
from training.fetch import fetch_wordnet
from training.paths import read_pairs, read_table, work_folder

_PLACED = ("sat", "slept", "lay", "stayed", "waited", "hid", "stood", "stopped", "fell", "rested")
_STATES = ("tired", "hungry", "thirsty", "cold", "afraid", "happy", "sad", "ill", "angry", "old", "late", "wet")


_BROKEN = ("broken", "wooden", "empty", "new", "dirty", "heavy", "locked", "full", "cheap", "expensive")
_BEGINNINGS = ("", "", "", "in the evening, ", "yesterday ", "at school, ", "I saw that ", "my mother said that ")


@dataclass(frozen=True)
class Text:
    """The sentences of one source.

    Attributes:
        train: What is trained.
        held_out: What is not.
        copies: How many times an epoch has each trained sentence.
    """

    train: list[str]
    held_out: list[str]
    copies: int = 1


def _common_nouns(folder: Path) -> set[str]:
    """Offsets of the noun senses that were met when WordNet's makers tagged ordinary text, from ``index.noun``."""
    common = set()
    for line in (folder / "index.noun").read_text(encoding="latin-1").splitlines():
        if not line.startswith("  "):
            fields = line.split()
            senses, tagged = int(fields[2]), int(fields[5 + int(fields[3])])
            common.update(fields[-senses:][:tagged])
    return common


def wordnet_sentences(folder: Path) -> tuple[list[str], list[str]]:
    """(usage examples with a capital and a full stop, glosses of common nouns as "A cat is ..." sentences)."""
    common = _common_nouns(folder)
    examples, glosses = set(), set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="latin-1").splitlines():
            if line.startswith("  ") or " | " not in line:
                continue
            fields, gloss = line.split(" | ", 1)
            for example in re.findall(r'"([^"]+)"', gloss):
                if len(example.split()) >= 4:
                    end = "" if example[-1] in "?!" else "."
                    examples.add(example[0].upper() + example[1:].rstrip(".;, ") + end)
            lemma = fields.split()[4].replace("_", " ")
            definition = re.sub(r"\([^)]*\)", "", gloss.split('"')[0]).split(";")[0].strip()
            if part == "noun" and fields[:8] in common and 4 <= len(definition.split()) <= 18:
                article = "" if lemma[0].isupper() else "An " if lemma[0] in "aeiou" else "A "
                glosses.add(f"{article}{lemma} is {definition}.")
    return sorted(examples), sorted(glosses)


def pronoun_sentences(count: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """(sentence, pronoun, the noun it stands for), like "The dog slept on the chair because it was tired".

    Where the noun stands differs, and so does what tells which one is meant: "it" against "she", or "tired" against
    "broken". The sentence about the cat and the mat that a class looks at is not among them.
    """
    rng, nouns = random.Random(seed), read_table("nouns.tsv")
    nouns = [noun for noun in nouns if " " not in noun["english"] and noun["english"] != "mat"]
    named = {
        c: [n["english"] for n in nouns if c in n["classes"].split(",")]
        for c in ("animal", "job", "furniture", "object", "vehicle")
    }
    people = {"man": "he", "boy": "he", "king": "he", "woman": "she", "girl": "she", "queen": "she"}
    made = set()
    while len(made) < count:
        begin = rng.choice(_BEGINNINGS)
        first, second = rng.choice([*people, *named["job"]]), rng.choice(named["animal"])
        he = people.get(first) or rng.choice(("he", "she"))
        thing = rng.choice([*named["furniture"], *named["object"], *named["vehicle"]])
        alive, broken = rng.choice(_STATES), rng.choice(_BROKEN)
        old = rng.choice(("", "", "old ", "little ", "young ", "big ", "poor "))
        link = rng.choice(("because {} was {}", "because {} was too {}", "since {} was {}", "when {} was {}"))
        placed = f"{rng.choice(_PLACED)} {rng.choice(('on', 'near', 'behind', 'in front of', 'under', 'by'))}"
        seen = rng.choice(
            ("saw", "looked at", "followed", "touched", "heard", "called", "did not want", "talked about")
        )
        rest, pronoun, noun = rng.choice((
            (f"the {old}{second} {placed} the {thing} {link.format('it', alive)}", "it", second),
            (f"the {old}{first} {placed} the {thing} {link.format(he, alive)}", he, first),
            (f"the {first} {seen} the {old}{second} {link.format('it', alive)}", "it", second),
            (f"the {first} {seen} the {old}{second} {link.format(he, alive)}", he, first),
            (f"the {old}{second} {seen} the {first} {link.format(he, alive)}", he, first),
            (f"the {first} {seen} the {thing} {link.format('it', broken)}", "it", thing),
            (f"the {second} {placed} the {thing} {link.format('it', broken)}", "it", thing),
        ))  # fmt: skip
        sentence = begin + rest
        made.add((f"{sentence[0].upper()}{sentence[1:]}.", pronoun, noun))
    return sorted(made)


def _split(sentences: list[str], copies: int = 1) -> Text:
    """A twentieth is held out: always the same sentences, however many others there are."""
    distinct = sorted(set(sentences))
    held_out = {sentence for sentence in distinct if zlib.crc32(sentence.encode()) % 20 == 0}
    return Text([sentence for sentence in distinct if sentence not in held_out], sorted(held_out), copies)


def encoder_text(work: Path, share: float = 1.0, seed: int = 0) -> dict[str, Text]:
    """The text by source; at most a tenth of it is Bible.

    Args:
        work: The folder with what the steps before wrote; WordNet is fetched into it when it is missing.
        share: The part of each source that is used, between 0 and 1.
        seed: Of the choice among generated sentences and verses.
    """
    rng = random.Random(seed)
    (work / "downloads").mkdir(exist_ok=True)
    examples, glosses = wordnet_sentences(fetch_wordnet(work / "downloads"))
    facts, new_wording, new_fact = fact_sentences()
    samples = (work / "samples.txt").read_text(encoding="utf-8").splitlines()
    generated = [english for english, _ in read_pairs(work / "train.tsv")]
    generated = rng.sample(generated, min(20_000, len(generated)))
    pronouns = [sentence for sentence, _, _ in pronoun_sentences(2000)]
    bible = [english for english, _ in read_pairs(work / "bible.tsv")]
    bible = rng.sample(bible, min(5000, len(bible)))
    text = {
        "examples": _split(examples),
        "glosses": _split(glosses),
        "samples": _split(samples, copies=3),
        "generated": _split(generated),
        "facts": Text(facts, [*new_wording, *new_fact], copies=3),
        "pronouns": _split(pronouns),
        "bible": _split(bible),
    }
    if share < 1:
        text = {
            name: Text(part.train[: max(8, int(share * len(part.train)))], part.held_out[:8], part.copies)
            for name, part in text.items()
        }
    return text


def epoch(text: dict[str, Text]) -> list[str]:
    """Every trained sentence, as often as its source's copies say."""
    return [sentence for part in text.values() for sentence in part.train * part.copies]


def main() -> None:
    """Say how much text there is."""
    text = encoder_text(work_folder())
    words = Counter({name: sum(len(s.split()) for s in part.train) * part.copies for name, part in text.items()})
    for name, part in text.items():
        print(f"{name}: {len(part.train):,} x {part.copies}, {len(part.held_out):,} held out, {words[name]:,} words")
    print(f"an epoch has {len(epoch(text)):,} sentences, {words.total():,} words")


if __name__ == "__main__":
    main()
