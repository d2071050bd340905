"""Step 6: score the exported model: BLEU and chrF, class sentences, and which heads align words.

``python -m training.evaluate`` writes ``scores.json`` into the working folder. BLEU and chrF are sacrebleu's
with its default settings; decoding is greedy.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import sacrebleu

from training.alignment import measure
from training.generate import normalised
from training.paths import BUNDLED, DATA, read_pairs, work_folder
from training.train import GUIDED_HEAD
from training.translate import load, translate


def scored(translations: list[str], references: list[str]) -> dict[str, float]:
    """BLEU, chrF and the share of translations equal to the reference (exactly; and but for case and punctuation)."""
    pairs = list(zip(translations, references, strict=True))
    return {
        "sentences": len(pairs),
        "bleu": round(sacrebleu.corpus_bleu(translations, [references]).score, 1),
        "chrf": round(sacrebleu.corpus_chrf(translations, [references]).score, 1),
        "exact": sum(t == r for t, r in pairs),
        "exact_words": sum(normalised(t) == normalised(r) for t, r in pairs),
    }


def evaluate(model_folder: Path, folder: Path, limit: int = 1000) -> dict[str, Any]:
    """All scores of a model folder."""
    model, tokenizer = load(model_folder)
    held_out = read_pairs(folder / "held_out.tsv")[:limit]
    classroom = read_pairs(DATA / "class_sentences.tsv")
    held_translations = translate(model, tokenizer, [english for english, _ in held_out])
    class_translations = translate(model, tokenizer, [english for english, _ in classroom])
    swaps = [tuple(line.split("\t")[:3]) for line in (folder / "swaps.tsv").read_text(encoding="utf-8").splitlines()]
    heads = measure(model, tokenizer, swaps)  # type: ignore[arg-type]
    return {
        "held_out": scored(held_translations, [french for _, french in held_out]),
        "class_sentences": scored(class_translations, [french for _, french in classroom]),
        "alignment": {
            "words": heads.words,
            "guided_head": list(GUIDED_HEAD),
            "best_reads": heads.best("reads"),
            "best_writes": heads.best("writes"),
            "reads": heads.reads.round(3).tolist(),
            "writes": heads.writes.round(3).tolist(),
        },
        "class_translations": [[e, t, r] for (e, r), t in zip(classroom, class_translations, strict=True)],
        "held_out_translations": [[e, t, r] for (e, r), t in zip(held_out[:40], held_translations, strict=False)],
    }


def main() -> None:
    """Score the bundled model (or another folder) and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUNDLED / "t5-mini-en-fr")
    parser.add_argument("--limit", type=int, default=1000)
    arguments = parser.parse_args()
    scores = evaluate(arguments.model, work_folder(), arguments.limit)
    text = json.dumps(scores, ensure_ascii=False, indent=1)
    (work_folder() / "scores.json").write_text(text + "\n", encoding="utf-8")
    for name in ("held_out", "class_sentences"):
        print(name, scores[name])
    print(
        "alignment: best head that reads",
        scores["alignment"]["best_reads"],
        "that writes",
        scores["alignment"]["best_writes"],
    )


if __name__ == "__main__":
    main()
