"""``beam_search(model, prompt, settings)``: the library's own beam search, watched, as a tree.

The library searches; a logits processor that changes nothing sees at every step which texts are being
continued and how probable every next token is. From that, each step's candidates are ranked again with
the library's own rule, so the tree says what was looked at, what survived and what was let go.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.generation.beam_tree import BeamNode, BeamText, BeamTree, Fate, StopReason
from llm_core.generation.decoding import CACHE_FAILURES, library_options
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.settings import GenerationSettings
from llm_core.generation.step import Prompt
from llm_core.generation.writing import check_writes
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.verification import accepted_arguments
from llm_core.text.tokens import Token, TokenReader
from llm_core.tracing.inputs import EncodedText, token_numbers
from llm_core.tracing.passes import failures_explained

NOT_RUNNING = -1e8
"""The library gives beams that do not exist yet a score below this."""


def beam_search(
    model: LoadedModel,
    prompt: str,
    settings: GenerationSettings,
    *,
    max_tokens: int | None = None,
    progress: ProgressCallback = ignore_progress,
) -> BeamTree:
    """Search for a probable text with several beams, and tell everything that was looked at.

    Texts and scores are those of the library's ``generate(num_beams=...)``. Of the settings, the repetition
    penalty counts; temperature and the stages after it belong to sampling.

    Args:
        model: From :func:`llm_core.load_model`.
        prompt: What to go on from; for an encoder-decoder, what its encoder reads.
        settings: ``num_beams`` from 2, ``length_penalty``, ``early_stopping``, ``max_new_tokens``.
        max_tokens: The most tokens of prompt and text together, if fewer than the model takes.
        progress: Told before each step. What it raises stops the search and reaches the caller.

    Raises:
        UnsupportedModelError: The model does not write.
        SelectionError: ``num_beams`` is 1, or a chat template is asked for that is not there.
        TextError: The prompt is empty, too long, or no text.
    """
    if settings.num_beams < 2:
        raise SelectionError("Expected num_beams of 2 or more for a beam search, got 1. Use llm_core.generate.")
    check_writes(model)
    source = encode_prompt(model, prompt, chat=settings.chat, max_tokens=max_tokens, literal=settings.literal)
    most = settings.max_new_tokens
    limits = [limit for limit in (model.token_limit, max_tokens) if limit is not None]
    if limits:
        read = len(source.tokens) if model.family == "decoder" else 1
        most = min(most, min(limits) - read + 1)
    tell = Telling(progress)
    started = time.perf_counter()
    with failures_explained(model, tell):
        try:
            watcher, output = _search(model, source, settings, most, tell, cached=True)
        except CACHE_FAILURES:
            if tell.raised is not None:
                raise
            watcher, output = _search(model, source, settings, most, tell, cached=False)
    tree = _rebuilt(model, prompt, source, settings, watcher, output)
    return replace(tree, seconds=time.perf_counter() - started)


def _search(
    model: LoadedModel, source: EncodedText, settings: GenerationSettings, most: int, tell: Telling, *, cached: bool
) -> tuple[_Watcher, Any]:
    watcher = _Watcher(most, tell)
    options = library_options(replace(settings, temperature=0)) | {
        "num_beams": settings.num_beams,
        "num_return_sequences": settings.num_beams,
        "length_penalty": settings.length_penalty,
        "early_stopping": settings.early_stopping,
        "max_new_tokens": most,
        "use_cache": cached,
        "return_dict_in_generate": True,
        "output_scores": True,
        # The model's own probabilities, where something changes them on the way to the scores.
        "output_logits": settings.repetition_penalty != 1 or any(one.applied for one in model.saved_settings),
        "logits_processor": LogitsProcessorList([watcher]),
    }
    inputs = accepted_arguments(model.model.forward, source.inputs)
    with torch.inference_mode():
        return watcher, model.network().generate(**inputs, **options)


@dataclass(frozen=True)
class _Turn:
    """What a step of the search knows.

    Attributes:
        texts: Texts being continued, shape (beam token).
        scores: What every next token adds to its text's score, after all of the library's processors, shape
            (beam vocabulary): its log-probability, unless a penalty or the model's files change it.
        logits: The model's own scores, as ``scores``; None if nothing changes them.
    """

    texts: torch.Tensor
    scores: torch.Tensor
    logits: torch.Tensor | None

    def log_probability(self, beam: int, number: int) -> float:
        """Of a token by the model alone."""
        if self.logits is None:
            return float(self.scores[beam, number])
        return float(self.logits[beam].float().log_softmax(dim=-1)[number])


class _Watcher(LogitsProcessor):  # type: ignore[misc]
    """Sees which texts each step of the search goes on with, and changes nothing."""

    def __init__(self, most: int, tell: Telling) -> None:
        self.texts: list[torch.Tensor] = []
        self.most, self._tell = most, tell

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        done = len(self.texts)
        self._tell(Progress(min(done / self.most, 1.0), f"Searching for token {done + 1} of at most {self.most}"))
        self.texts.append(input_ids.clone())
        return scores


class _Tree:
    """The nodes of a search, rebuilt turn by turn."""

    def __init__(self, settings: GenerationSettings, most: int, ends: frozenset[int], start: tuple[Token, ...]) -> None:
        self.nodes: list[BeamNode] = []
        self.numbers: dict[tuple[int, ...], int] = {}
        self._settings, self._most, self._ends, self._start = settings, most, ends, start

    def grow(self, turn: _Turn, following: _Turn | None, reader: TokenReader) -> None:
        """Add the best candidates of a turn, ranked by the library's rule."""
        texts = [tuple(row) for row in turn.texts.tolist()]
        going_on = None if following is None else {tuple(row) for row in following.texts.tolist()}
        parents = [self.numbers.get(text) for text in texts]
        sums = torch.tensor([self._score(parent, place) for place, parent in enumerate(parents)])
        totals = (turn.scores + sums[:, None]).reshape(-1)
        vocabulary = turn.scores.shape[1]
        kept = min(max(2, 1 + len(self._ends)) * self._settings.num_beams, len(totals))
        open_before = 0
        for rank, place in enumerate(totals.topk(kept).indices.tolist()):
            beam, number = divmod(place, vocabulary)
            score = float(totals[place])
            if score <= NOT_RUNNING:
                continue
            text = (*texts[beam], number)
            depth = 1 if parents[beam] is None else self.nodes[parents[beam]].depth + 1
            ended = number in self._ends or depth == self._most
            among = (rank if ended else open_before) < self._settings.num_beams
            open_before += not ended
            before = self._start[-1] if parents[beam] is None else self.nodes[parents[beam]].token
            self.numbers[text] = len(self.nodes)
            self.nodes.append(
                BeamNode(
                    number=len(self.nodes),
                    parent=parents[beam],
                    depth=depth,
                    token=reader.following(before, number),
                    log_probability=turn.log_probability(beam, number),
                    added=float(turn.scores[beam, number]),
                    score=score,
                    rank=rank,
                    fate=_fate(ended=ended, among=among, goes_on=None if going_on is None else text in going_on),
                    final_score=score / depth**self._settings.length_penalty if ended and among else None,
                )
            )

    def found(self, number: int, score: float) -> None:
        """Note that a node's text is one of those that the search found, with the score that the library gave it."""
        self.nodes[number] = replace(self.nodes[number], fate="found", final_score=score)

    def why_stopped(self) -> StopReason:
        """Why the library took no further turn."""
        if self.nodes[-1].depth == self._most:
            return "length"
        return "full" if self._settings.early_stopping is True else "settled"

    def _score(self, parent: int | None, place: int) -> float:
        if parent is not None:
            return self.nodes[parent].score
        return 0.0 if place == 0 else -1e9


