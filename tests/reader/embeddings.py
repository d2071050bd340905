"""The Embeddings page's and Inside a head's conclusions, computed plainly: transformers and numpy alone, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import torch

from tests.reader.library import Library

NOISE = 1e-4
"""Cosines closer than this are a tie: neither reading is then wrong."""


@cache
def table(library: Library) -> np.ndarray:
    """The vectors that enter the model, one for each token that the tokenizer has."""
    weight = library.model.get_input_embeddings().weight.detach().double().numpy()
    return weight[: len(library.tokenizer)]


def ids_of(library: Library, word: str) -> list[int] | None:
    """The fewest tokens that a word is, after a space or at a beginning; None if one of them is unknown."""
    ways = [library.tokenizer(text, add_special_tokens=False).input_ids for text in (f" {word}", word)]
    known = [ids for ids in ways if ids and library.tokenizer.unk_token_id not in ids]
    return min(known, key=len) if known else None


def word_vector(library: Library, word: str) -> np.ndarray:
    ids = ids_of(library, word)
    assert ids is not None
    return table(library)[ids].mean(axis=0)


@cache
def lengths_of(library: Library) -> np.ndarray:
    """Of the vectors of :func:`table`."""
    return np.linalg.norm(table(library), axis=1)


def unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def cosines(library: Library, vector: np.ndarray) -> np.ndarray:
    """Of each token with a vector; minus infinity where one of the two has no direction."""
    lengths = lengths_of(library) * np.linalg.norm(vector)
    return np.where(lengths > 0, table(library) @ vector / np.where(lengths > 0, lengths, 1), -np.inf)


def spelling(library: Library, number: int) -> str:
    return library.tokenizer.decode([number]).replace("##", "").strip().casefold()


def nearest(library: Library, vector: np.ndarray, own: Sequence[int] = ()) -> list[int]:
    """Tokens from the nearest on, without some of any capitals and spaces, each spelling once; the first thirty."""
    near = cosines(library, vector)
    known = {spelling(library, number) for number in own}
    found: list[int] = []
    for number in np.argsort(-near, kind="stable"):
        word = spelling(library, int(number))
        if near[number] == -np.inf or len(found) == 30:
            break
        if word not in known and int(number) not in own:
            known.add(word)
            found.append(int(number))
    return found


def sum_of(library: Library, terms: Sequence[tuple[int, str]]) -> np.ndarray:
    """Words of length 1, added with their signs."""
    return sum(sign * unit(word_vector(library, word)[None])[0] for sign, word in terms)  # type: ignore[return-value]


def extremes(vectors: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """Of all pairs of differently named vectors: the highest and the lowest cosine, whose, median, count."""
    directions = unit(vectors)
    pairs = {
        (one, other): float(directions[one] @ directions[other])
        for one, other in combinations(range(len(names)), 2)
        if names[one] != names[other] and directions[one].any() and directions[other].any()
    }
    if not pairs:
        return {"pairs": 0}
    high, low = max(pairs.values()), min(pairs.values())
    return {
        "pairs": len(pairs),
        "high": high,
        "low": low,
        "median": float(np.median(list(pairs.values()))),
        "highest": {frozenset((names[a], names[b])) for (a, b), cosine in pairs.items() if cosine >= high - NOISE},
        "lowest": {frozenset((a, b)) for (a, b), cosine in pairs.items() if cosine <= low + NOISE},
    }


def kept(places: np.ndarray, vectors: np.ndarray, near: int = 10) -> float:
    """The share of points whose nearest neighbour by cosine is among so many nearest in a picture."""
    directions = unit(vectors)
    count = 0
    for point in range(len(vectors)):
        others = [other for other in range(len(vectors)) if other != point]
        best = max(others, key=lambda other: directions[point] @ directions[other])
        distances = [np.linalg.norm(places[other] - places[point]) for other in others]
        reached = np.linalg.norm(places[best] - places[point])
        count += sum(distance <= reached for distance in distances) <= near
    return count / len(vectors)


def states(library: Library, text: str) -> np.ndarray:
    """The encoder's states, or a decoder's own, (layer+1 token d_model); the last may be one after a final norm."""
    done = library.read(text, text)
    found = done.encoder_hidden_states if library.family == "encoder-decoder" else done.hidden_states
    return np.stack([state[0].double().numpy() for state in found])


def gaps(library: Library, word: str, meanings: Mapping[str, Sequence[str]]) -> np.ndarray:
    """By state: how much more alike a word is within a meaning than across, with the mean of all tokens taken away."""
    vectors, of, others = [], [], []
    for meaning, sentences in meanings.items():
        for sentence in sentences:
            read = library.tokenizer(sentence, return_offsets_mapping=True)
            start = sentence.lower().index(word.lower())
            inside = [
                place
                for place, (first, end) in enumerate(read["offset_mapping"])
                if end > first and first < start + len(word) and end > start
            ]
            seen = states(library, sentence)
            vectors.append(seen[:, inside].mean(axis=1))
            of.append(meaning)
            others.append(seen[:, 1:])
    mean = np.concatenate(others, axis=1).mean(axis=1)
    found = []
    for layer in range(len(mean)):
        directions = unit(np.stack([vector[layer] for vector in vectors]) - mean[layer])
        same, across = [], []
        for one, other in combinations(range(len(of)), 2):
            (same if of[one] == of[other] else across).append(float(directions[one] @ directions[other]))
        found.append(np.mean(same) - np.mean(across))
    return np.array(found)


def lens_logits(library: Library, text: str, target: str | None = None) -> np.ndarray:
    """What each layer would say, (layer+1 token vocabulary): inner states meet the final norm, the last has met it."""
    model = library.model
    done = library.read(text, target)
    found = done.decoder_hidden_states if library.family == "encoder-decoder" else done.hidden_states
    kind = model.config.model_type
    with torch.inference_mode():
        rows = [_head(model, kind, _final_norm(model, kind, state)) for state in found[:-1]]
        # The library's last state is what its head is given: a second norm would be one too many.
        last = _head(model, kind, found[-1])
    assert float((last - done.logits).abs().max()) < 1e-2
    return np.stack([row[0].double().numpy() for row in (*rows, done.logits)])


def _final_norm(model: Any, kind: str, state: torch.Tensor) -> torch.Tensor:
    norms = {
        "gpt2": lambda: model.transformer.ln_f,
        "llama": lambda: model.model.norm,
        "qwen3": lambda: model.model.norm,
        "gpt_neox": lambda: model.gpt_neox.final_layer_norm,
        "t5": lambda: model.decoder.final_layer_norm,
    }
    return norms[kind]()(state) if kind in norms else state


def _head(model: Any, kind: str, state: torch.Tensor) -> torch.Tensor:
    if kind == "bert":
        return model.cls(state)
    if kind == "t5" and model.config.tie_word_embeddings:
        state = state * model.model_dim**-0.5
    return model.get_output_embeddings()(state)


def settled(logits: np.ndarray, place: int) -> tuple[int, int, int]:
    """The answer at a position, the row from which on it is the likeliest, and the first row with it among ten."""
    answer = int(logits[-1, place].argmax())
    ranks = (logits[:, place] > logits[:, place, answer, None]).sum(axis=1)
    first = len(ranks) - 1
    while first > 0 and ranks[first - 1] == 0:
        first -= 1
    return answer, first, int(np.argmax(ranks < 10))


def margin(logits: np.ndarray, place: int) -> float:
    """How far the likeliest token of any row lies from the second, at least."""
    two = np.sort(logits[:, place], axis=1)[:, -2:]
    return float((two[:, 1] - two[:, 0]).min())


def attention_row(library: Library, text: str, layer: int, head: int, query: int) -> np.ndarray:
    """One query's weights in the encoder's, or a decoder's own, attention."""
    done = library.read(text, text)
    found = done.encoder_attentions if library.family == "encoder-decoder" else done.attentions
    return found[layer][0, head, query].double().numpy()


