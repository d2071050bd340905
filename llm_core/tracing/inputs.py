"""Text to what a model takes: encoded, checked against its limits, cut or padded only when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from llm_core.errors import (
    EmptyTextError,
    InvalidTextError,
    SelectionError,
    TextTooLongError,
    UnsupportedModelError,
    first_line,
    missing_package,
)
from llm_core.models.loading import LoadedModel
from llm_core.text.token_spans import Span, spans_of
from llm_core.text.tokens import Token

Read = TypeVar("Read")

CHARACTERS_A_TOKEN = 64
"""Whether a long text fits is first tried on this many characters for each token that does."""


@dataclass(frozen=True)
class EncodedText:
    """A text as a model takes it.

    Attributes:
        text: The part of the text that was kept.
        tokens: Its tokens, special ones and padding included.
        inputs: ``input_ids``, ``attention_mask`` and what else the tokenizer makes, each (batch=1 token).
        tokens_cut: How many tokens were cut off.
    """

    text: str
    tokens: tuple[Token, ...]
    inputs: Mapping[str, torch.Tensor]
    tokens_cut: int


def encode_text(
    model: LoadedModel,
    text: str,
    *,
    truncate: bool,
    pad_to: int | None,
    max_tokens: int | None,
    add_special_tokens: bool = True,
) -> EncodedText:
    """Encode a text; ``add_special_tokens=False`` for one that has them written out.

    Raises:
        EmptyTextError: Nothing is left of it after tokenization.
        TextTooLongError: It is longer than the model takes, and is not to be cut.
        InvalidTextError: It is no string, or not valid Unicode.
        SelectionError: ``pad_to`` or ``max_tokens`` is no length, or beyond what the model takes.
    """
    check_text(text, "text")
    for name, length in (("pad_to", pad_to), ("max_tokens", max_tokens)):
        if length is not None and (not isinstance(length, int) or length < 3):
            raise SelectionError(f"Expected {name} as a number of tokens, 3 or more, got {length!r}.")
    limits = [limit for limit in (model.token_limit, max_tokens) if limit is not None]
    limit = min(limits) if limits else None
    special = {} if add_special_tokens else {"add_special_tokens": False}
    encoded = _encode(model, text, limit, **special)
    count = encoded["input_ids"].shape[1]
    part = limit is not None and len(text) > limit * CHARACTERS_A_TOKEN
    if part and (count <= limit or truncate):
        encoded = _encode(model, text, None, **special)
        count = encoded["input_ids"].shape[1]
    cut = 0
    if limit is not None and count > limit:
        if not truncate:
            raise text_too_long(model, "text", text, count, limit)
        cut = count - limit
        encoded = _encode(model, text, limit, truncation=True, max_length=limit, **special)
    ids = encoded["input_ids"][0].tolist()
    tokens = _tokens(model, text, ids, encoded.pop("offset_mapping", None))
    unknown = model.tokenizer.unk_token_id
    if all(token.is_special and token.id != unknown for token in tokens):
        raise EmptyTextError(
            f"Expected a text, but the tokenizer of {model.spec.name} leaves nothing of it that the model knows. "
            "Type a few words."
        )
    _check_vocabulary(model, ids)
    ends = [token.end for token in tokens if token.end is not None]
    kept = text[: max(ends)] if cut and ends else text
    inputs = dict(encoded)
    if pad_to is not None:
        inputs, tokens = _pad(model, inputs, tokens, pad_to)
    return EncodedText(text=kept, tokens=tokens, inputs=inputs, tokens_cut=cut)


def check_target(model: LoadedModel, target: str | None) -> None:
    """Refuse a target for a model without a decoder that could read it.

    Raises:
        SelectionError: A target was given to a model that is no encoder-decoder.
    """
    if target is not None and model.family != "encoder-decoder":
        raise SelectionError(
            f"A target is what the decoder of an encoder-decoder reads, and {model.spec.name} is of the "
            f"family “{model.family}”. Leave the target out."
        )


def encode_target(model: LoadedModel, target: str, *, truncate: bool) -> torch.Tensor:
    """Decoder inputs (batch=1 token) for a given target: start token first, end token left out."""
    check_text(target, "target")
    read = _read(model, "target", lambda: model.tokenize(text_target=target, return_tensors="pt"), target)
    labels = read["input_ids"]
    _check_vocabulary(model, labels[0].tolist())
    inputs = _shifted(model, labels)
    ends = end_tokens(model)
    while inputs.shape[1] > 1 and int(inputs[0, -1]) in ends:
        inputs = inputs[:, :-1]
    limit = model.token_limit
    if limit is not None and inputs.shape[1] > limit:
        if not truncate:
            raise text_too_long(model, "target", target, inputs.shape[1], limit)
        inputs = inputs[:, :limit]
    return inputs


def _shifted(model: LoadedModel, labels: torch.Tensor) -> torch.Tensor:
    """What the decoder reads while it is to write some tokens: the library's own shift, no token lost."""
    start = torch.full_like(labels[:, :1], model.start_token)
    try:
        shifted = model.model.prepare_decoder_input_ids_from_labels(labels=labels)
    except (AttributeError, TypeError, ValueError, AssertionError, NotImplementedError):
        return torch.cat([start, labels], dim=1)
    if sorted(shifted[0].tolist()) == sorted(labels[0].tolist()):
        # The last token goes to the front: mBART's language code, which the text has only once.
        return torch.as_tensor(shifted)
    return torch.cat([start, labels], dim=1)


