# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Step 4: train the small T5.

``python -m training.train --minutes 50`` (or ``--steps 4000``). The learning rate warms up, then follows a
cosine to 2 % of its peak at the end of the time or steps given. A checkpoint (weights and optimiser state,
safetensors) is written every 100 steps; started again, training goes on from it. Uses a GPU when there is one.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn import functional
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from training.batches import PAD_ID, Batch, Example, batches, encode, training_rows
from training.paths import work_folder
from training.progress import bar

#: The cross-attention head that the guided-alignment term teaches: (layer, head), counted from zero.
GUIDED_HEAD = (2, 0)


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train; exactly one of ``minutes`` and ``steps`` ends it."""

    minutes: float | None = None
    steps: int | None = None
    peak_rate: float = 1.3e-3
    warm_up: int = 250
    batch_tokens: int = 2600
    label_smoothing: float = 0.05
    guidance: float = 0.05
    checkpoint_every: int = 100
    seed: int = 0


def new_model(vocabulary: int) -> T5ForConditionalGeneration:
    """A T5 v1.1 of 4 + 4 layers with one table for all embeddings."""
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=vocabulary, d_model=256, d_kv=32, num_heads=8, d_ff=768, num_layers=4, num_decoder_layers=4,
            feed_forward_proj="gated-gelu", dropout_rate=0.0, tie_word_embeddings=True, relative_attention_num_buckets=32,
            relative_attention_max_distance=64, pad_token_id=PAD_ID, eos_token_id=1, decoder_start_token_id=PAD_ID,
            attn_implementation="eager",
        )
    )  # fmt: skip


def loss_of(model: T5ForConditionalGeneration, batch: Batch, recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """(label-smoothed cross-entropy, guided-alignment loss of one head), both means over tokens."""
    decoder_input = torch.cat([torch.full_like(batch.target[:, :1], PAD_ID), batch.target[:, :-1]], dim=1)
    output = model(
        input_ids=batch.source, attention_mask=(batch.source != PAD_ID).long(), decoder_input_ids=decoder_input,
        output_attentions=True, use_cache=False,
    )  # fmt: skip
    cross_entropy = functional.cross_entropy(
        output.logits.flatten(0, 1).float(), batch.target.masked_fill(batch.target == PAD_ID, -100).flatten(),
        label_smoothing=recipe.label_smoothing,
    )  # fmt: skip
    layer, head = GUIDED_HEAD
    weights = output.cross_attentions[layer][:, head].float()  # (batch target source)
    aligned_rows = batch.alignment.any(dim=2)
    on_aligned = (weights * batch.alignment).sum(dim=2)[aligned_rows]
    guided = -on_aligned.clamp_min(1e-6).log().mean() if on_aligned.numel() else cross_entropy.new_zeros(())
    return cross_entropy, guided


class Checkpoint:
    """Weights, optimiser state, step and time spent, in one safetensors file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, step: int, seconds: float) -> None:
        """Write to a new file first, so that an interruption never leaves half a checkpoint."""
        tensors = {f"model.{name}": p.detach().contiguous() for name, p in model.named_parameters()}
        for name, parameter in model.named_parameters():
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = torch.as_tensor(value).detach().clone()
        new = self.path.with_suffix(".new")
        save_file(tensors, new, metadata={"progress": json.dumps({"step": step, "seconds": seconds})})
        new.replace(self.path)

    def load(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer | None = None) -> tuple[int, float]:
        """Put the state back; returns (step, seconds spent)."""
        with safe_open(self.path, "pt") as file:
            progress = json.loads(file.metadata()["progress"])
            for name, parameter in model.named_parameters():
                parameter.data.copy_(file.get_tensor(f"model.{name}"))
                if optimizer is not None and parameter.requires_grad:
                    optimizer.state[parameter] = {
                        key: file.get_tensor(f"optimizer.{key}.{name}") for key in ("step", "exp_avg", "exp_avg_sq")
                    }
                    for key in ("exp_avg", "exp_avg_sq"):
                        optimizer.state[parameter][key] = optimizer.state[parameter][key].to(parameter.device)
        return progress["step"], progress["seconds"]


