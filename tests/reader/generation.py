"""What happens while a model writes, computed plainly: steps, a beam search, filled masks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tests.reader.library import Library


@dataclass(frozen=True)
class Step:
    """A token that the library wrote.

    Attributes:
        chosen: Its number.
        before: Probabilities by the model alone.
        after: Probabilities after all of the library's processors.
        kept: How many tokens those leave.
        attention: By stack and layer, weights (head key) of the token that looks.
        read: The decoder's tokens so far, by number.
        cached: True if the library kept keys and values between its steps.
    """

    chosen: int
    before: np.ndarray
    after: np.ndarray
    kept: int
    attention: dict[str, list[np.ndarray]]
    read: list[int]
    cached: bool


def write(library: Library, prompt: str, seed: int, **options: Any) -> list[Step]:
    """Let the library write with ``generate``; its luck comes from torch's global generator."""
    inputs = dict(library.tokenizer(prompt, return_tensors="pt"))
    options |= {"return_dict_in_generate": True, "output_scores": True, "output_logits": True, "num_beams": 1}
    with torch.random.fork_rng(), torch.inference_mode():
        for cached in (True, False):
            torch.manual_seed(seed)
            try:
                done = library.model.generate(**inputs, **options, output_attentions=True, use_cache=cached)
                break
            except IndexError:  # the library's cache does not fit a decoder deeper than its encoder
                assert cached
    encodes = library.family == "encoder-decoder"
    read = 1 if encodes else inputs["input_ids"].shape[1]
    ids = done.sequences[0].tolist()
    by_stack = {"decoder": done.decoder_attentions, "cross": done.cross_attentions} if encodes else {}
    by_stack = by_stack or {"decoder": done.attentions}
    return [
        Step(
            chosen=ids[read + place],
            before=softmax(logits[0]),
            after=softmax(scores[0]),
            kept=int((scores[0] > -torch.inf).sum()),
            attention={stack: [layer[0, :, -1].numpy() for layer in steps[place]] for stack, steps in by_stack.items()},
            read=ids[: read + place],
            cached=cached,
        )
        for place, (logits, scores) in enumerate(zip(done.logits, done.scores, strict=True))
    ]


def softmax(scores: torch.Tensor) -> np.ndarray:
    """In double precision."""
    return np.asarray(scores.double().softmax(dim=-1).numpy())


def of_all(row: np.ndarray, keys: int) -> np.ndarray:
    """Weights of so many keys, of which a sliding window's cache may have dropped the first."""
    return np.pad(row, (max(0, keys - len(row)), 0))[-keys:]


def is_word(library: Library, number: int) -> bool:
    """True of a token with a letter or digit in it that is not special."""
    if number in library.tokenizer.all_special_ids:
        return False
    return bool(re.search(r"[^\W_]", library.tokenizer.decode([number])))


def cache_bytes(library: Library, layers: int, tokens: int) -> int:
    """Keys and values of some tokens in float32, by the numbers in the model's configuration."""
    config = library.model.config
    heads = getattr(config, "decoder_attention_heads", None) or config.num_attention_heads
    width = getattr(config, "d_kv", None) or getattr(config, "head_dim", None) or config.hidden_size // heads
    return layers * 2 * (getattr(config, "num_key_value_heads", None) or heads) * width * tokens * 4


