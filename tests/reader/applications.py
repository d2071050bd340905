"""What the page Applications concludes, computed plainly: likelihoods of labels and answers, cosines, words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from tests.reader.library import Library


def numbers(library: Library, text: str) -> list[int]:
    """Token numbers of a text in which a special token, such as [MASK], is text like any other."""
    return library.tokenizer(text, split_special_tokens=True)["input_ids"]


def begins(library: Library, before: str, after: str) -> int:
    """From which token on a text and the one after it are not the first one alone."""
    start, whole = numbers(library, before), numbers(library, before + after)
    return next((place for place, (a, b) in enumerate(zip(start, whole, strict=False)) if a != b), len(start))


def log_probability(
    library: Library, before: str, after: str, stops: Sequence[str] = (), begin: int | None = None
) -> float:
    """The natural logarithm of the probability of a text after another, and of one of some tokens that end it."""
    tokenizer = library.tokenizer
    whole = numbers(library, before + after)
    first = begins(library, before, after) if begin is None else begin
    with torch.inference_mode():
        shares = library.model(torch.tensor([whole])).logits[0].double().log_softmax(-1)
    total = sum(float(shares[place - 1, whole[place]]) for place in range(first, len(whole)))
    if stops:
        ends = {tokenizer.eos_token_id}
        for stop in stops:
            after_stop = tokenizer("a" + stop)["input_ids"]
            if len(after_stop) == 2:
                ends.add(after_stop[1])
        total += float(shares[-1, sorted(ends)].logsumexp(0))
    return total


def label_scores(library: Library, prompt: str, words: Sequence[str], text: str) -> np.ndarray:
    """By label, how much likelier its words are after the text than after three inputs that say nothing."""

    def likely(read: str) -> list[float]:
        asked = prompt.replace("{text}", " ".join(read.split())).strip()
        begin = min(begins(library, asked, f" {word}") for word in words)
        return [log_probability(library, asked, f" {word}", begin=begin) for word in words]

    empty = np.log(np.mean(np.exp([likely(nothing) for nothing in ("N/A", "[MASK]", "")]), axis=0))
    return np.array(likely(text)) - empty


def vectors(library: Library, texts: Sequence[str]) -> np.ndarray:
    """Mean of the last states of each text, of length 1; nothing, of 384 numbers, for an empty one."""
    return np.stack([_vector(library, text) for text in texts])


@cache
def _vector(library: Library, text: str) -> np.ndarray:
    states = library.read(text).hidden_states[-1][0].numpy() if text.strip() else np.zeros((1, 384))
    mean = states.mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def changes_without_words(score, text: str) -> tuple[list[str], int, int, float, list[float]]:
    """Words, winner, rival, the winner's lead, and by how much it is larger with each word than without it."""
    words = text.split()
    whole = np.asarray(score(text))
    winner, rival = (int(place) for place in np.argsort(-whole, kind="stable")[:2])
    lead = float(whole[winner] - whole[rival])
    changes = []
    for place in range(len(words)):
        less = np.asarray(score(" ".join(words[:place] + words[place + 1 :])))
        changes.append(lead - float(less[winner] - less[rival]))
    return words, winner, rival, lead, changes


def relevance(library: Library, question: str, passages: Sequence[tuple[str, str]], stop_words: frozenset[str]):
    """By passage (name of its document, text): mean cosine of passage and nearest sentence, a fifth of it BM25."""
    asked = vectors(library, [question])[0]
    cosines = []
    for _, text in passages:
        sentences = [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence]
        found = vectors(library, [text, *sentences]) @ asked
        cosines.append((found[0] + found[1:].max()) / 2)

    def stems(text: str) -> list[str]:
        kept = [word for word in re.findall(r"\w+", text.lower()) if word not in stop_words]
        return [re.sub(r"(ing|es|ed|s)$", "", word) if len(word) > 4 else word for word in kept]

    held = [stems(f"{name} {text}") for name, text in passages]
    mean = np.mean([len(words) for words in held])
    scores, most = np.zeros(len(held)), 0.0
    for word in set(stems(question)):
        having = sum(word in words for words in held)
        rarity = math.log(1 + (len(held) - having + 0.5) / (having + 0.5))
        most += 2.2 * rarity
        for place, words in enumerate(held):
            often = words.count(word)
            scores[place] += rarity * 2.2 * often / (often + 1.2 * (0.25 + 0.75 * len(words) / mean))
    return 0.8 * np.array(cosines) + 0.2 * scores / max(most, 1e-12)


def in_no_passage(answer: str, passages: Sequence[str], little: frozenset[str]) -> list[str]:
    """Words of an answer, bare of punctuation, that stand in none of the passages."""

    def bare(word: str) -> str:
        word = word.lower().removesuffix("'s")
        return word[:-1] if len(word) > 3 and word.endswith("s") else word

    def words(text: str) -> list[str]:
        cut = [re.sub(r"^\W+|\W+$", "", word) for word in text.split()]
        return [word for word in cut if word]

    held = {bare(word) for passage in passages for word in words(passage)}
    return [word for word in words(answer) if bare(word) not in held and word.lower() not in little]


def wilson(right: int, of: int) -> tuple[float, float]:
    """Ends of the 95 % interval: the shares from which the one found is 1.96 standard errors away."""
    shares = np.linspace(0, 1, 200_001)
    errors = np.sqrt(shares * (1 - shares) / of)
    inside = shares[np.abs(right / of - shares) <= 1.959964 * errors + 1e-12]
    return float(inside.min()), float(inside.max())