def learning_rate(step: int, done: float, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine from the peak to 2 % of it; ``done`` in 0..1 is the part trained so far."""
    warm = min(1.0, (step + 1) / recipe.warm_up)
    cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return recipe.peak_rate * warm * cosine


def use_idle_cores(wanted: int = 2) -> None:
    """Compute with one thread while other programs are running on a shared machine, with ``wanted`` otherwise.

    Threads that must wait for each other are many times slower than one thread when a core is taken.
    """
    running = Path("/proc/loadavg")
    if running.exists():
        others = int(running.read_text().split()[3].split("/")[0]) - 1
        torch.set_num_threads(max(1, wanted - others))


def mixed_precision(device: str) -> torch.autocast:
    """bfloat16 where the processor computes with it; elsewhere it is several times slower than float32."""
    capable = device == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.autocast(device, torch.bfloat16, enabled=capable)


def _endless(examples: list[Example], recipe: Recipe, start: int) -> Iterator[Batch]:
    """Batches of pass after pass; the first ``start`` batches are skipped (they were seen before a restart)."""
    count, epoch = 0, 0
    while True:
        for batch in batches(examples, recipe.batch_tokens, random.Random(recipe.seed + epoch)):
            count += 1
            if count > start:
                yield batch
        epoch += 1


def train(
    examples: list[Example], tokenizer: PreTrainedTokenizerFast, folder: Path, recipe: Recipe
) -> T5ForConditionalGeneration:
    """Train from the checkpoint in ``folder`` (or from nothing) and return the model."""
    if (recipe.minutes is None) == (recipe.steps is None):
        raise ValueError("give exactly one of minutes and steps")
    torch.manual_seed(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = new_model(len(tokenizer)).to(device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    checkpoint = Checkpoint(folder / "checkpoint.safetensors")
    step, earlier = checkpoint.load(model, optimizer) if checkpoint.path.exists() else (0, 0.0)
    begin, done, shown = time.monotonic(), 0.0, [0.0, 0.0, 0]
    for batch in _endless(examples, recipe, step):
        spent = earlier + time.monotonic() - begin
        done = step / recipe.steps if recipe.steps else spent / (60 * (recipe.minutes or 1))
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, done, recipe)
        if device == "cpu":
            use_idle_cores()
        batch = Batch(batch.source.to(device), batch.target.to(device), batch.alignment.to(device))
        with mixed_precision(device):
            cross_entropy, guided = loss_of(model, batch, recipe)
        optimizer.zero_grad()
        (cross_entropy + recipe.guidance * guided).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        shown = [shown[0] + cross_entropy.item(), shown[1] + guided.item(), shown[2] + 1]
        if step % 25 == 0:
            spent = earlier + time.monotonic() - begin
            print(f"step {step:6,}  loss {shown[0] / shown[2]:.3f}  alignment {shown[1] / shown[2]:.3f}  "
                  f"{spent / step:.2f} s a step  {bar(done, spent)}", flush=True)  # fmt: skip
            shown = [0.0, 0.0, 0]
        if step % recipe.checkpoint_every == 0:
            checkpoint.save(model, optimizer, step, earlier + time.monotonic() - begin)
    checkpoint.save(model, optimizer, step, earlier + time.monotonic() - begin)
    return model.eval()


def main() -> None:
    """Train on the working folder's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    folder = work_folder()
    tokenizer = AutoTokenizer.from_pretrained(str(folder / "tokenizer"), trust_remote_code=False)
    examples = encode(tokenizer, training_rows(folder))
    print(f"{len(examples):,} pairs", flush=True)
    train(examples, tokenizer, folder, Recipe(minutes=arguments.minutes, steps=arguments.steps))


if __name__ == "__main__":
    main()
