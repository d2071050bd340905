"""A prompt as the tokenizer gets it: as it is, or inside the template of a model tuned to chat."""

from __future__ import annotations

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.inputs import EncodedText, check_text, encode_text
from llm_core.loading import LoadedModel
from llm_core.sources import first_line


def has_chat_template(model: LoadedModel) -> bool:
    """True if the model's tokenizer says how a conversation is written."""
    return bool(getattr(model.tokenizer, "chat_template", None))


def chat_text(model: LoadedModel, prompt: str) -> str:
    """The prompt as one message of a user, in the model's own chat template, ready for an answer.

    Raises:
        SelectionError: The model has no chat template.
        UnsupportedModelError: The template does not take a single message of a user.
    """
    if not has_chat_template(model):
        raise SelectionError(
            f"Expected a model tuned to chat, but {model.spec.name} has no chat template. Write without chat=True."
        )
    check_text(prompt, "prompt")
    conversation = [{"role": "user", "content": prompt}]
    try:
        return str(model.tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True))
    except Exception as error:
        raise UnsupportedModelError(
            f"The chat template of {model.spec.name} does not take this prompt: {first_line(error)} "
            "Write without chat=True."
        ) from error


def encode_prompt(model: LoadedModel, prompt: str, *, chat: bool, max_tokens: int | None) -> EncodedText:
    """Encode a prompt; the errors are those of :func:`llm_core.inputs.encode_text` and :func:`chat_text`."""
    if not chat:
        return encode_text(model, prompt, truncate=False, pad_to=None, max_tokens=max_tokens)
    text = chat_text(model, prompt)
    # The template has written the special tokens already.
    return encode_text(model, text, truncate=False, pad_to=None, max_tokens=max_tokens, add_special_tokens=False)
