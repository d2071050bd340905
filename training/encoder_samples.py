"""Step 8: short everyday sentences that the shipped decoder writes, for what it knows of the world.

``python -m training.encoder_samples --minutes 10`` completes the openings in ``data/openings.txt``. A sentence is
kept if it ends, if the decoder itself finds it likely, and if it is new. Started again, it goes on.
"""

from __future__ import annotations

import argparse
import copy
import random
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from llm_core.models.gguf_cache import converted
from llm_core.models.sources import find_model, wheel_path
from llm_core.progress import ignore_progress
from training.paths import DATA, read_table, work_folder
from training.train import use_idle_cores

# A list with two short examples keeps the decoder from explaining itself.
_BEFORE = (
    "Simple sentences about everyday life, one on each line:\n- Dogs are animals that bark.\n"
    "- My father works in an office.\n-"
)
_LONGEST, _TEMPERATURE, _TOP_P, _LEAST_LIKELY = 14, 0.8, 0.9, -1.6
_SENTENCE = re.compile(r"([^\n.!?]*[.!?])(?:\s|$)")


def load_decoder() -> tuple[Any, Any]:
    """The shipped decoder and its tokenizer."""
    folder = converted(wheel_path(find_model("smollm2-135m")), ignore_progress)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)


def openings(rng: random.Random, count: int) -> list[str]:
    """Openings of sentences with their slots filled."""
    slots: dict[str, list[str]] = defaultdict(list)
    for noun in read_table("nouns.tsv"):
        for name in noun["classes"].split(","):
            slots[name].append(noun["english"])
    slots["adjective"] = [row["english"] for row in read_table("adjectives.tsv")]
    slots["verb"] = [row["english"] for row in read_table("verbs.tsv")]
    for row in read_table("countries.tsv"):
        slots["country"].append(row["country"])
        slots["capital"].append(row["capital"])
    lines = [
        text for text in (DATA / "openings.txt").read_text(encoding="utf-8").splitlines() if not text.startswith("#")
    ]
    # A line with slots has as many fillings as words; one without is still worth several samples.
    weights = [12 if "{" in text else 3 for text in lines]
    filled = []
    for text in rng.choices(lines, weights, k=count):
        text = re.sub(r"\{(\w+)\}", lambda slot: rng.choice(slots[slot[1]]), text)
        filled.append(re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text))
    return filled


@torch.inference_mode()
def complete(model: Any, tokenizer: Any, texts: list[str], generator: torch.Generator) -> list[tuple[str, float]]:
    """One completion for each text and its mean log-likelihood a token; all texts have the same number of tokens.

    The beginning they share goes through the model once.
    """
    before = tokenizer(_BEFORE, return_tensors="pt")["input_ids"]
    cache = DynamicCache(config=model.config)
    model(before, past_key_values=cache)
    cache = copy.copy(cache)
    cache.batch_repeat_interleave(len(texts))
    ids = tokenizer([" " + text for text in texts], return_tensors="pt")["input_ids"]
    written, likelihoods = [], []
    for _ in range(_LONGEST):
        use_idle_cores()
        scores = model(ids, past_key_values=cache, logits_to_keep=1).logits[:, -1].log_softmax(-1)
        top, places = (scores / _TEMPERATURE).softmax(-1).topk(50)
        top = top.masked_fill(top.cumsum(-1) - top > _TOP_P, 0)
        ids = places.gather(1, torch.multinomial(top, 1, generator=generator))
        written.append(ids)
        likelihoods.append(scores.gather(1, ids))
    tokens, values = torch.cat(written, 1), torch.cat(likelihoods, 1)
    results = []
    for text, row, value in zip(texts, tokens.tolist(), values, strict=True):
        for length in range(1, _LONGEST + 1):
            found = _SENTENCE.match(text + tokenizer.decode(row[:length]))
            if found:
                results.append((found[1], value[:length].mean().item()))
                break
    return results


def sample(path: Path, minutes: float, batch: int = 128, seed: int = 0) -> int:
    """Add sentences to a file for some minutes, ``batch`` at a time, at least once; returns how many it holds then."""
    model, tokenizer = load_decoder()
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    seen, begin = {text.lower() for text in kept}, time.monotonic()
    rng, generator = random.Random(seed + len(kept)), torch.Generator().manual_seed(seed + len(kept))
    waiting: dict[int, list[str]] = defaultdict(list)
    left = minutes
    while left > 0:
        for text in openings(rng, batch):
            waiting[len(tokenizer(" " + text)["input_ids"])].append(text)
        length = max(waiting, key=lambda size: len(waiting[size]))
        if len(waiting[length]) < batch:
            continue
        new = []
        for text, likelihood in complete(model, tokenizer, waiting.pop(length)[:batch], generator):
            if likelihood > _LEAST_LIKELY and text.lower() not in seen and len(text.split()) > 3:
                seen.add(text.lower())
                new.append(text)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{text}\n" for text in new)
        kept += new
        left = minutes - (time.monotonic() - begin) / 60
        print(f"{len(kept):,} sentences, {left:.1f} min left: {new[-1] if new else '-'}", flush=True)
    return len(kept)


def main() -> None:
    """Write ``samples.txt`` into the working folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    arguments = parser.parse_args()
    print(f"{sample(work_folder() / 'samples.txt', arguments.minutes):,} sentences")


if __name__ == "__main__":
    main()
