"""Where the pipeline reads its hand-written data and where it keeps its working files."""

from __future__ import annotations

from pathlib import Path

TRAINING = Path(__file__).resolve().parent
DATA = TRAINING / "data"
WORK = TRAINING / "work"
BUNDLED = TRAINING.parent / "llm_core" / "bundled"


def work_folder() -> Path:
    """The folder for working files (ignored by git), made when it is missing."""
    WORK.mkdir(parents=True, exist_ok=True)
    return WORK


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of a tab-separated data file, keyed by the names in its first line."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise ValueError(
                f"{name}, line {number}: expected {len(header)} columns ({', '.join(header)}), "
                f"got {len(cells)}. Put a tab between columns and '-' where there is nothing."
            )
        rows.append(dict(zip(header, cells, strict=True)))
    return rows


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """(English, French) from a file with one tab-separated pair a line; further columns are ignored."""
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line:
            english, french = line.split("\t")[:2]
            pairs.append((english, french))
    return pairs