def _fate(*, ended: bool, among: bool, goes_on: bool | None) -> Fate:
    """What becomes of a candidate in its turn; whether an ended text is found shows in the end.

    Args:
        ended: Its text ends with it.
        among: It is among as many best as there are beams: of its depth if it ended, else of those that have not.
        goes_on: A beam goes on from it; None if there is no further turn.
    """
    if ended:
        return "overtaken" if among else "ended behind"
    if goes_on is None:
        return "stopped" if among else "behind"
    return "continued" if goes_on else "behind"


def _rebuilt(
    model: LoadedModel,
    prompt: str,
    source: EncodedText,
    settings: GenerationSettings,
    watcher: _Watcher,
    output: Any,
) -> BeamTree:
    reader = model.reader
    encodes = model.family == "encoder-decoder"
    # The library notes the scores after its last processor; the watcher stands before some of them.
    logits = output.logits or [None] * len(watcher.texts)
    turns = [_Turn(*turn) for turn in zip(watcher.texts, output.scores, logits, strict=True)]
    if any(bool(turn.scores.isnan().any()) or bool((turn.scores == float("inf")).any()) for turn in turns):
        raise UnsupportedModelError(
            f"{model.spec.name} works out NaN or infinity for this text, so there is nothing to search by. "
            "Try another text, or another model."
        )
    first = turns[0].texts[0].tolist()
    start = reader.sequence(first) if encodes else source.tokens
    ends = token_numbers(model.model.generation_config.eos_token_id)
    tree = _Tree(settings, watcher.most, ends, start)
    for turn, following in zip_longest(turns, turns[1:]):
        tree.grow(turn, following, reader)
    texts = []
    lengths = (output.beam_indices >= 0).sum(dim=1).tolist()
    for row, length, score in zip(output.sequences.tolist(), lengths, output.sequences_scores.tolist(), strict=True):
        if length:
            node = tree.numbers[tuple(row[: len(first) + length])]
            tree.found(node, score)
            texts.append((node, score))
    found = BeamTree(
        prompt=Prompt(
            model_name=model.spec.name,
            family=model.family,
            text=prompt,
            read=source.text,
            tokens=start,
            source=source.tokens if encodes else (),
            encoder={},
            ends=ends,
        ),
        nodes=tuple(tree.nodes),
        texts=(),
        num_beams=settings.num_beams,
        length_penalty=settings.length_penalty,
        early_stopping=settings.early_stopping,
        stopped=tree.why_stopped(),
        seconds=0.0,
    )
    return replace(
        found,
        texts=tuple(
            BeamText(tuple(node.token for node in found.path(number)), score, number) for number, score in texts
        ),
    )
