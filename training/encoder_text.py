"""English text for the mask-filling encoder: WordNet examples and glosses, generated sentences, some Bible verses."""

from __future__ import annotations

import random
import re
from pathlib import Path

from training.fetch import fetch_wordnet
from training.paths import read_pairs, work_folder


def wordnet_sentences(folder: Path) -> list[str]:
    """Usage examples (with a capital and a full stop) and glosses turned into "A cat is ..." sentences."""
    sentences = []
    for part, noun in (("data.noun", True), ("data.verb", False), ("data.adj", False), ("data.adv", False)):
        for line in (folder / part).read_text(encoding="latin-1").splitlines():
            if line.startswith("  ") or " | " not in line:
                continue
            fields, gloss = line.split(" | ", 1)
            for example in re.findall(r'"([^"]+)"', gloss):
                if len(example.split()) >= 4:
                    sentences.append(
                        example[0].upper() + example[1:].rstrip(".;, ") + ("" if example[-1] in "?!" else ".")
                    )
            lemma = fields.split()[4].replace("_", " ")
            definition = re.sub(r"\([^)]*\)", "", gloss.split('"')[0]).split(";")[0].strip()
            if noun and 4 <= len(definition.split()) <= 18:
                if lemma[0].isupper():
                    sentences.append(f"{lemma} is {definition}.")
                else:
                    sentences.append(f"{'An' if lemma[0] in 'aeiou' else 'A'} {lemma} is {definition}.")
    return sentences


def encoder_sentences(seed: int = 0, bible_share: float = 0.08) -> tuple[list[str], list[str]]:
    """(training sentences, 1,000 held-out sentences); at most a tenth is Bible."""
    rng = random.Random(seed)
    folder = work_folder() / "downloads"
    folder.mkdir(exist_ok=True)
    everyday = wordnet_sentences(fetch_wordnet(folder))
    generated = [english for english, _ in read_pairs(work_folder() / "train.tsv")]
    everyday += rng.sample(generated, min(len(generated), len(everyday) // 4))
    bible = [english for english, _ in read_pairs(work_folder() / "bible.tsv")]
    everyday += rng.sample(bible, min(len(bible), int(bible_share * len(everyday))))
    sentences = sorted(set(everyday))
    rng.shuffle(sentences)
    return sentences[1000:], sentences[:1000]
