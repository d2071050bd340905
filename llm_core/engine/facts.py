"""What pages show of a model without having it: one record, and answers of its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm_core.models.catalog import ModelSpec
from llm_core.models.saved_setting import SavedSetting
from llm_core.recording.guided_heads import GuidedHead
from llm_core.shapes import Family
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True)
class ModelFacts:
    """A loaded model as data.

    Attributes:
        spec: Which model it is, with family and number of parameters filled in.
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        method: ``"recorded"`` or ``"eager"``; see :class:`llm_core.LoadedModel`.
        token_limit: The most tokens it takes, or None if it has no limit.
        saved_settings: What the model's files say about writing, and what becomes of it here.
        guided_heads: Heads that training taught what to look at.
        has_chat_template: True if its tokenizer can write a conversation as the model was tuned on.
        mask_token: How its tokenizer writes a mask; empty if it has none.
        mask_id: The mask's number in the vocabulary; None if it has none.
        fills_masks: True if it can fill masks.
    """

    spec: ModelSpec
    family: Family
    method: str
    token_limit: int | None
    saved_settings: tuple[SavedSetting, ...]
    guided_heads: tuple[GuidedHead, ...]
    has_chat_template: bool
    mask_token: str
    mask_id: int | None
    fills_masks: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return self.spec.name


def model_facts(model: LoadedModel) -> ModelFacts:
    """A loaded model as data."""
    from llm_core.generation.mask_filling import fills_masks

    return ModelFacts(
        spec=model.spec,
        family=model.family,
        method=model.method,
        token_limit=model.token_limit,
        saved_settings=model.saved_settings,
        guided_heads=model.guided_heads,
        has_chat_template=bool(getattr(model.tokenizer, "chat_template", None)),
        mask_token=str(getattr(model.tokenizer, "mask_token", None) or ""),
        mask_id=getattr(model.tokenizer, "mask_token_id", None),
        fills_masks=fills_masks(model),
    )


def following(model: LoadedModel, before: Token, numbers: Sequence[int]) -> tuple[Token, ...]:
    """Tokens by number, each as it would stand after another one."""
    return tuple(model.reader.following(before, int(number)) for number in numbers)


def spelled(model: LoadedModel, numbers: Sequence[int]) -> str:
    """The text of tokens by number, without special ones."""
    return str(model.tokenizer.decode(list(numbers), skip_special_tokens=True))
