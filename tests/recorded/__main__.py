"""``python -m tests.recorded`` writes the packets that the frontend's unit tests read (``frontend/recorded``)."""

from tests.recorded.packets import FOLDER, recorded

FOLDER.mkdir(exist_ok=True)
for old in FOLDER.glob("*.packet"):
    old.unlink()
for name, packet in recorded().items():
    (FOLDER / f"{name}.packet").write_bytes(packet)
