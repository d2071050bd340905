"""Every step in order: ``python -m training``. Steps whose results exist already are done again only with --again."""

from __future__ import annotations

import argparse
import subprocess
import sys

from training.generate import PAIRS
from training.paths import work_folder

#: (module and arguments, the file in the working folder that shows the step is done)
STEPS = (
    (("training.fetch",), "bible.tsv"),
    (("training.generate", "--pairs", "{pairs}"), "train.tsv"),
    (("training.vocabulary",), "tokenizer/tokenizer.json"),
    (("training.train", "--minutes", "{minutes}"), ""),
    (("training.export",), ""),
    (("training.evaluate",), ""),
    (("training.export", "--card"), ""),
    (("training.encoder_samples", "--minutes", "{sample_minutes}"), "samples.txt"),
    (("training.encoder_train", "--minutes", "{minutes}"), ""),
    (("training.encoder_export",), ""),
    (("training.encoder_export", "--card"), ""),
)


def main() -> None:
    """Run the steps, stopping at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="time for training each model")
    parser.add_argument("--sample-minutes", type=float, default=20.0, help="time for the decoder to write sentences")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="how many sentences to generate")
    parser.add_argument("--again", action="store_true", help="redo steps whose result exists")
    arguments = parser.parse_args()
    for command, result in STEPS:
        if result and (work_folder() / result).exists() and not arguments.again:
            print(f"{command[0]}: done before")
            continue
        print(f"{command[0]} ...", flush=True)
        filled = [part.format(**vars(arguments)) for part in command]
        subprocess.run([sys.executable, "-m", *filled], check=True)


if __name__ == "__main__":
    main()
