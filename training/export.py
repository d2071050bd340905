"""Step 5: write the checkpoint as a model folder that transformers loads unchanged, with its model card.

``python -m training.export`` writes bfloat16 weights, configuration and tokenizer;
``python -m training.export --card`` writes README.md from ``scores.json`` and the files' checksums.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import AutoTokenizer, GenerationConfig

from llm_core.recording.guided_heads import GUIDED_HEADS, GuidedHead
from llm_core.shapes import Stack
from training.card import model_card
from training.paths import BUNDLED, work_folder
from training.train import GUIDED_HEAD, Checkpoint, new_model

NAME = "t5-mini-en-fr"


def checksums(folder: Path) -> dict[str, str]:
    """sha256 of every file of a model folder but the card itself."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != "README.md")
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def write_guided_heads(folder: Path, stack: Stack, place: tuple[int, int], taught: str) -> None:
    """Write beside a model which head its training guided, and to do what."""
    guided = GuidedHead(stack, *place, taught, "this project's training")
    (folder / GUIDED_HEADS).write_text(json.dumps([asdict(guided)], indent=1) + "\n", encoding="utf-8")


def export(work: Path, destination: Path) -> None:
    """Write weights, configuration and tokenizer of the latest checkpoint."""
    tokenizer = AutoTokenizer.from_pretrained(str(work / "tokenizer"), trust_remote_code=False)
    model = new_model(len(tokenizer))
    step, seconds = Checkpoint(work / "checkpoint.safetensors").load(model)
    destination.mkdir(parents=True, exist_ok=True)
    model.config.architectures = ["T5ForConditionalGeneration"]
    model.generation_config = GenerationConfig(
        decoder_start_token_id=0, eos_token_id=1, pad_token_id=0, max_new_tokens=64, do_sample=False
    )
    model.to(torch.bfloat16).save_pretrained(str(destination), safe_serialization=True)
    tokenizer.save_pretrained(str(destination))
    taught = "look from each word that the decoder reads to the English word it translates"
    write_guided_heads(destination, "cross", GUIDED_HEAD, taught)
    for file in destination.iterdir():
        file.chmod(0o644)
    progress = {"steps": step, "minutes": round(seconds / 60, 1)}
    (work / "progress.json").write_text(json.dumps(progress) + "\n", encoding="utf-8")


def main() -> None:
    """Write the model folder, or its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--destination", type=Path, default=BUNDLED / NAME)
    parser.add_argument("--card", action="store_true", help="write the model card from the scores")
    arguments = parser.parse_args()
    if not arguments.card:
        export(work_folder(), arguments.destination)
        return
    scores = json.loads((work_folder() / "scores.json").read_text(encoding="utf-8"))
    progress = json.loads((work_folder() / "progress.json").read_text(encoding="utf-8"))
    card = model_card(scores, progress, checksums(arguments.destination))
    (arguments.destination / "README.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