def bytes_in_words(count: int) -> str:
    """1234 as "1.2 kB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 999_950 else f"{count / 1e6:.2f} MB"


@dataclass
class Branch:
    """A candidate of a beam search: its tokens, its score, what it adds, and what became of it."""

    tokens: tuple[int, ...]
    score: float
    probability: float
    adds: float
    fate: str = ""


@dataclass
class Search:
    """A beam search: candidates by depth from the best, the texts found with their final scores, why it stopped."""

    columns: list[list[Branch]]
    found: list[tuple[tuple[int, ...], float]]
    why: str


def search(
    library: Library,
    prompt: str,
    *,
    beams: int,
    most: int,
    power: float = 1.0,
    early: Any = False,
    penalty: float = 1.0,
) -> Search:
    """Beam search as the books have it, reading the whole text anew for every token, with the library's two rules.

    It keeps the best candidates that can go on, keeps those that end only from among the best, and stops by
    ``early`` as the library documents it.
    """
    inputs = dict(library.tokenizer(prompt, return_tensors="pt"))
    encodes = library.family == "encoder-decoder"
    start = [library.model.config.decoder_start_token_id] if encodes else inputs["input_ids"][0].tolist()
    ends = library.model.generation_config.eos_token_id
    ends = set(ends if isinstance(ends, list) else [] if ends is None else [ends])
    running, finished, columns = [((), 0.0)], [], []
    while True:
        column = []
        for tokens, score in running:
            text = torch.tensor([[*start, *tokens]])
            with torch.inference_mode():
                inputs["decoder_input_ids" if encodes else "input_ids"] = text
                inputs["attention_mask"] = inputs["attention_mask"] if encodes else torch.ones_like(text)
                logits = library.model(**inputs, use_cache=False).logits[0, -1].double()
            logarithms = logits.log_softmax(dim=-1).numpy()
            added = logarithms.copy()
            added[list(set(text[0].tolist()))] *= penalty
            column += [
                Branch((*tokens, int(number)), score + added[number], float(np.exp(logarithms[number])), added[number])
                for number in np.argsort(-added)[: max(2, 1 + len(ends)) * beams]
            ]
        column = sorted(column, key=lambda branch: -branch.score)[: max(2, 1 + len(ends)) * beams]
        columns.append(column)
        last = len(columns) == most
        going_on = []
        for rank, branch in enumerate(column):
            if branch.tokens[-1] in ends or last:
                branch.fate = "finished" if rank < beams else "too late"
                if rank < beams:
                    finished.append((branch.tokens, branch.score / len(branch.tokens) ** power))
            elif len(going_on) < beams:
                going_on.append(branch)
                branch.fate = "goes on"
            else:
                branch.fate = "let go"
        finished = sorted(finished, key=lambda text: -text[1])[:beams]
        length = most if early == "never" and power > 0 else len(columns)
        hopeless = len(finished) == beams and (
            not going_on or going_on[0].score / length**power <= min(score for _, score in finished)
        )
        full = early is True and len(finished) == beams
        if last or full or hopeless:
            for branch in going_on:
                branch.fate = "stopped"
            return Search(columns, finished, "length" if last else "full" if full else "hopeless")
        running = [(branch.tokens, branch.score) for branch in going_on]


@dataclass(frozen=True)
class Mask:
    """A mask at a position: probabilities of all tokens there."""

    position: int
    shares: np.ndarray


def masks(library: Library, ids: Sequence[int]) -> list[Mask]:
    """What the model puts in the place of each mask of a text."""
    with torch.inference_mode():
        logits = library.model(input_ids=torch.tensor([list(ids)])).logits[0]
    return [
        Mask(position, softmax(logits[position]))
        for position, number in enumerate(ids)
        if number == library.tokenizer.mask_token_id
    ]


def printed(percent: str) -> tuple[float, float]:
    """The shares that a percentage may stand for: "6.6 %" is from 0.0655 to 0.0665."""
    found = re.fullmatch(r"(< )?([\d.,]+) %", percent)
    assert found is not None, percent
    value = float(found[2].replace(",", ""))
    if found[1]:
        return 0.0, value / 100
    return (value - 0.05) / 100 - 1e-9, (value + 0.05) / 100 + 1e-9


def stands_for(percent: str, share: float, noise: float = 2e-6) -> bool:
    """True if a share may be printed like this; two computations of it differ by some noise."""
    low, high = printed(percent)
    return low - noise <= share <= high + noise


def with_settings_in_its_files(folder: Any, settings: dict[str, Any]) -> None:
    """Let a model's files ask for something, as many published ones do."""
    file = folder / "generation_config.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(known | settings))