def end_tokens(model: LoadedModel) -> frozenset[int]:
    """The tokens that end a text the model writes, wherever its files name them."""
    config = model.model.config.get_text_config(decoder=True)
    holders = (model.model.generation_config, config, model.tokenizer)
    return frozenset().union(*(token_numbers(getattr(holder, "eos_token_id", None)) for holder in holders))


def token_numbers(named: object) -> frozenset[int]:
    """A token number, a list of them, or none, as a set."""
    numbers = named if isinstance(named, list | tuple) else [named]
    return frozenset(number for number in numbers if isinstance(number, int))


def _check_vocabulary(model: LoadedModel, ids: list[int]) -> None:
    known = model.model.get_input_embeddings().weight.shape[0]
    if max(ids) >= known:
        raise UnsupportedModelError(
            f"The tokenizer of {model.spec.name} does not fit the model: it made token {max(ids)}, and the model "
            f"knows {known}. Put the tokenizer that belongs to the weights beside them."
        )


def check_text(text: object, what: str) -> None:
    """Refuse what is no string, is empty, or is not valid Unicode."""
    if not isinstance(text, str):
        raise InvalidTextError(f"Expected a {what} (str), got {type(text).__name__}. Pass a string.")
    if not text.strip():
        raise EmptyTextError(f"Expected a {what}, got none. Type a few words.")
    _check_unicode(text, what)


def _check_unicode(text: str, what: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidTextError(
            f"Expected a {what} of valid Unicode, got one with half a character (a lone surrogate). "
            "Type it again, or decode it with errors='replace'."
        ) from error


def _encode(model: LoadedModel, text: str, limit: int | None, **options: Any) -> dict[str, Any]:
    if limit is not None:
        text = text[: limit * CHARACTERS_A_TOKEN]
    if model.tokenizer.is_fast:
        options["return_offsets_mapping"] = True
    encoded = _read(model, "text", lambda: model.tokenize(text=text, return_tensors="pt", **options), text)
    encoded.setdefault("attention_mask", torch.ones_like(encoded["input_ids"]))
    return encoded


def _read(model: LoadedModel, what: str, ask: Callable[[], Read], text: str) -> Read:
    """What the tokenizer makes of a text, or the sentence that says why it makes nothing of it."""
    _check_unicode(text, what)
    try:
        return ask()
    # Tokenizers written in Python raise whatever they come upon.
    except Exception as error:
        why = missing_package(error) or f"{first_line(error)} Type another one, or choose another model."
        raise UnsupportedModelError(f"The tokenizer of {model.spec.name} cannot read this {what}: {why}") from error


def encode_piece(model: LoadedModel, text: str) -> tuple[Token, ...]:
    """The tokens of a part of a text, without any that the tokenizer would put around a whole one."""
    encoded = _encode(model, text, None, add_special_tokens=False)
    return _tokens(model, text, encoded["input_ids"][0].tolist(), encoded.get("offset_mapping"))


def _tokens(model: LoadedModel, text: str, ids: list[int], offsets: torch.Tensor | None) -> tuple[Token, ...]:
    """Tokens of a text with the characters they cover: as the tokenizer tells, or laid along the text."""
    if offsets is not None:
        spans: list[Span] = [(int(start), int(end)) for start, end in offsets[0].tolist()]
        return model.reader.sequence(ids, offsets=spans)
    pieces = _read(model, "text", lambda: model.pieces(text), text)
    spans = spans_of(text, model.reader.texts(ids, pieces))
    return model.reader.sequence(ids, offsets=spans, pieces=pieces)


def text_too_long(model: LoadedModel, what: str, text: str, count: int, limit: int) -> TextTooLongError:
    """The error of a text that has more tokens than the model takes, or than are allowed here."""
    at_least = "at least " if len(text) > limit * CHARACTERS_A_TOKEN else ""
    own = limit == model.token_limit
    takes = f"{model.spec.name} takes {limit:,} at most" if own else f"no more than {limit:,} are traced here"
    return TextTooLongError(
        f"The {what} has {at_least}{count:,} tokens, and {takes}. "
        f"Shorten it, or allow it to be cut to the first {limit:,} tokens.",
        tokens=count,
        limit=limit,
    )


def _pad(
    model: LoadedModel, inputs: dict[str, torch.Tensor], tokens: tuple[Token, ...], length: int
) -> tuple[dict[str, torch.Tensor], tuple[Token, ...]]:
    if model.token_limit is not None and length > model.token_limit:
        raise SelectionError(f"Expected a padded length of {model.token_limit} tokens at most, got {length}.")
    missing = length - len(tokens)
    if missing <= 0:
        return inputs, tokens
    filler = model.tokenizer.pad_token_id
    if filler is None:
        filler = model.tokenizer.eos_token_id or 0
    fill = {"input_ids": filler, "attention_mask": 0}
    padded = {
        name: torch.nn.functional.pad(values, (0, missing), value=fill.get(name, 0)) for name, values in inputs.items()
    }
    extra = model.reader.sequence([filler] * missing, padding=[True] * missing)
    return padded, tokens + extra
