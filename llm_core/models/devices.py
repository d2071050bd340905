"""Names of the places where a model's weights may lie; checked without torch, by whoever reads a setting."""

from __future__ import annotations

import os
import re

from llm_core.errors import SettingError, shortened

CPU = "cpu"
AUTO = "auto"
"""As many graphics cards as a model takes; the processor where there is none."""

SETTING = "ATTENTION_DEVICE"

_CARD = re.compile(r"cuda(:\d+)?")


def check_device(device: str) -> None:
    """Refuse what names no place for weights.

    Raises:
        SettingError: It is none of ``"cpu"``, ``"auto"``, ``"cuda"`` and ``"cuda:N"``.
    """
    if device not in {CPU, AUTO} and not _CARD.fullmatch(device):
        raise SettingError(
            f"Expected cpu, auto, cuda or cuda:0 (or another number) as the place of models, got {shortened(device)}. "
            "Choose auto for all graphics cards that there are."
        )


def default_device() -> str:
    """Where an engine of this machine uses models: on the processor; ``ATTENTION_DEVICE`` says otherwise.

    Raises:
        SettingError: It names no place for weights.
    """
    device = os.environ.get(SETTING) or CPU
    check_device(device)
    return device