def t5_match_and_distance(
    library: Library, text: str, layer: int, head: int, query: int
) -> tuple[np.ndarray, np.ndarray]:
    """The two parts of each score of a T5 encoder: query times key, and the number for the distance."""
    block = library.model.encoder.block
    state = library.read(text, text).encoder_hidden_states[layer]
    with torch.inference_mode():
        attention = block[layer].layer[0].SelfAttention
        normed = block[layer].layer[0].layer_norm(state)
        width = attention.key_value_proj_dim
        part = slice(head * width, (head + 1) * width)
        match = attention.k(normed)[0][:, part] @ attention.q(normed)[0, query, part]
        count = state.shape[1]
        bias = block[0].layer[0].SelfAttention.compute_bias(count, count)[0, head, query]
    return match.double().numpy(), bias.double().numpy()


def gaps_of(similar: np.ndarray, of: Sequence[int]) -> np.ndarray:
    """By layer, the gap that cosines (layer use use) have for any grouping."""
    pairs = list(combinations(range(len(of)), 2))
    same = [pair for pair in pairs if of[pair[0]] == of[pair[1]]]
    across = [pair for pair in pairs if of[pair[0]] != of[pair[1]]]
    within = np.mean([similar[:, one, other] for one, other in same], axis=0)
    return within - np.mean([similar[:, one, other] for one, other in across], axis=0)


def groupings_of_four_and_four() -> list[list[int]]:
    """The 35 ways to put eight sentences into two groups of four."""
    return [[0 if place in (0, *some) else 1 for place in range(8)] for some in combinations(range(1, 8), 3)]
