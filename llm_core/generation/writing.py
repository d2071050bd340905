"""``generate(model, prompt, settings)``: a model writes, and every token tells how it came about."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.generation.conversation import Conversation
from llm_core.generation.decoding import Steps, Writing
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.settings import GenerationSettings
from llm_core.models.catalog import catalog
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, Telling, ignore_progress


def generate(
    model: LoadedModel,
    prompt: str | Conversation,
    settings: GenerationSettings | None = None,
    *,
    written: Sequence[int] = (),
    max_tokens: int | None = None,
    progress: ProgressCallback = ignore_progress,
) -> Steps:
    """Let a decoder or an encoder-decoder write, one step a token.

    Tokens, attention and cache of each step come from the one forward pass that writes it. With the same
    settings and seed the tokens are those of the library's own ``generate``. Close the iterator to stop.

    Args:
        model: From :func:`llm_core.load_model`; it is not changed and may be shared between threads.
        prompt: What to go on from; for an encoder-decoder, what its encoder reads; or a conversation, for a model
            tuned to chat.
        settings: How to choose; None for :class:`GenerationSettings()`.
        written: Tokens that stand written already, by number: the text goes on after them, as a branch of
            another text does. They count as steps, and step ``n`` has the same luck in every branch.
        max_tokens: The most tokens of prompt and text together, if fewer than the model takes.
        progress: Told before each token. What it raises stops the writing and reaches the caller.

    Raises:
        UnsupportedModelError: The model does not write, or its attention cannot be followed while it does.
        SelectionError: The settings ask for a beam search or for a chat template that is not there, or
            ``written`` names a token that does not exist.
        TextError: The prompt is empty, too long, or no text.
    """
    settings = settings or GenerationSettings()
    if settings.num_beams > 1:
        raise SelectionError(
            f"Expected num_beams=1 to write step by step, got {settings.num_beams}. Use llm_core.beam_search."
        )
    check_writes(model)
    source = encode_prompt(model, prompt, chat=settings.chat, max_tokens=max_tokens, literal=settings.literal)
    numbers = _checked(model, written)
    limits = [limit for limit in (model.token_limit, max_tokens) if limit is not None]
    text = prompt.user if isinstance(prompt, Conversation) else prompt
    writing = Writing(model, text, source, settings, min(limits) if limits else None, Telling(progress))
    return writing.steps(numbers)


def check_writes(model: LoadedModel) -> None:
    """Refuse a model that does not write.

    Raises:
        UnsupportedModelError: It is an encoder, or has no output layer.
    """
    writers = ", ".join(spec.name for spec in catalog() if spec.offline and spec.family != "encoder")
    if model.family == "encoder":
        raise UnsupportedModelError(
            f"{model.spec.name} is an encoder: it reads a text in both directions and does not write one. "
            f"Let it fill a mask, or choose a model that writes, such as {writers}."
        )
    if not hasattr(model.model, "generate") or not model.model.can_generate():
        raise UnsupportedModelError(
            f"{model.spec.name} has no output layer that names the next token, so it does not write. "
            f"Choose a model that does, such as {writers}."
        )


def _checked(model: LoadedModel, written: Sequence[int]) -> list[int]:
    known = model.model.get_input_embeddings().weight.shape[0]
    numbers = list(written)
    if any(isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < known for number in numbers):
        raise SelectionError(f"Expected written tokens as numbers from 0 to {known - 1}, got {numbers}.")
    return numbers
