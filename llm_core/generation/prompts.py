"""A prompt as the tokenizer gets it: as it is, or inside the template of a model tuned to chat.

Inside a template, and wherever it is asked for, what a person wrote can never become a special token: a visitor who
types ``<|im_end|>`` must not be able to end the message. Such marks are cut in two before they are tokenized, so the
model reads the characters they are made of.
"""

from __future__ import annotations

import re

import torch

from llm_core.errors import InvalidTextError, SelectionError, UnsupportedModelError, first_line
from llm_core.generation.conversation import Conversation
from llm_core.models.loading import LoadedModel
from llm_core.text.token_spans import Span
from llm_core.text.tokens import Token
from llm_core.tracing.inputs import EncodedText, check_text, encode_piece, encode_text, text_too_long

_CUTS = ("\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3")
"""Characters that Unicode keeps for uses like this: they stand for nothing in a text."""


def has_chat_template(model: LoadedModel) -> bool:
    """True if the model's tokenizer says how a conversation is written."""
    return bool(getattr(model.tokenizer, "chat_template", None))


def chat_text(model: LoadedModel, prompt: str | Conversation) -> str:
    """The prompt in the model's own chat template, ready for an answer.

    Raises:
        SelectionError: The model has no chat template.
        UnsupportedModelError: The template does not take these messages.
        TextError: The user says nothing, or no text.
    """
    conversation = prompt if isinstance(prompt, Conversation) else Conversation(prompt)
    _check_conversation(model, conversation)
    try:
        text = str(
            model.tokenizer.apply_chat_template(conversation.messages, tokenize=False, add_generation_prompt=True)
        )
    except Exception as error:
        raise UnsupportedModelError(
            f"The chat template of {model.spec.name} does not take this prompt: {first_line(error)} "
            "Write without chat=True."
        ) from error
    return text + conversation.answer_begins


def encode_prompt(
    model: LoadedModel,
    prompt: str | Conversation,
    *,
    chat: bool,
    max_tokens: int | None,
    literal: bool = False,
) -> EncodedText:
    """Encode a prompt; the errors are those of :func:`llm_core.tracing.inputs.encode_text` and :func:`chat_text`.

    Args:
        model: Who reads it.
        prompt: A text, or a conversation, which is always put into the chat template.
        chat: True to put a text into the chat template.
        max_tokens: The most tokens, if fewer than the model takes.
        literal: True to read special tokens in a text as the characters they are made of; always so in a template.
    """
    if isinstance(prompt, Conversation) or chat:
        conversation = prompt if isinstance(prompt, Conversation) else Conversation(prompt)
        _check_conversation(model, conversation)
        cut, mark = _marks_cut(model, conversation)
        # The template has written the special tokens already.
        return _encode_pieces(model, chat_text(model, cut), mark, max_tokens, add_special_tokens=False)
    if literal:
        check_text(prompt, "text")
        cut, mark = _marks_cut(model, Conversation(prompt))
        return _encode_pieces(model, cut.user, mark, max_tokens, add_special_tokens=True)
    return encode_text(model, prompt, truncate=False, pad_to=None, max_tokens=max_tokens)


def _check_conversation(model: LoadedModel, conversation: Conversation) -> None:
    if not has_chat_template(model):
        raise SelectionError(
            f"Expected a model tuned to chat, but {model.spec.name} has no chat template. Write without chat=True."
        )
    check_text(conversation.user, "prompt")
    for part in (conversation.system, conversation.answer_begins):
        if part.strip():
            check_text(part, "prompt")


def _marks_cut(model: LoadedModel, conversation: Conversation) -> tuple[Conversation, str]:
    """The conversation with a cut inside everything the tokenizer would take for a token of its own, and that cut."""
    said = conversation.user + conversation.system + conversation.answer_begins
    mark = next((mark for mark in _CUTS if mark not in said), None)
    if mark is None:
        raise InvalidTextError("Expected a text, got one with characters that stand for none. Type it again.")
    pattern = _special_tokens(model)
    if pattern is None:
        return conversation, mark

    def cut(text: str) -> str:
        # One cut may uncover another token that overlaps the first.
        while (done := pattern.sub(lambda found: found[0][0] + mark + found[0][1:], text)) != text:
            text = done
        return text

    parts = (conversation.user, conversation.system, conversation.answer_begins)
    return Conversation(*(cut(part) for part in parts)), mark


def _special_tokens(model: LoadedModel) -> re.Pattern[str] | None:
    """Matches the special tokens of a model as they are written, or None if they cannot be written."""
    added = model.tokenizer.added_tokens_decoder.values()
    written = {token.content for token in added if token.special} | set(model.tokenizer.all_special_tokens)
    cuttable = sorted((token for token in written if len(token) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, cuttable)), re.IGNORECASE) if cuttable else None


def _encode_pieces(
    model: LoadedModel, text: str, mark: str, max_tokens: int | None, *, add_special_tokens: bool
) -> EncodedText:
    """Encode a text whose pieces between cuts must not be read together."""
    pieces = [piece for piece in text.split(mark) if piece]
    if len(pieces) == 1:
        return encode_text(
            model,
            pieces[0],
            truncate=False,
            pad_to=None,
            max_tokens=max_tokens,
            add_special_tokens=add_special_tokens,
        )
    whole = "".join(pieces)
    limits = [limit for limit in (model.token_limit, max_tokens) if limit is not None]
    before, after = _surrounding(model) if add_special_tokens else ([], [])
    ids = list(before)
    spans: list[Span] = [None] * len(before)
    begin = 0
    for piece in pieces:
        tokens = encode_piece(model, piece)
        ids += [token.id for token in tokens]
        spans += [_moved(token, begin) for token in tokens]
        begin += len(piece)
        if limits and len(ids) + len(after) > min(limits):
            raise text_too_long(model, "text", whole, len(ids) + len(after), min(limits))
    ids, spans = ids + after, spans + [None] * len(after)
    inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones((1, len(ids)), dtype=torch.long)}
    return EncodedText(text=whole, tokens=model.reader.sequence(ids, offsets=spans), inputs=inputs, tokens_cut=0)


def _moved(token: Token, begin: int) -> Span:
    return None if token.start is None or token.end is None else (begin + token.start, begin + token.end)


def _surrounding(model: LoadedModel) -> tuple[list[int], list[int]]:
    """The tokens that the tokenizer puts before and behind every text.

    Raises:
        UnsupportedModelError: They cannot be told from the text's own.
    """
    plain = model.tokenize(text="a", add_special_tokens=False)["input_ids"]
    whole = model.tokenize(text="a")["input_ids"]
    places = [place for place in range(len(whole)) if whole[place : place + len(plain)] == plain]
    if not plain or not places:
        raise UnsupportedModelError(
            f"The tokenizer of {model.spec.name} joins its special tokens to the text, so a text that spells some of "
            "them cannot be read as it is. Take out what looks like a special token, such as </s> or [SEP]."
        )
    start = places[0]
    return whole[:start], whole[start + len(plain) :]
