"""Step 3: train the vocabulary of 8,000 word pieces that both languages share.

``python -m training.vocabulary`` writes ``tokenizer/`` (tokenizer.json and tokenizer_config.json) into the
working folder. It is byte-pair encoding, not T5's unigram model: on this text unigram split words as frequent
as "une", which makes attention pictures hard to read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from training.paths import DATA, read_pairs, work_folder

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"


def train_tokenizer(sentences: Iterable[str], size: int = 8000) -> PreTrainedTokenizerFast:
    """A shared byte-pair tokenizer; ids 0, 1, 2 are pad, end and unknown, as in T5."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace("’", "'"), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            # A full stop or an apostrophe is never glued to a word, so that words keep one shape.
            pre_tokenizers.Split(Regex(r"[.,?!;:'-]"), behavior="isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[PAD, END, UNKNOWN], show_progress=False, max_token_length=20
    )
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, unk_token=UNKNOWN, model_max_length=128,
        clean_up_tokenization_spaces=False,
    )  # fmt: skip


def _sentences(folder: Path) -> Iterator[str]:
    for index, pair in enumerate(read_pairs(folder / "train.tsv")):
        if index % 3 == 0:
            yield from pair
            if index % 9 == 0:
                yield pair[0].lower().rstrip(".")
    for pair in [*read_pairs(folder / "bible.tsv"), *read_pairs(DATA / "phrases.tsv") * 5]:
        yield from pair


def main() -> None:
    """Train on the working folder's text and save next to it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8000)
    arguments = parser.parse_args()
    folder = work_folder()
    tokenizer = train_tokenizer(_sentences(folder), arguments.size)
    tokenizer.save_pretrained(str(folder / "tokenizer"))
    print(f"{len(tokenizer):,} pieces; {tokenizer.tokenize('The black cat sat on the table.')}")


if __name__ == "__main__":
    main()
