"""``python -m tests.recorded`` writes what the frontend's unit tests read (``frontend/recorded``)."""

from tests.recorded.packets import FOLDER, recorded
from tests.sampling_reference import FILE, as_json, sampling_reference

FOLDER.mkdir(exist_ok=True)
for old in FOLDER.glob("*.packet"):
    old.unlink()
for name, packet in recorded().items():
    (FOLDER / f"{name}.packet").write_bytes(packet)
FILE.write_text(as_json(sampling_reference()), encoding="utf-8")
